"""`tapes why`: misses of the prompt cache made on purpose, each with one cause, explained by the record alone."""
import copy
import json
import sqlite3
import time

import pytest

from harness import chat, messages
from harness.terminal import HOSTILE, hidden
from harness.websocket import frame, handshake, take_message
from harness.wire import Answering
from test_websocket import BETA, create

MARK = {"type": "ephemeral"}


@pytest.fixture
def why(run):
    """The objects that `tapes why --json` writes."""
    def go(relay, *arguments, code=0):
        done, out, err = run("why", *arguments, "--sqlite", relay.store.path, "--json")
        assert done == code, (out, err)
        return [json.loads(line) for line in out.splitlines()]
    return go


def text(said, marked=False):
    return {"type": "text", "text": said, **({"cache_control": MARK} if marked else {})}


def agent_request(turns: int, answers=(), about: str = ""):
    """As an agent sends its history: marks at the end of the system text and at the last block. `answers` are the
    contents that were answered, from the first turn on; others are made up."""
    said = []
    for i in range(turns):
        said.append({"role": "user", "content": [text(f"question {i} {about} " + "q" * 2000)]})
        if i + 1 < turns:
            answered = answers[i] if i < len(answers) else [text(f"answer {i} " + "a" * 2000)]
            said.append({"role": "assistant", "content": copy.deepcopy(answered)})
    said[-1]["content"][-1]["cache_control"] = MARK
    tools = [{"name": name, "description": f"Does {name}.", "input_schema": {"type": "object", "properties": {}}}
             for name in ("ls", "cat", "rm")]
    return {"messages": said, "system": [text("You are an agent." + about), text("Be brief. " + "s" * 4000, True)],
            "tools": tools, "model": "claude-sonnet-4-5", "thinking": {"type": "enabled", "budget_tokens": 2000}}


def ask(relay, body, session: str, read: int, written: int):
    """Asks, waits until it is recorded, and returns the content of the answer."""
    body = copy.deepcopy(body)
    count = relay.store.rows("SELECT count(*) AS n FROM exchange")[0]["n"] if relay.store.path.exists() else 0
    _, answer = relay.fetch(messages.turn(body.pop("messages"), fields=fields(session, read, written), **body))
    relay.store.wait_exchanges(count + 1)
    return json.loads(answer)["content"]


def two_turns(relay, session: str, change=lambda body: None, read: int = 0, about: str = ""):
    """A turn that wrote 3,000 tokens to the cache, and the next one, changed, that read `read` of them."""
    answer = ask(relay, agent_request(3, about=about), session, 0, 3000)
    made_up = [message["content"] for message in agent_request(3)["messages"][1::2]]
    body = agent_request(4, [*made_up, answer], about)
    change(body)
    ask(relay, body, session, read, 3100 - read)
    return body


def fields(session: str, read: int, written: int) -> bytes:
    return (b"session_id: " + session.encode() +
            b"\r\nX-Mock-Cache-Read: %d\r\nX-Mock-Cache-Write: %d\r\n" % (read, written))


def swapped_tools(body):
    body["tools"][0], body["tools"][1] = body["tools"][1], body["tools"][0]


def without_marks(body):
    del body["system"][1]["cache_control"], body["messages"][-1]["content"][-1]["cache_control"]


def far_marks(body):
    del body["system"][1]["cache_control"]
    body["messages"][-1]["content"][:0] = [text("more") for _ in range(30)]


def inserted(body):
    body["messages"].insert(1, {"role": "assistant", "content": [text("a note")]})


MISSES = {
    "model": (lambda body: body.update(model="claude-opus-4-1"), "model"),
    "thinking": (lambda body: body["thinking"].update(budget_tokens=4000), "parameter"),
    "tool_choice": (lambda body: body.update(tool_choice={"type": "auto"}), "parameter"),
    "added": (lambda body: body["tools"].append({"name": "mv", "input_schema": {}}), "tool_added"),
    "removed": (lambda body: body["tools"].pop(1), "tool_removed"),
    "moved": (swapped_tools, "tool_moved"),
    "changed": (lambda body: body["tools"][1].update(description="Shows."), "tool_changed"),
    "system": (lambda body: body["system"][0].update(text="You are a poet."), "system_changed"),
    "message": (lambda body: body["messages"][0]["content"][0].update(text="another " + "q" * 2000), "message_changed"),
    "inserted": (inserted, "message_inserted"),
    "marks": (without_marks, "mark_removed"),
    "look_back": (far_marks, "look_back"),
    "nothing": (lambda body: body.update(max_tokens=7), "unexplained"),
}


# What is hashed into nodes makes another chain where it is changed.
REWRITES = {"model", "system", "message", "inserted"}


def test_each_cause_is_named(proxy, mock, run, why):
    relay = proxy(mock, provider="anthropic")
    for name, (change, _) in MISSES.items():
        two_turns(relay, name, change, about=name)
    for name, (_, cause) in MISSES.items():
        missed, total = why(relay, name)
        assert (missed["outcome"], missed["causes"][0], missed["missed"]) == ("miss", cause, 3000), (name, missed)
        assert total["miss"] == 1 and total["first"] == 1 and total["extra_usd"] > 0, name
        seq = missed["seq"]
        one, = why(relay, str(seq))
        assert missed["predecessor"]["seq"] == seq - 1 and one["causes"] == missed["causes"], name
        assert missed["predecessor"]["kind"] == ("rewrite" if name in REWRITES else "ancestor"), name
        if one["difference"]:
            place = one["difference"]["now"] or one["difference"]["before"]
            assert place["text"] and place["length"] > 0, name
    code, out, err = run("why", "system", "--sqlite", relay.store.path)
    assert code == 0 and "the system text changed: system 1" in out and "1 missed" in out, err
    code, out, err = run("why", "changed", "--all", "--sqlite", relay.store.path)
    assert code == 0 and 'the tool "cat" changed' in out and "first" in out, err
    code, out, err = run("why", str(why(relay, "system")[0]["seq"]), "--sqlite", relay.store.path)
    assert "▸poet" in out or "▸a poet" in out or "▸ poet" in out, out
    assert "- before  system 1 (text)" in out and "+ now     system 1 (text)" in out, out


def test_what_parts_is_found_where_the_bytes_say(proxy, mock, why):
    relay = proxy(mock, provider="anthropic")
    first = agent_request(3)
    ask(relay, first, "s", 0, 3000)
    second = agent_request(4)
    second["messages"][1]["content"][0]["text"] = "answer 0 " + "a" * 1000 + "HERE" + "a" * 996
    ask(relay, second, "s", 1000, 2100)
    body = json.dumps({"model": second["model"], "max_tokens": 1000, "messages": second["messages"],
                       **{key: value for key, value in second.items() if key not in ("messages", "model")}},
                      separators=(",", ":"))
    one, = why(relay, "2")
    assert (one["outcome"], one["causes"], one["missed"]) == ("partial", ["message_changed"], 2000)
    now = one["difference"]["now"]
    assert (now["number"], now["name"], now["part_type"]) == (1, "assistant", "text")
    assert now["text"][now["text_at"]:].startswith("HERE") and now["text_from"] + now["text_at"] == 1009
    assert json.loads(body.encode()[now["offset"]:now["offset"] + now["length"]])["text"][1009:1013] == "HERE"
    assert one["difference"]["estimated_tokens_behind"] > 0


def move_clock(relay, seq: int, seconds: int):
    with sqlite3.connect(relay.store.path) as db:
        db.execute("UPDATE exchange SET accepted_at = accepted_at + ?1, first_byte_at = first_byte_at + ?1,"
                   " last_byte_at = last_byte_at + ?1 WHERE id = ?2", [seconds * 1_000_000, seq])


def test_time_is_held_against_the_lifetime_in_force(proxy, mock, why):
    relay = proxy(mock, provider="anthropic")
    two_turns(relay, "s")
    assert relay.stop() == 0
    move_clock(relay, 2, 400)
    one, = why(relay, "2")
    assert (one["causes"], one["lifetime"], one["surely_expired"]) == (["expired"], "5m", True)
    assert one["idle_ms"] >= 400_000
    move_clock(relay, 2, -4000)  # the clock jumps backwards
    one, = why(relay, "2")
    assert (one["causes"], one["clock_moved_back"], one["idle_ms"]) == (["unexplained"], True, None)


def test_a_changed_cache_key_is_named(proxy, mock, why):
    relay = proxy(mock)
    said = [{"role": "system", "content": "Be brief. " + "s" * 9000}, {"role": "user", "content": "one"}]
    relay.fetch(chat.turn(messages=said, fields=b"session_id: chat\r\nX-Mock-Cache-Read: 0\r\n", prompt_cache_key="a"))
    relay.store.wait_exchanges(1)
    said += [{"role": "assistant", "content": "You said: one"}, {"role": "user", "content": "two"}]
    relay.fetch(chat.turn(messages=said, fields=b"session_id: chat\r\nX-Mock-Cache-Read: 0\r\n", prompt_cache_key="b"))
    relay.store.wait_exchanges(2)
    one, = why(relay, "2")
    assert (one["causes"], one["lifetime"]) == (["cache_key"], "in_memory")


def test_a_websocket_is_explained_by_what_its_messages_hold(proxy, mock, why):
    relay = proxy(mock)
    tools = [{"type": "function", "name": name, "parameters": {}} for name in ("ls", "cat")]

    def ask(client, asked):
        client.send(frame(asked, masked=True))
        while True:
            said = json.loads(take_message(client, controls=False)[1])
            if said["type"] == "response.completed":
                return said["response"]["id"]
    long = "Be brief. " + "s" * 9000
    for number in range(2):  # on two sockets
        with relay.connect() as client:
            client.send(handshake(fields=BETA + b"X-Mock-Cache-Read: 0\r\n"))
            assert client.take_head().status == 101
            if number == 0:
                first = ask(client, create("first", instructions=long, tools=tools))
            else:
                ask(client, create("second", previous=first, instructions=long, tools=tools[1:]))
        relay.store.wait_exchanges(number + 1)
    one, = why(relay, "2")
    assert (one["predecessor"]["kind"], one["predecessor"]["seq"], one["only_tail"]) == ("ancestor", 1, True)
    assert one["causes"] == ["tool_removed"] and one["difference"]["name"] == "ls"


def test_a_retry_and_a_side_query_do_not_hide_the_predecessor(proxy, mock, why):
    relay = proxy(mock, provider="anthropic")
    answer = ask(relay, agent_request(1), "s", 0, 3000)
    title = {"messages": [{"role": "user", "content": "A title, please"}], "system": [text("Titles.")],
             "model": "claude-haiku-4-5"}
    ask(relay, title, "s", 0, 0)
    ask(relay, agent_request(2, [answer]), "s", 3000, 1000)
    ask(relay, agent_request(2, [answer]), "s", 4000, 0)
    by_seq = {one["seq"]: one for one in why(relay, "s", "--all")[:-1]}
    before = {seq: (one["outcome"], (one["predecessor"] or {}).get("seq"), (one["predecessor"] or {}).get("kind"))
              for seq, one in by_seq.items()}
    assert before == {1: ("first", None, None), 2: ("first", None, None), 3: ("hit", 1, "ancestor"),
                      4: ("hit", 3, "retry")}


def test_hostile_requests_are_explained_and_shown_safely(proxy, mock, run, why):
    relay = proxy(mock, provider="anthropic")
    def spoil(body):
        body["tools"][0]["name"] = HOSTILE
        body["system"][1]["text"] += HOSTILE
        body["odd"] = [[[[[["x"]]]]]]
    two_turns(relay, "s", spoil)
    deep = b'{"model":"claude-sonnet-4-5","max_tokens":1,"messages":[{"role":"user","content":' + b"[" * 100_000
    relay.fetch(messages.post(deep, path=b"/v1/messages"))
    relay.store.wait_exchanges(3)
    for arguments in (["s"], ["2"], ["3"], ["s", "--all"]):
        code, out, err = run("why", *arguments, "--sqlite", relay.store.path)
        assert code == 0 and not hidden(out.encode()), (arguments, out, err)
    assert why(relay, "2")[0]["causes"] == ["tool_changed"]


POINT = {"cachePoint": {"type": "default"}}


def system_of(session):
    """Sessions have no beginning in common. Gemini caches prompts of 4,096 tokens at least."""
    return f"Be brief in {session}. " + "s" * 24000


def converse_body(turns, system, marked=True):
    said = [{"role": ("user", "assistant")[i % 2], "content": [{"text": f"text {i} " + "q" * 2000}]} for i in range(turns)]
    said[-1]["content"] += [POINT] if marked else []
    return {"system": [{"text": system}, *([POINT] if marked else [])], "messages": said}


def claude_body(turns, system, marked=True):
    said = [{"role": ("user", "assistant")[i % 2], "content": [text(f"text {i} " + "q" * 2000)]} for i in range(turns)]
    said[-1]["content"][-1].update({"cache_control": MARK} if marked else {})
    return {"anthropic_version": "vertex-2023-10-16", "max_tokens": 9, "system": [text(system, marked)], "messages": said}


def gemini_body(turns, system, marked=True):
    said = [{"role": ("user", "model")[i % 2], "parts": [{"text": f"text {i} " + "q" * 2000}]} for i in range(turns)]
    return {"systemInstruction": {"parts": [{"text": system}]}, "contents": said}


CLOUDS = {
    "converse": (b"/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse", converse_body, "cachePoint"),
    "invoke": (b"/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke", claude_body, "cache_control"),
    "vertex": (b"/v1/projects/p/locations/l/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict", claude_body,
               "cache_control"),
    "gemini": (b"/v1beta/models/gemini-3-pro:generateContent", gemini_body, None),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_the_clouds_caches_are_explained(proxy, mock, run, why, name):
    path, body, mark = CLOUDS[name]
    relay = proxy(mock, provider="auto")

    def send(session, read, written, turns, more="", marked=True):
        wanted = body(turns, system_of(session) + more, marked)
        count = len(relay.store.rows("SELECT id FROM exchange")) if relay.store.path.exists() else 0
        relay.fetch(chat.post(chat.dumps(wanted), path=path, fields=fields(session, read, written)))
        relay.store.wait_exchanges(count + 1)
    for session, read, more, marked in (("system", 0, " always", True), ("hit", 3000, "", True), ("marks", 0, "", False)):
        send(session, 0, 3000, 1)
        send(session, read, 3100 - read, 3, more, marked)
    assert why(relay, "hit")[-1]["hit"] == 1
    if not mark:  # Gemini leaves the figure out where nothing was read
        one, = why(relay, "2")
        assert (one["outcome"], one["unknown_because"]) == ("unknown", "untold"), one
        return
    missed, _ = why(relay, "system")
    assert (missed["outcome"], missed["causes"][0]) == ("miss", "system_changed"), missed
    missed, _ = why(relay, "marks")
    assert (missed["outcome"], missed["causes"][0]) == ("miss", "mark_removed"), missed
    out = run("why", "marks", "--sqlite", relay.store.path)[1]
    assert f"no {mark} is set any more" in out, out


@pytest.mark.parametrize("path, body, answer, api", [
    (b"/v1/completions", {}, {"object": "text_completion", "choices": [{"index": 0, "text": "a", "finish_reason": "stop"}],
                              "usage": {"prompt_tokens": 2000, "completion_tokens": 1, "total_tokens": 2001}}, "openai_completions"),
    (b"/v1/fim/completions", {"suffix": "z"}, json.loads(chat.completion("a", usage=(2000, 1))), "mistral_fim"),
    (b"/api/generate", {"stream": False}, {"response": "a", "done": True, "done_reason": "stop", "prompt_eval_count": 2000,
                                           "eval_count": 1}, "ollama_generate"),
], ids=["Completions", "fill-in-the-middle", "Ollama"])
def test_an_api_without_a_cache_has_nothing_to_explain(proxy, upstream, run, why, path, body, answer, api):
    relay = proxy(upstream(Answering(chat.answer(chat.dumps({"model": "m", **answer})))))
    body = {"model": "m", "prompt": "p" * 8000, **body}
    for _ in range(2):
        relay.fetch(chat.post(chat.dumps(body), path=path))
    relay.store.wait_exchanges(2)
    one, = why(relay, "2")
    assert (one["api"], one["outcome"], one["unknown_because"], one["causes"]) == (api, "unknown", "not_in_api", [])
    out = run("why", "2", "--sqlite", relay.store.path)[1]
    assert f"nothing to explain: {api} tells of no prompt cache" in out, out


def test_what_there_is_not_is_said(proxy, mock, run):
    relay = proxy(mock)
    relay.fetch(chat.turn(messages=[{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]))
    relay.store.wait_exchanges(1)
    assert run("why", "nowhere", "--sqlite", relay.store.path)[0] == 1
    assert run("why", "--thread", "1", "--sqlite", relay.store.path)[0] == 2
    by_role = {node["role"]: node["hash"] for node in relay.store.nodes()}
    assert run("why", by_role["assistant"], "--sqlite", relay.store.path)[0] == 0
    code, _, err = run("why", by_role["user"], "--sqlite", relay.store.path)
    assert code == 1 and "is not the answer of an exchange" in err


def test_a_long_session_is_explained_in_seconds(proxy, mock, why):
    relay = proxy(mock, provider="anthropic")
    turns, answers = 100, []
    for i in range(1, turns + 1):
        body = agent_request(i, answers)
        body["tools"][0]["description"] = f"Changed {i}."
        answers.append(ask(relay, body, "long", 0, 2000))
    begun = time.monotonic()
    told = why(relay, "long", "-n", "0")
    assert time.monotonic() - begun < 20
    assert {one["causes"][0] for one in told[:-1]} == {"tool_changed"} and told[-1]["miss"] == turns - 1
