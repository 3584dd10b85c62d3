"""`tapes log`, `show` and `stats`: what was recorded, for people and scripts."""
import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from harness import chat, messages
from harness.chat import SSE_HEAD, answer, dumps, post
from harness.wire import Answering, chunk


@pytest.fixture
def tell(run):
    """The objects that a command writes with --json."""
    def go(relay, *arguments, code=0):
        done, out, err = run(*arguments, "--sqlite", relay.store.path, "--json")
        assert done == code, (out, err)
        return [json.loads(line) for line in out.splitlines()]
    return go


def test_a_conversation_is_listed_shown_and_summed(proxy, mock, run, tell):
    relay = proxy(mock)
    first = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is the parser?"}]
    call = {"id": "call_1", "type": "function", "function": {"name": "grep", "arguments": '{"pattern":"parse","path":"src"}'}}
    history = [*first, {"role": "assistant", "content": None, "tool_calls": [call]},
               {"role": "tool", "tool_call_id": "call_1", "content": "src/a.cpp\nsrc/b.cpp"}]
    session = b"session_id: work-1\r\n"
    relay.fetch(chat.turn(messages=first, fields=session))
    relay.fetch(chat.turn(messages=history, fields=session))
    relay.fetch(chat.turn("Something else"))
    relay.fetch(chat.post(b"{", fields=session))  # no turn
    rows = relay.store.wait_exchanges(4)
    listed = tell(relay, "log")
    assert [one["type"] for one in listed] == ["session"] * len(listed)
    by_title = {one["title"]: one for one in listed}
    work = by_title["Where is the parser?"]
    assert work["turns"] == 2 and work["tokens"]["output"] == sum(row["completion_tokens"] for row in rows[:2])
    assert work["tokens"]["input"] == sum(row["prompt_tokens"] for row in rows[:2])
    shown = tell(relay, "show", rows[1]["head_hash"][:16])
    said = [one for one in shown if one["type"] == "message"]
    assert [one["role"] for one in said] == ["system", "user", "assistant", "assistant"]
    tool = said[2]["blocks"][0]
    assert (tool["tool"], tool["summary"]) == ("grep", "parse in src")
    assert [result["text"] for result in tool["results"]] == ["src/a.cpp\nsrc/b.cpp"]
    assert [one["id"] for one in shown if one["type"] == "exchange"] == [rows[1]["id"]]
    code, out, err = run("show", rows[1]["id"], "--sqlite", relay.store.path)
    assert code == 0 and "The tool said: src/a.cpp" in out and rows[1]["id"][:18] in out, err
    total = tell(relay, "stats")[-1]
    assert total["type"] == "total" and total["turns"] == 3
    assert total["tokens"]["output"] == sum(row["completion_tokens"] or 0 for row in rows)
    # Nobody writes, and the catalogue is made anew: the same answers.
    before = [tell(relay, *command) for command in (["log"], ["show", rows[1]["head_hash"]], ["stats", "--by", "day,model"])]
    assert relay.stop() == 0
    for one in os.listdir(relay.store.path.parent):
        if ".catalogue" in one:
            os.unlink(relay.store.path.parent / one)
    assert before == [tell(relay, *command)
                      for command in (["log"], ["show", rows[1]["head_hash"]], ["stats", "--by", "day,model"])]


def test_what_is_not_there_and_wrong_use_have_exit_codes(proxy, mock, run):
    relay = proxy(mock)
    relay.fetch(chat.turn("hi"))
    relay.store.only()
    store = ("--sqlite", relay.store.path)
    for arguments, code in ((["show", "no-such-thing"], 1), (["show", "@5"], 1), (["log", "--project", "none"], 1),
                            (["stats", "--model", "none"], 1), (["log", "--since", "soon"], 2),
                            (["stats", "--by", "weather"], 2), (["show", "--json", "--raw"], 2),
                            (["log", "--color", "pink"], 2), (["show", "@"], 0), (["log"], 0), (["stats"], 0)):
        done, out, err = run(*arguments, *store)
        assert done == code, (arguments, out, err)
        assert code == 0 or (err.startswith("tapes: ") and not out), (arguments, out, err)
    missing = run("log", "--sqlite", relay.store.path.parent / "none.sqlite")
    assert missing[0] == 1 and len(missing[2].splitlines()) == 1, missing


# The four figures, by hand from what each API says of itself: docs/mapping.md has the sources.
CHAT_USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200,
              "prompt_tokens_details": {"cached_tokens": 600}, "completion_tokens_details": {"reasoning_tokens": 150}}
ANTHROPIC_USAGE = {"input_tokens": 7, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 4000,
                   "output_tokens": 90, "cache_creation": {"ephemeral_5m_input_tokens": 100,
                                                           "ephemeral_1h_input_tokens": 200}}
RESPONSES_USAGE = {"input_tokens": 500, "input_tokens_details": {"cached_tokens": 480}, "output_tokens": 30,
                   "output_tokens_details": {"reasoning_tokens": 10}, "total_tokens": 530}
OLLAMA = {"model": "llama3", "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": "hi"},
          "done": True, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 11, "total_duration": 5}


def figures(**told):
    return {"input": 0, "cache_read": 0, "cache_write": 0, "output": 0, "reasoning": 0, "cache_write_5m": 0,
            "cache_write_1h": 0, **told}


def responses_answer(model):
    return {"id": "resp_1", "object": "response", "status": "completed", "model": model, "usage": RESPONSES_USAGE,
            "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                        "content": [{"type": "output_text", "text": "hi", "annotations": []}]}]}


def usage_case(api, streamed):
    """A request, its answer, and the figures of it."""
    model = f"{api}-{'streamed' if streamed else 'whole'}"
    question = [{"role": "user", "content": "hi"}]
    if api == "chat":
        body = chat.request_body(messages=question, model=model, stream=streamed)
        last = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [], "usage": CHAT_USAGE}
        events = chat.stream_events("hi", model=model)
        events.insert(-1, chat.event(last))
        whole = json.loads(chat.completion("hi", model=model)) | {"usage": CHAT_USAGE}
        return post(body), events, whole, figures(input=400, cache_read=600, output=200, reasoning=150)
    if api == "messages":
        body = {"model": model, "max_tokens": 10, "messages": question, "stream": streamed}
        whole = messages.message("hi") | {"usage": ANTHROPIC_USAGE, "model": model}
        events = [messages.event("message_start", message=whole | {
                      "content": [], "stop_reason": None, "usage": ANTHROPIC_USAGE | {"output_tokens": 1}}),
                  *messages.block_events(0, {"type": "text", "text": "hi"}),
                  messages.event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None},
                                 usage={"output_tokens": 90}),
                  messages.event("message_stop")]
        return (post(dumps(body), path=b"/v1/messages"), events, whole,
                figures(input=7, cache_read=4000, cache_write=300, output=90, cache_write_5m=100, cache_write_1h=200))
    if api == "responses":
        body = {"model": model, "input": question, "stream": streamed}
        whole = responses_answer(model)
        events = [messages.event("response.created", response=whole | {"output": [], "status": "in_progress", "usage": None}),
                  messages.event("response.completed", response=whole)]
        return (post(dumps(body), path=b"/v1/responses"), events, whole,
                figures(input=20, cache_read=480, output=30, reasoning=10))
    body = {"model": model, "messages": question, "stream": streamed}
    whole = OLLAMA | {"model": model}
    lines = [dumps(whole | {"done": False, "message": {"role": "assistant", "content": "hi"}}) + b"\n",
             dumps(whole | {"message": {"role": "assistant", "content": ""}}) + b"\n"]
    return post(dumps(body), path=b"/api/chat"), lines, whole, figures(input=26, output=11)


@pytest.mark.parametrize("api", ["chat", "messages", "responses", "ollama"])
def test_sums_are_those_of_the_wire(proxy, upstream, tell, api):
    cases = [usage_case(api, streamed) for streamed in (False, True)]
    ndjson = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    head = ndjson if api == "ollama" else SSE_HEAD
    again = cases[0][2] | {"id": "another"}  # the same under one id is one response, see test_background.py
    relay = proxy(upstream(Answering(answer(dumps(cases[0][2])), answer(dumps(again)),
                                     head + b"".join(map(chunk, cases[1][1])) + b"0\r\n\r\n")))
    relay.fetch(cases[0][0])
    relay.fetch(cases[0][0])
    relay.fetch(cases[1][0])
    relay.store.wait_exchanges(3)
    rows = {one.get("model"): one for one in tell(relay, "stats", "--by", "model")}
    once, twice = cases[1][3], {name: 2 * count for name, count in cases[0][3].items()}
    assert rows[f"{api}-streamed"]["tokens"] == once
    assert rows[f"{api}-whole"]["tokens"] == twice, "the same answer, given twice, is paid twice"
    assert rows[None]["tokens"] == {name: once[name] + twice[name] for name in once}
    assert rows[None]["turns"] == 3 and rows[None]["cost"] is None
    assert {one["model"] for one in rows[None]["unpriced_models"]} == {f"{api}-streamed", f"{api}-whole"}
    sessions = tell(relay, "log")
    assert sum(one["tokens"]["output"] for one in sessions) == rows[None]["tokens"]["output"]


HOSTILE_TEXT = "\u001b[2J\u202e\u0000 \U0001f600 漢字 \u009b31m\r\u0007"


def test_hostile_content_is_shown_and_bounded(proxy, upstream, run, tell):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))), settings={"record.budget_bytes": "2GiB"})
    deep = '{"a":' + "[" * 10_000 + "]" * 10_000 + "}"
    call = {"id": HOSTILE_TEXT, "type": "function", "function": {"name": "x\u001b", "arguments": deep}}
    turn = [{"role": "user", "content": HOSTILE_TEXT},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": HOSTILE_TEXT, "content": "r" * 100_000_000},
            {"role": "user", "content": "end"}]
    fields = b"session_id: large\r\n"
    assert relay.fetch(post(chat.request_body(messages=turn), fields=fields), timeout=60)[0].status == 200
    raw = chat.request_body(messages=[{"role": "user", "content": "x"}]).replace(b'"x"', b'"bad \xff\xc3 utf-8"')
    assert relay.fetch(post(raw))[0].status == 200
    rows = relay.store.wait_exchanges(2, timeout=60)
    assert [row["drop_reason"] for row in rows] == [None, None]
    assert relay.stop() == 0
    for arguments in (["log"], ["show", rows[0]["head_hash"]], ["show", rows[0]["head_hash"], "--tools"], ["stats"],
                      ["show", rows[0]["head_hash"], "--json"], ["stats", "--by", "tool"], ["log", "--json"],
                      ["show", rows[1]["head_hash"]]):
        code, out, err = run(*arguments, "--sqlite", relay.store.path, timeout=120)
        assert code == 0, (arguments, err)
        assert not any(c in out for c in "\u001b\u202e\0\r\u009b"), arguments
        assert len(out) < 4_000_000, (arguments, len(out))
    shown = [one for one in tell(relay, "show", rows[0]["head_hash"]) if one["type"] == "message"]
    called = shown[1]["blocks"][0]
    assert called["text_bytes"] >= 20_000 and called["results"][0]["text_bytes"] == 100_000_000
    assert len(called["results"][0]["text"]) == 1 << 20


# A child begins with the peak of the process that starts it: a small one stands between.
MEASURE = """import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(used.ru_maxrss * 1024, os.waitstatus_to_exitcode(status))"""


def peak_memory(arguments, environment):
    """Bytes, and the exit code."""
    done = subprocess.run([sys.executable, "-c", MEASURE, *map(str, arguments)], capture_output=True, text=True,
                          env=environment, timeout=120)
    peak, code = done.stdout.split()
    return int(peak), int(code)


def test_a_large_field_is_not_held(proxy, mock, run, binary, workspace):
    relay = proxy(mock)
    assert relay.fetch(chat.turn("a" * 30_000_000), timeout=30)[0].status == 200
    row = relay.store.wait_exchanges(1, timeout=30)[0]
    assert relay.stop() == 0
    assert run("log", "--sqlite", relay.store.path, timeout=60)[0] == 0
    for more in ([], ["--json"], ["--raw"]):
        peak, code = peak_memory([binary, "show", row["head_hash"], "--sqlite", relay.store.path, *more],
                                 {"HOME": str(workspace)})
        assert code == 0 and peak < 100_000_000, (more, peak)


class Terminal:
    """A command on a terminal of its own, which is its controlling one."""

    def __init__(self, arguments, environment):
        self.pid, self.leader = pty.fork()
        if self.pid == 0:
            os.execve(str(arguments[0]), [str(one) for one in arguments], environment)
        self.output = b""

    def read(self, until=None, timeout=20):
        end = time.monotonic() + timeout
        while until is None or until not in self.output:
            assert time.monotonic() < end, self.output
            try:
                piece = os.read(self.leader, 65536)
            except OSError:
                break
            if not piece:
                break
            self.output += piece
        return self.output

    def end(self):
        self.read()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture
def recorded(proxy, mock):
    relay = proxy(mock)
    for number in range(3):
        relay.fetch(chat.turn(f"question {number} 漢字"))
    relay.store.wait_exchanges(3)
    return relay.store.path


def on_terminal(binary, workspace, store, *arguments, **environment):
    return Terminal([binary, *arguments, "--sqlite", store],
                    {"HOME": str(workspace), "PATH": os.environ["PATH"], "TERM": "xterm", **environment})


def test_on_a_terminal_there_is_colour_and_a_pager(binary, workspace, recorded):
    shown = on_terminal(binary, workspace, recorded, "log", TAPES_PAGER="sed s/question/asked/", PAGER="false")
    assert shown.end() == 0 and b"asked 2" in shown.output and b"\x1b[" in shown.output, shown.output
    plain = on_terminal(binary, workspace, recorded, "log", "--no-pager", NO_COLOR="1", TAPES_PAGER="false")
    assert plain.end() == 0 and b"question 2" in plain.output and b"\x1b" not in plain.output, plain.output
    never = on_terminal(binary, workspace, recorded, "show", "--color", "never", PAGER="cat")
    assert never.end() == 0 and b"\x1b" not in never.output
    none = on_terminal(binary, workspace, recorded, "log", PAGER="no-such-pager-anywhere")
    assert none.end() == 0 and b"question 2" in none.output, none.output


def test_a_pager_that_is_left_ends_the_command_quietly(binary, workspace, recorded):
    for pager in ("head -c 5 >/dev/null", "true"):
        left = on_terminal(binary, workspace, recorded, "show", TAPES_PAGER=pager)
        assert left.end() == 0 and b"tapes:" not in left.output, left.output
    interrupted = on_terminal(binary, workspace, recorded, "log", TAPES_PAGER="trap 'exit 0' INT; echo ready; cat >/dev/null; sleep 60")
    interrupted.read(until=b"ready")
    os.killpg(os.getpgid(interrupted.pid), signal.SIGINT)
    assert interrupted.end() == 0, "Ctrl-C is the pager's"


def test_a_pipe_that_is_closed_ends_the_command_quietly(binary, workspace, recorded):
    for command in (["log", "--json"], ["show", "--json"], ["show", "--raw"], ["stats", "--by", "day"], ["tail"],
                    ["tail", "-f"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([binary, *command, "--sqlite", recorded], stdout=writer, stderr=subprocess.PIPE,
                              env={"HOME": str(workspace)}, timeout=20)
        os.close(writer)
        assert done.stderr == b"", command


def test_output_that_cannot_be_written_fails_the_command_with_the_reason(binary, workspace, recorded):
    read = ["log"], ["log", "--json"], ["show"], ["show", "--json"], ["show", "--raw"], ["search", "question"], ["stats"], \
        ["stats", "--latency"], ["tail"], ["tree"], ["diff", "@", "@1"], ["why", "@"], ["exchange", "list", "--json"], \
        ["exchange", "show", "1"], ["exchange", "show", "1", "--request"], ["export", "@", "--as", "html"], ["verify"], \
        ["cursor", "list"], ["replay", "list"], ["dlq", "list", "--json"], ["orphans"]
    plain = ["config"], ["config", "get", "proxy.listen"], ["completion", "bash"], ["version"], ["--version"], ["--help"], ["show", "--help"]
    for command in [[*one, "--sqlite", recorded] for one in read] + list(plain):
        before = subprocess.run([binary, *command], capture_output=True, env={"HOME": str(workspace)}, timeout=20)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([binary, *command], stdout=full, stderr=subprocess.PIPE, env={"HOME": str(workspace)}, timeout=20)
        if not before.stdout:  # nothing was lost
            assert done.returncode == before.returncode, command
            continue
        assert done.returncode == 1, command
        assert b"tapes: standard output cannot be written: No space left on device" in done.stderr, command


def test_what_is_followed_on_a_terminal_is_in_colour_and_ends_with_ctrl_c(binary, workspace, recorded):
    shown = on_terminal(binary, workspace, recorded, "tail", "-f", TAPES_PAGER="false")
    assert b"\x1b[32mstop" in shown.read(until=b"question 2"), shown.output
    os.write(shown.leader, b"\x03")
    assert shown.end() == -signal.SIGINT and b"tapes:" not in shown.output, shown.output


def test_lists_fit_the_terminal(binary, workspace, recorded):
    for width in (40, 60, 80, 200):
        for command in (["log"], ["stats", "--by", "model,day"], ["tail"]):
            shown = on_terminal(binary, workspace, recorded, *command, "--no-pager", "--color", "never",
                                COLUMNS=str(width))
            assert shown.end() == 0
            lines = shown.output.decode().splitlines()
            assert max(len(line) + sum(c in "漢字" for c in line) for line in lines) <= width, (width, lines)
