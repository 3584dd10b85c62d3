"""A tape as an upstream: what was recorded is answered again with the recorded bytes, without any network."""
import concurrent.futures
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import anthropic
import openai
import pytest

from harness import chat
from harness.tape import Tape, ask
from harness.wire import Answering, wait_until
from harness.sdk_agent import AGENT
from harness.store import Store
from test_read_only import read_only  # noqa: F401
from test_upgrade import unpacked

KEY = "sk-tape-0123456789abcdefgh"


def dumps(value) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def question(*texts, model="gpt-4o", **more) -> bytes:
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return dumps({"model": model, "messages": messages, **more})


@pytest.fixture
def recorder(proxy):
    """A proxy that keeps the bytes of all that passes."""
    def start(upstream, **options):
        return proxy(upstream, settings={"record.wire": "all", **options.pop("settings", {})}, **options)
    return start


@pytest.fixture
def play(binary, workspace, started):
    """Factory of tapes."""
    def start(store, *flags, **options):
        tape = Tape(binary, store, *flags, directory=workspace,
                    environment={"HOME": str(workspace), **options.pop("environment", {})}, **options)
        started.append(tape)
        return tape
    return start


def recorded(relay, *asked, **fields):
    """Sends requests through a recorder and ends it: the answers, and the store."""
    answers = [ask(relay.port, "/v1/chat/completions", body, Authorization=f"Bearer {KEY}", **fields) for body in asked]
    relay.store.wait_exchanges(len(asked))
    assert relay.stop() == 0
    return answers, relay.store.path


def chat_on(tape, body, **fields):
    return ask(tape.port, "/v1/chat/completions", body, **fields)


@pytest.mark.parametrize("coding", ["", "gzip", "br", "zstd"])
@pytest.mark.parametrize("streamed", [False, True])
def test_answers_are_the_recorded_ones_byte_for_byte(recorder, mock, play, coding, streamed):
    fields = {"Accept-Encoding": "gzip, br, zstd", **({"X-Mock-Encoding": coding} if coding else {})}
    body = question("hello", stream=streamed)
    [before], store = recorded(recorder(mock), body, **fields)
    tape = play(store)
    after = chat_on(tape, body, **fields)
    assert (after.status, after.reason) == (before.status, before.reason)
    assert after.body == before.body and len(after.body) > 20
    assert after.lasting_fields() == before.lasting_fields()
    assert dict(after.fields).get("Content-Encoding", "") == coding
    # Who does not undo the coding gets the text without it.
    plain = chat_on(tape, body, Accept_Encoding="identity")
    assert b'"object":"chat' in plain.body and "Content-Encoding" not in dict(plain.fields)


def test_each_api_is_answered_to_its_sdk(recorder, mock, play, tmp_path):
    """An agent's run with the SDKs of OpenAI, Anthropic and Ollama, streamed and not, with tools: again from the tape."""
    relay = recorder(mock, provider="auto", settings={"record.wire": "all"})
    script = tmp_path / "agent.py"
    script.write_text(AGENT)

    def run(url):
        environment = {"PATH": os.environ["PATH"], "OPENAI_BASE_URL": url + "/v1", "ANTHROPIC_BASE_URL": url,
                       "OLLAMA_HOST": url, "OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "HOME": str(tmp_path)}
        done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout
    before = run(relay.url)
    assert before.count("\n") >= 12
    assert relay.stop() == 0 and mock.stop() == 0
    tape = play(relay.store.path)
    assert run(tape.url) == before
    assert run(tape.url) == before
    assert ", 0 misses" in tape.last_line()
    assert "same conversation" in tape.output


def test_errors_are_answers_too_so_that_retries_are_replayed(recorder, upstream, play):
    limited = chat.answer(b'{"error":{"message":"slow down","type":"requests"}}', status=b"429 Too Many Requests",
                          fields=b"Retry-After: 1\r\nx-ratelimit-remaining: 0\r\n")
    broken = chat.answer(b'{"error":{"message":"overloaded"}}', status=b"529 Overloaded")
    relay = recorder(upstream(Answering(limited, broken, chat.answer(chat.completion("Four.")))))

    def four(url):
        with openai.OpenAI(base_url=url + "/v1", api_key=KEY, max_retries=4, timeout=20) as sdk:
            begun = time.monotonic()
            result = sdk.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "2+2?"}])
            return result.choices[0].message.content, time.monotonic() - begun
    assert four(relay.url)[0] == "Four."
    relay.store.wait_exchanges(3)
    assert relay.stop() == 0
    tape = play(relay.store.path)
    assert four(tape.url)[0] == "Four."
    tape.wait_for("status 200")
    assert [line.split("status ")[1][:3] for line in tape.answered()] == ["429", "529", "200"]
    # The waits that answers ask for follow the speed; at once there are none.
    assert dict(chat_on(play(relay.store.path), question("2+2?")).fields)["Retry-After"] == "0"
    assert dict(chat_on(play(relay.store.path, "--speed", "1"), question("2+2?")).fields)["Retry-After"] == "1"


def test_a_request_that_only_ever_failed_fails_again(recorder, upstream, play):
    refused = chat.answer(b'{"error":{"message":"no such model"}}', status=b"404 Not Found")
    [before], store = recorded(recorder(upstream(Answering(refused))), question("hello", model="none"))
    after = chat_on(play(store), question("hello", model="none"))
    assert (after.status, after.body) == (before.status, before.body)


def test_repeats_come_in_recorded_order(recorder, upstream, play):
    texts = ["one", "two", "three"]
    relay = recorder(upstream(Answering(*(chat.answer(chat.completion(text)) for text in texts))))
    answers, store = recorded(relay, *[question("count")] * 3)

    def said(tape):
        answer = chat_on(tape, question("count"))
        return json.loads(answer.body)["choices"][0]["message"]["content"] if answer.status == 200 else answer.status
    tape = play(store)
    assert [said(tape) for _ in range(5)] == [*texts, "three", "three"]
    once = play(store, "--once")
    assert [said(once) for _ in range(4)] == [*texts, 404]
    once.wait_for("--once")
    # How far it has come is kept in memory alone.
    tape.kill()
    assert said(play(store)) == "one"


def test_clients_at_the_same_time_get_the_answers_one_by_one(recorder, upstream, play):
    texts = [f"answer {i}" for i in range(16)]
    relay = recorder(upstream(Answering(*(chat.answer(chat.completion(text)) for text in texts))))
    _, store = recorded(relay, *[question("count")] * len(texts))
    tape = play(store, "--once")
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: json.loads(chat_on(tape, question("count")).body), texts))
    assert sorted(one["choices"][0]["message"]["content"] for one in answers) == sorted(texts)


def test_clients_that_talk_at_the_same_time_each_have_their_conversation(recorder, mock, play):
    relay = recorder(mock)

    def talk(port, name):
        messages = []
        for turn in range(5):
            messages.append({"role": "user", "content": f"{name}, question {turn}"})
            answer = ask(port, "/v1/chat/completions", dumps({"model": "gpt-4o", "messages": messages}))
            assert answer.status == 200, answer.body
            messages.append(json.loads(answer.body)["choices"][0]["message"])
        return messages
    names = [f"client {i}" for i in range(6)]
    before = [talk(relay.port, name) for name in names]
    relay.store.wait_exchanges(30)
    assert relay.stop() == 0
    tape = play(relay.store.path)
    with concurrent.futures.ThreadPoolExecutor(6) as clients:
        assert list(clients.map(lambda name: talk(tape.port, name), names)) == before
    assert ", 0 misses" in tape.last_line() and "30 requests answered" in tape.output


@pytest.mark.parametrize("speed, least, most", [("1", 1.55, 6), ("4", 0.38, 1.5), ("max", 0, 0.38), ("0.5", 3.1, 12)])
def test_answers_take_as_long_as_they_took(recorder, mock, play, speed, least, most):
    body = question("hello there", stream=True)
    [before], store = recorded(recorder(mock), body, X_Mock_Event_Delay_Ms="200", X_Mock_Events="6", X_Mock_Delay_Ms="400")
    assert before.seconds > 1.55
    after = chat_on(play(store, "--speed", speed), body)
    assert after.body == before.body
    assert least <= after.seconds <= most, (before.times, after.times)
    if speed in ("1", "0.5"):
        assert len(after.times) > 6  # piece by piece


def test_an_answer_that_broke_off_breaks_off_again(recorder, mock, play):
    body = question("hello there", stream=True)
    [before], store = recorded(recorder(mock), body, X_Mock_Cut="3", X_Mock_Events="6")
    assert before.body.endswith(b"<broken>")
    assert chat_on(play(store), body).body == before.body


def test_what_is_no_turn_is_answered_by_method_path_query_and_body(recorder, mock, play):
    relay = recorder(mock, provider="auto")
    counted = dumps({"model": "claude", "messages": [{"role": "user", "content": "hello"}]})
    embedded = dumps({"model": "e", "input": "hello"})
    before = [ask(relay.port, "/v1/models"), ask(relay.port, "/v1/models?limit=1&after=x"),
              ask(relay.port, "/v1/messages/count_tokens", counted), ask(relay.port, "/v1/embeddings", embedded),
              ask(relay.port, "/v1/models", method="HEAD")]
    assert [one.status for one in before] == [200] * 5
    relay.store.wait_exchanges(5)
    assert relay.stop() == 0
    tape = play(relay.store.path)
    assert ask(tape.port, "/v1/models").body == before[0].body
    assert ask(tape.port, "/v1/models?after=x&limit=1").body == before[1].body
    assert ask(tape.port, "/models").body == before[0].body  # behind another base URL
    head = ask(tape.port, "/v1/models", method="HEAD")
    assert (head.status, head.body) == (200, b"") and dict(head.fields)["Content-Length"] == str(len(before[0].body))
    reordered = json.dumps({"messages": [{"content": "hello", "role": "user"}], "model": "claude"}, indent=1).encode()
    assert ask(tape.port, "/v1/messages/count_tokens", reordered).body == before[2].body
    assert ask(tape.port, "/v1/embeddings", embedded).body == before[3].body
    for path, body, told in (("/v1/models?limit=2", None, "another query"), ("/v1/files", None, "GET /v1/models"),
                             ("/v1/embeddings", dumps({"model": "e", "input": "goodbye"}), "goodbye")):
        missed = ask(tape.port, path, body)
        assert missed.status == 404 and told in json.loads(missed.body)["error"]["message"], missed.body


def test_bytes_that_were_not_kept_are_said_to_be_missing(proxy, mock, play):
    relay = proxy(mock)  # record.wire = turns
    ask(relay.port, "/v1/models")
    relay.store.wait_exchanges(1)
    assert relay.stop() == 0
    assert "tapes run --tape" in json.loads(ask(play(relay.store.path).port, "/v1/models").body)["error"]["message"]


def test_a_miss_names_what_was_recorded_and_the_first_difference(recorder, mock, play):
    first = question("What is the weather in Paris today, please?")
    relay = recorder(mock)
    said = json.loads(ask(relay.port, "/v1/chat/completions", first).body)["choices"][0]["message"]["content"]
    second = question("What is the weather in Paris today, please?", said, "And in Lyon tomorrow?")
    _, store = recorded_more(relay, second, count=2)
    tape = play(store)
    with openai.OpenAI(base_url=tape.url + "/v1", api_key=KEY, max_retries=2) as sdk:
        with pytest.raises(openai.NotFoundError) as miss:
            sdk.chat.completions.create(model="gpt-4o", messages=[
                {"role": "user", "content": "What is the weather in Paris today, please?"},
                {"role": "assistant", "content": said}, {"role": "user", "content": "And in Nice tomorrow?"}])
    text = str(miss.value)
    assert "Of its 3 messages the first 2 were recorded, up to node " in text and "exchange 1" in text, text
    assert "message 3 (user) differs" in text and "“" in text and "Lyon tomorrow" in text and "Nice tomorrow" in text, text
    begun = json.loads(chat_on(tape, question("How are you?")).body)["error"]["message"]
    assert "None of its 1 message begins a recorded conversation" in begun and "How are you?" in begun, begun
    behind = question("What is the weather in Paris today, please?", said, "And in Lyon tomorrow?", "Fine.", "Thanks")
    assert "the first 3 were recorded" in json.loads(chat_on(tape, behind).body)["error"]["message"]
    streamed = json.loads(chat_on(tape, question("What is the weather in Paris today, please?", stream=True)).body)
    assert "this request wants a stream" in streamed["error"]["message"]
    assert "miss: " in tape.output and "4 misses" in tape.last_line()


def recorded_more(relay, *bodies, count):
    for body in bodies:
        ask(relay.port, "/v1/chat/completions", body)
    relay.store.wait_exchanges(count)
    assert relay.stop() == 0
    return None, relay.store.path


def test_a_miss_is_an_error_of_its_api(recorder, mock, play):
    _, store = recorded(recorder(mock), question("hello"))
    tape = play(store)
    with anthropic.Anthropic(base_url=tape.url, api_key=KEY, max_retries=2) as sdk:
        with pytest.raises(anthropic.NotFoundError, match="The tape has no answer"):
            sdk.messages.create(model="claude", max_tokens=9, messages=[{"role": "user", "content": "hi"}])
    ollama = ask(tape.port, "/api/chat", dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}))
    assert ollama.status == 404 and "The tape has no answer" in json.loads(ollama.body)["error"]
    assert ask(tape.port, "/v1/chat/completions", b"\xff no JSON").status == 404
    assert ask(tape.port, "/" + "x" * 5000).status == 404


@pytest.mark.parametrize("row, before, now", [
    ("git-status", "You are a helper.\n<git_status>On branch a</git_status>", "You are a helper.\n<git_status>clean</git_status>"),
    ("temporary-paths", "Use /tmp/run-a1/x.", "Use /tmp/run-b2/deep/y."),
    ("working-directories", "Working directory: /home/a/w. Read /home/a/w/README.md", "Working directory: /b. Read /b/README.md"),
    ("uuids", "Session 0191e9a2-7c1b-7d3e-8f4a-0123456789ab.", "Session ffffe9a2-7c1b-4d3e-8f4a-ffff56789abc."),
    ("ids", "After call_abcdefgh12345678.", "After call_zzzz9999888877x."),
    ("process-ids", "Process Group PGID: 22725", "Process Group PGID: 4"),
    ("commits", "HEAD is now at 1a2b3c4.", "HEAD is now at 9f8e7d6c."),
    ("dates", "Today is Saturday, January 31, 2026.", "Today is Monday, February 2, 2026."),
    ("times", "It is 9:30 AM.", "It is 11:05 PM."),
    ("durations", "1 passed in 0.02s.", "1 passed in 1.50s."),
    ("ports", "See http://127.0.0.1:40123/.", "See http://127.0.0.1:5555/."),
])
def test_each_row_of_the_tolerance_is_looked_past(recorder, mock, play, row, before, now):
    def asked(system):
        return dumps({"model": "gpt-4o", "messages": [{"role": "system", "content": system},
                                                       {"role": "user", "content": "hello"}]})
    [first], store = recorded(recorder(mock), asked(before))
    tape = play(store)
    assert chat_on(tape, asked(now)).body == first.body
    tape.wait_for(f"within the tolerance: {row}")
    others = [flag for name in ("git-status", "temporary-paths", "working-directories", "uuids", "ids", "process-ids", "commits",
                                "dates", "times", "durations", "ports") if name != row for flag in ("--ignore", name)]
    without = play(store, *others)
    assert chat_on(without, asked(now)).status == 404
    assert chat_on(without, asked(before)).body == first.body
    none = play(store, "--ignore", "none")
    assert chat_on(none, asked(now)).status == 404
    assert chat_on(none, asked(before)).body == first.body


def test_models_and_patterns_of_ones_own_are_looked_past_where_that_is_wanted(recorder, mock, play):
    [first], store = recorded(recorder(mock), question("ticket 17, please"))
    other = question("ticket 4711, please", model="gpt-4o-mini")
    assert chat_on(play(store), other).status == 404
    assert chat_on(play(store, "--ignore-pattern", r"ticket \d+"), other).status == 404
    tape = play(store, "--ignore", "usual", "--ignore", "model", "--ignore-pattern", r"ticket \d+")
    assert chat_on(tape, other).body == first.body
    tape.wait_for("within the tolerance: patterns of your own")


def test_a_whole_conversation_is_followed_within_the_tolerance(recorder, mock, play):
    """What is looked past stands at its beginning: every hash behind it is another one."""
    relay = recorder(mock)
    messages = [{"role": "system", "content": "Today is 2026-01-31."}]
    for turn in range(6):
        messages.append({"role": "user", "content": f"question {turn}"})
        body = dumps({"model": "gpt-4o", "messages": messages})
        messages.append(json.loads(ask(relay.port, "/v1/chat/completions", body).body)["choices"][0]["message"])
    relay.store.wait_exchanges(6)
    assert relay.stop() == 0
    tape = play(relay.store.path)
    again = [{"role": "system", "content": "Today is 2027-03-04."}]
    for turn in range(6):
        again.append({"role": "user", "content": f"question {turn}"})
        answer = chat_on(tape, dumps({"model": "gpt-4o", "messages": again}))
        assert answer.status == 200, answer.body
        again.append(json.loads(answer.body)["choices"][0]["message"])
    assert again[1:] == messages[1:]


def test_of_several_answers_that_with_the_same_parameters_is_given(recorder, upstream, play):
    relay = recorder(upstream(Answering(chat.answer(chat.completion("warm")), chat.answer(chat.completion("cold")))))
    _, store = recorded(relay, question("hello", temperature=1), question("hello", temperature=0))
    tape = play(store)
    assert b"cold" in chat_on(tape, question("hello", temperature=0)).body
    assert b"warm" in chat_on(tape, question("hello", temperature=1)).body
    other = play(store)  # such a one was not recorded: then their order counts
    assert [text in chat_on(other, question("hello", temperature=0.5)).body for text in (b"warm", b"cold")] == [True, True]


def test_keys_in_a_request_need_not_be_those_of_the_recording(recorder, mock, play):
    def asked(key):
        return dumps({"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": f"my key is {key}"}],
                      "mcp_servers": [{"type": "url", "url": "https://x.example", "name": "x", "authorization_token": key}]})
    relay = recorder(mock, provider="anthropic")
    before = ask(relay.port, "/v1/messages", asked(KEY), x_api_key=KEY)
    relay.store.wait_exchanges(1)
    assert relay.stop() == 0
    assert KEY.encode() not in relay.store.path.read_bytes()
    other = "sk-other-98765432109876543210"
    after = ask(play(relay.store.path, "--ignore", "none").port, "/v1/messages", asked(other), x_api_key=other)
    assert after.status == 200 and json.loads(after.body)["type"] == json.loads(before.body)["type"]


def test_what_is_recorded_meanwhile_is_found(recorder, mock, play):
    relay = recorder(mock)
    ask(relay.port, "/v1/chat/completions", question("first"))
    relay.store.wait_exchanges(1)
    tape = play(relay.store.path)
    assert chat_on(tape, question("first")).status == 200
    assert chat_on(tape, question("second")).status == 404
    ask(relay.port, "/v1/chat/completions", question("second"))
    ask(relay.port, "/v1/models")
    relay.store.wait_exchanges(3)
    assert chat_on(tape, question("second")).status == 200
    assert ask(tape.port, "/v1/models").status == 200


def test_what_is_missing_is_recorded(recorder, mock, play, workspace):
    _, store = recorded(recorder(mock), question("first"))
    tape = play(store, "--record-missing", "--upstream", mock.url + "/v1")
    first, missing = chat_on(tape, question("first")), chat_on(tape, question("second"), Authorization=f"Bearer {KEY}")
    assert missing.status == 200 and b"You said: " in missing.body
    assert ask(tape.port, "/v1/models").status == 200
    again = wait_until(lambda: chat_on(tape, question("second")), 5, "the answer")
    assert again.body == missing.body
    line = tape.last_line()
    assert "2 passed on and recorded" in line and "0 misses" in line, line
    assert mock.stop() == 0
    offline = play(store)
    assert chat_on(offline, question("second")).body == missing.body
    assert chat_on(offline, question("first")).body == first.body
    assert ask(offline.port, "/v1/models").status == 200


def test_what_is_missing_is_recorded_elsewhere_where_the_tape_cannot_be_written(recorder, mock, play, workspace, run):
    relay = recorder(mock)
    ask(relay.port, "/v1/chat/completions", question("first"))
    relay.store.wait_exchanges(1)
    assert relay.stop() == 0
    other = workspace / "more" / "more.sqlite"
    tape = play(relay.store.path, "--record-missing", "--record-to", other, "--upstream", mock.url + "/v1")
    assert chat_on(tape, question("first")).status == 200
    missing = chat_on(tape, question("second"))
    assert missing.status == 200
    tape.stop()
    assert chat_on(play(other), question("second")).body == missing.body
    code, _, err = run("serve", "mock", "--replay", relay.store.path, "--record-missing")
    assert code == 2 and "--upstream URL" in err


def test_wrong_use_says_what_would_be_right(run, workspace):
    for arguments, told in ((["--replay", workspace / "none.tape"], "tapes run --tape"),
                            (["--replay", "x", "--speed", "fast"], "0.01 to 1000"),
                            (["--speed", "2"], "--replay"), (["--upstream", "http://x"], "--replay")):
        code, _, err = run("serve", "mock", *arguments)
        assert code in (1, 2) and told in err, (arguments, err)


def test_a_wrong_name_of_the_tolerance_says_which_there_are(recorder, mock, run):
    _, store = recorded(recorder(mock), question("hello"))
    code, _, err = run("serve", "mock", "--listen", "127.0.0.1:0", "--replay", store, "--ignore", "date")
    assert code == 2 and "dates, ports" in err, err
    code, _, err = run("serve", "mock", "--listen", "127.0.0.1:0", "--replay", store, "--ignore-pattern", "([")
    assert code == 2 and "is no pattern of RE2" in err, err


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_a_tape_on_a_read_only_directory_is_played(recorder, mock, play, workspace):
    [before], store = recorded(recorder(mock), question("hello"))
    kept = workspace / "kept"
    kept.mkdir()
    shutil.copy(store, kept / "agent.tape")
    if subprocess.run(["mount", "--bind", kept, kept], capture_output=True).returncode != 0:
        pytest.skip("no mounts here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", kept], check=True)
        tape = play(kept / "agent.tape", environment={"XDG_CACHE_HOME": str(workspace / "cache")})
        assert chat_on(tape, question("hello")).body == before.body
        tape.stop()
    finally:
        subprocess.run(["umount", "-l", kept], check=True)


def test_web_pages_of_other_sites_get_nothing(recorder, mock, play):
    _, store = recorded(recorder(mock), question("hello"))
    tape = play(store)
    assert chat_on(tape, question("hello"), Origin="https://evil.example").status == 403
    assert chat_on(tape, question("bye"), Sec_Fetch_Site="cross-site").status == 403
    assert chat_on(tape, question("hello"), Origin="http://localhost:3000").status == 200


def test_signals_end_it_with_figures_and_misses_can_be_fatal(recorder, mock, play):
    _, store = recorded(recorder(mock), question("hello"))
    good = play(store, "--fail-on-miss")
    assert chat_on(good, question("hello")).status == 200
    good.signal(signal.SIGINT)
    assert good.wait() == 0 and "1 request answered from the tape" in good.output
    bad = play(store, "--fail-on-miss")
    assert chat_on(bad, question("bye")).status == 404
    bad.signal(signal.SIGTERM)
    assert bad.wait() == 1 and "1 miss" in bad.output


def refused(run, *arguments):
    """What is said of a tape that cannot be played, in one line."""
    code, out, err = run(*arguments, timeout=60)
    assert (code, out) == (1, "") and err.startswith("tapes: ") and err.count("\n") == 1, (code, out, err)
    return err


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_tape_of_an_earlier_version_says_so_and_is_played_once_it_is_brought_up_to_date(proxy, mock, play, run, workspace, number):
    old = unpacked(workspace, number)
    before = old.read_bytes()
    for command in (("serve", "mock", "--replay", old), ("run", "--replay", old, "--", "true")):
        err = refused(run, *command)
        assert f"has schema version {number}, this tapes reads " in err and "`tapes serve` brings it up to date" in err, err
        assert str(old) in err
    assert old.read_bytes() == before, "it was changed"
    assert proxy(mock, sqlite=old).stop() == 0
    row = Store(old).exchanges()[0]
    _, request, _ = run("exchange", "show", row["id"], "--request", "--sqlite", old)
    answer = ask(play(old).port, row["target"] or row["path"], request.encode())
    assert answer.status == 200, answer.body


def test_a_tape_of_a_later_version_is_refused(recorder, mock, run):
    _, store = recorded(recorder(mock), question("hello"))
    with sqlite3.connect(store) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    assert "has schema version 99" in refused(run, "serve", "mock", "--replay", store)


@pytest.mark.parametrize("where", ["below a file", "a directory", "no store", "read-only", "link to nowhere"])
def test_a_place_where_what_is_missing_cannot_be_recorded_is_told_at_once(recorder, mock, run, workspace, read_only, where):  # noqa: F811
    _, store = recorded(recorder(mock), question("hello"))
    other = workspace / "other"
    if where == "below a file":
        other.write_text("x")
        place = other / "more.sqlite"
    elif where == "a directory":
        other.mkdir()
        place = other
    elif where == "no store":
        other.write_text("this is text, and no store")
        place = other
    elif where == "read-only":
        other.mkdir()
        place = read_only(other) / "more.sqlite"
    else:
        other.symlink_to(workspace / "nowhere" / "x" / "y.sqlite")
        place = other / "more.sqlite"
    for command in (("serve", "mock", "--replay", store, "--record-missing", "--record-to", place, "--upstream", mock.url),
                    ("run", "--replay", store, "--record-missing", "--record-to", place, "--", "true")):
        err = refused(run, *command)
        assert str(place) in err, err
        assert "cannot be recorded" in err or "cannot be" in err or "is not" in err, err
    assert Store(store).exchanges()
