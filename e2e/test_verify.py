"""What every API has recorded is what its bytes give: `tapes verify` finds nothing, `tapes rederive` the same hashes."""
import json
import sqlite3

import pytest

from harness import chat
from harness.websocket import frame
from test_websocket import create, events, open_socket, serving


def post(relay, path, body, **fields):
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()).encode()
    answer, content = relay.fetch(chat.post(chat.dumps(body), path=path.encode(), fields=head))
    assert answer.status == 200, (answer, content)
    return content


@pytest.fixture
def recorded(proxy, mock):
    """A store with turns of every API; its proxy still runs."""
    relay = proxy(mock, provider="openai")
    count = 0

    def say(path, body, **fields):
        nonlocal count
        count += 1
        return post(relay, path, body, **fields)

    long = "x" * 3000
    for stream in (False, True):
        for coding in ({}, {"X_Mock_Encoding": "gzip"}):
            more = {"stream": True} if stream else {}
            messages = []
            for turn in range(3):
                messages.append({"role": "user", "content": f"question {turn} {stream} {bool(coding)} {long}"})
                body = {"model": "gpt-5", "messages": messages, **more}
                say("/v1/chat/completions", body, **coding)
                say("/v1/messages", {**body, "max_tokens": 9, "system": "Be brief."}, X_Mock_Thinking="1", **coding)
                say("/api/chat", {**body, "stream": stream}, **coding)
                say("/v1/responses", {"model": "gpt-5", "input": messages, **more}, **coding)
                messages.append({"role": "assistant", "content": "An answer."})
    say("/v1/chat/completions", {"model": "gpt-5", "n": 2, "messages": [{"role": "user", "content": "two"}]})
    say("/v1/chat/completions", {"model": "gpt-5", "messages": [{"role": "user", "content": "t"}]}, X_Mock_Tool_Calls=2)
    first = json.loads(say("/v1/responses", {"model": "gpt-5", "input": "first"}))
    say("/v1/responses", {"model": "gpt-5", "input": "second", "previous_response_id": first["id"]})
    say("/v1/responses", {"model": "gpt-5", "input": "lost", "previous_response_id": "resp_unknown"})
    # Larger than what a capture holds in memory.
    say("/v1/chat/completions", {"model": "gpt-5", "messages": [{"role": "user", "content": "x" * 3_000_000}]})
    relay.store.wait_exchanges(count)
    return relay


def test_a_running_store_has_nothing_wrong(recorded, run):
    code, out, err = run("verify", "--sqlite", recorded.store.path, "--json")
    told = json.loads(out)
    assert told["findings"] == []
    assert (code, err, told["clean"]) == (0, "", True)
    assert told["checked"]["exchanges_mapped_again"] == told["checked"]["exchanges"] > 50


def test_what_passed_on_a_websocket_is_what_its_bytes_give(proxy, upstream, run, workspace):
    said = [b"".join(map(frame, events("One."))), b"".join(map(frame, events("Two.", "resp_2")))]
    relay = proxy(upstream(serving(*said)))
    with open_socket(relay) as client:
        client.send(frame(create("first"), masked=True))
        assert client.take(len(said[0])) == said[0]
        client.send(frame(create("second", previous="resp_1"), masked=True))
        assert client.take(len(said[1])) == said[1]
    relay.store.wait_exchanges(2)
    code, out, _ = run("verify", "--sqlite", relay.store.path)
    assert code == 0 and "2 mapped again" in out, out
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", workspace / "again.sqlite")
    assert (code, err) == (0, ""), out


def test_what_is_wrong_is_named(recorded, run):
    recorded.stop()
    database = sqlite3.connect(recorded.store.path)
    database.execute("UPDATE node SET content = replace(content, 'question 1', 'question 7') WHERE id ="
                     " (SELECT id FROM node WHERE content LIKE '%question 1%' LIMIT 1)")
    database.commit()
    database.close()
    code, out, _ = run("verify", "--sqlite", recorded.store.path)
    assert code == 1
    assert "its hash is not that of what it holds" in out


def test_a_store_made_again_has_the_same_hashes(recorded, run, workspace):
    before = {row["hash"] for row in recorded.store.rows("SELECT hash FROM nodes")}
    again = workspace / "again.sqlite"
    code, out, err = run("rederive", "--sqlite", recorded.store.path, "--to", again)
    assert (code, err) == (0, ""), out
    assert "all nodes have the same hashes" in out
    database = sqlite3.connect(again)
    assert {row[0] for row in database.execute("SELECT hash FROM nodes")} == before
    database.close()
    assert run("verify", "--sqlite", again)[0] == 0


def test_wrong_use_is_told_from_what_is_wrong(run, workspace):
    assert run("verify", "--nonsense")[0] == 2
    assert run("rederive")[0] == 2
    code, _, err = run("verify", "--sqlite", workspace / "none.sqlite")
    assert code == 1 and "does not exist; name it with --sqlite" in err


def test_what_was_recorded_under_earlier_volatile_patterns_is_still_proved_and_made_again(proxy, mock, run, workspace):
    def ask(relay, name, count):
        for number in range(2):
            content = f"{name} {number}"
            system = [{"role": "system", "content": content}, {"role": "system", "content": "Be brief."}]
            post(relay, "/v1/chat/completions", {"model": "gpt-5", "messages": [*system, {"role": "user", "content": "q"}]})
        relay.store.wait_exchanges(count)
        roots = relay.store.rows("SELECT count(DISTINCT root) AS n FROM node")[0]["n"]
        relay.stop()
        return roots

    def volatile(pattern):
        return proxy(mock, provider="openai", directory=workspace, settings={"record.volatile": [pattern]})

    assert ask(volatile("^session [0-9]+$"), "session", 2) == 1
    assert ask(volatile("^run [0-9]+$"), "run", 4) == 1
    relay = proxy(mock, provider="openai", directory=workspace)
    assert ask(relay, "neither", 6) == 3
    code, out, _ = run("verify", "--sqlite", relay.store.path)
    assert code == 0 and "6 mapped again" in out, out

    anew = workspace / "anew.sqlite"
    code, out, _ = run("rederive", "--sqlite", relay.store.path, "--to", anew)
    assert code == 0, out
    code, out, _ = run("verify", "--sqlite", anew)
    assert code == 0 and "6 mapped again" in out, out
