"""Nothing that a client, an upstream or a store says acts on the terminal of who looks, or forges a line."""
import json
import sqlite3
import subprocess

import pytest

from harness import chat
from harness.terminal import HOSTILE, hidden, on_terminal
from harness.wire import Answering

BYTES = b"h\x1b[31m\xc2\x9b\xff\xe2\x80\xaeX"


def speak(relay):
    """Four exchanges whose model, path, agent, session, project or title are hostile."""
    relay.fetch(chat.turn("hi", model=HOSTILE))
    relay.fetch(b"GET /" + BYTES.replace(b"\x1b", b"") + b" HTTP/1.1\r\nHost: x\r\nX-Tapes-Agent-Name: " + BYTES +
                b"\r\n\r\n")
    relay.fetch(chat.turn("hi", fields=b"session_id: " + BYTES + b"\r\nUser-Agent: " + BYTES + b"\r\n"))
    relay.fetch(chat.turn(HOSTILE, path=b"/agents/" + BYTES.replace(b"\x1b", b"") + b"/v1/chat/completions"))
    return relay.store.wait_exchanges(4)


def spoil(path):
    """Writes what clients cannot: rows of every kind of thing that commands list."""
    with sqlite3.connect(path) as db:
        text = HOSTILE.encode() + b"\xff"
        db.execute("INSERT INTO cursor(name, seq) VALUES(CAST(? AS TEXT), 1)", [text])
        db.execute("INSERT INTO dead_letter(state, source, event_id, event_type, topic, reason, attempts, received_at,"
                   " last_at, changed_at, key, payload) VALUES('pending', ?1, ?1, ?1, ?1, ?1, 1, 1, 1, 1, ?1, ?1)",
                   [HOSTILE])
        db.execute("INSERT INTO replay(name, state, root, session, agent, project, event_types, target, speed, batch,"
                   " last_seq, seq, events, bytes, created_at, changed_at, error) VALUES(?1, 'failed', '', ?1, ?1, ?1,"
                   " 'tapes.node.v1', ?1, 0, 1, 1, 0, 0, 0, 1, 1, ?1)", [HOSTILE])
        db.execute("INSERT INTO orphan(hash, parent, root, role, model, provider, agent, project, stop_reason,"
                   ' created_at, source, topic, partition, "offset", at, problem, content)'
                   " VALUES(?2, ?3, ?3, ?1, ?1, ?1, ?1, ?1, ?1, 1, ?1, ?1, 0, 0, 1, ?1, '[]')",
                   [HOSTILE, b"a" * 32, b"b" * 32])
        db.execute("UPDATE string SET value = value || ? WHERE value = 'openai_chat'", [HOSTILE])
        db.execute("UPDATE exchange SET path = CAST(? AS TEXT) WHERE id = 1", [text])


LISTS = [["log"], ["show", "@0"], ["show", "1"], ["stats", "--by", "session,model"], ["stats", "--by", "agent,project"],
         ["exchange", "list"], ["cursor", "list"], ["dlq", "list"], ["dlq", "stats"], ["dlq", "show", "1"], ["orphans"],
         ["replay", "list"], ["verify"]]


@pytest.fixture
def spoiled(proxy, mock):
    relay = proxy(mock)
    speak(relay)
    assert relay.stop() == 0
    spoil(relay.store.path)
    return relay.store


@pytest.fixture
def tapes(binary, workspace):
    def go(*arguments, store):
        return subprocess.run([binary, *map(str, arguments), "--sqlite", store.path], capture_output=True, timeout=20,
                              cwd=workspace, env={"HOME": str(workspace)})
    return go


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_what_commands_print_is_visible(spoiled, tapes, command):
    done = tapes(*command, store=spoiled)
    assert done.stdout and not hidden(done.stdout) and not hidden(done.stderr)
    assert b"fake" in done.stdout, "the names are shown"
    assert not any(line.startswith(b"     7") for line in done.stdout.splitlines()), "a newline forges no row"


@pytest.mark.parametrize("command", [*LISTS[:-4], *LISTS[-3:], ["dlq", "show", "1"]], ids=" ".join)
def test_json_is_json_with_any_bytes(spoiled, tapes, command):
    done = tapes(*command, "--json", store=spoiled)
    assert done.stdout and not hidden(done.stdout)
    whole = command[0] in ("cursor", "verify") or command[1:] == ["stats"]
    for line in [done.stdout] if whole else done.stdout.splitlines():
        assert json.loads(line.decode())
    assert "fake" in done.stdout.decode()


@pytest.mark.parametrize("command", [["exchange", "show", HOSTILE], ["replay", "pause", HOSTILE],
                                     ["replay", "resume", HOSTILE], ["cursor", "set", HOSTILE, "1"],
                                     ["dlq", "list", "--state", HOSTILE], ["import", HOSTILE], [HOSTILE],
                                     ["config", "get", HOSTILE], ["rederive", "--to", "x", "--" + HOSTILE]],
                         ids=lambda words: words[0][:8])
def test_errors_are_one_visible_line(spoiled, run, command):
    code, out, err = run(*command, *([] if command[0] == "config" else ["--sqlite", spoiled.path]))
    assert code != 0 and not hidden(out.encode()) and not hidden(err.encode())
    assert len(err.splitlines()) == 1 and "evil" in err


def test_a_terminal_is_shown_what_a_file_gets_as_it_is(spoiled, tapes, binary, workspace):
    environment = {"HOME": str(workspace)}
    for seq in (1, 3, 4):
        done = tapes("exchange", "show", seq, store=spoiled)
        assert done.returncode == 0 and (seq == 1 or b"\xff" in done.stdout)
        shown = on_terminal([binary, "exchange", "show", seq, "--sqlite", spoiled.path], workspace, environment)
        assert not hidden(shown), shown
        assert seq == 1 or rb"\xff\u202e" in shown
    shown = on_terminal([binary, "replay", "--to", "-", "--sqlite", spoiled.path], workspace, environment)
    assert not hidden(shown)


@pytest.mark.parametrize("form", ["text", "json"])
def test_log_lines_are_visible_and_json_is_json(proxy, upstream, form):
    relay = proxy(upstream(Answering(chat.answer(chat.completion(HOSTILE, model=HOSTILE)))),
                  settings={"log.format": form})
    speak(relay)
    assert relay.stop() == 0
    output = relay.raw_output
    assert not hidden(output)
    lines = output.splitlines()
    assert all(line.startswith(b"{" if form == "json" else b"20") for line in lines), "no message begins a line"
    exchanges = [line for line in lines if b"exchange" in line and b"fake" in line]
    assert len(exchanges) == 1
    if form == "json":
        read = [json.loads(line.decode()) for line in lines]
        assert [line["model"] for line in read if "model" in line and "fake" in line["model"]] == [HOSTILE]
    else:
        assert b'model="evil\\n ' in exchanges[0] and b'\\u202e' in exchanges[0]
