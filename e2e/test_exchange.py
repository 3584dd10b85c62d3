"""`tapes exchange`: what was kept, as it was on the wire."""
import gzip
import json
import sqlite3
import subprocess

import pytest

from harness import chat
from harness.wire import Answering, chunk


@pytest.fixture
def show(binary, workspace):
    """stdout of `tapes exchange show ID ...`, as bytes."""
    def go(relay, *arguments):
        done = subprocess.run([binary, "exchange", "show", *map(str, arguments), "--sqlite", relay.store.path],
                              capture_output=True, timeout=20, cwd=workspace, env={"HOME": str(workspace)})
        assert done.returncode == 0, done.stderr
        return done.stdout
    return go


def test_bodies_come_back_byte_by_byte(proxy, upstream, show):
    """Several turns of one history (kept in pieces), in odd but valid spacing; streamed and compressed answers."""
    events = chat.stream_events("One ", "two \u20ac.")
    one_shot = chat.completion("Packed.")
    packed = gzip.compress(one_shot, mtime=0)
    relay = proxy(upstream(Answering(
        chat.SSE_HEAD + b"".join(map(chunk, events)) + b"0\r\n\r\n",
        chat.answer(packed, fields=b"Content-Encoding: gzip\r\n"),
        chat.answer(chat.completion("Plain.")))))
    first = '{ "model":"gpt-4o",\n "stream" : true, "messages": [ {"role":"system","content":"' + "s" * 3000 + \
        '"} ,\t{"role":"user","content":"go \\u20ac"}'
    second = ', {"content":"One two \u20ac.","role":"assistant"},\n{"role":"user","content":"on"}'
    third = ' ,{"role":"assistant","content":"Packed."}, {"role":"user","content":"end"}'
    bodies = [(text + " ] , \"n\":1 }").encode() for text in (first, first + second, first + second + third)]
    bodies[1] = bodies[1].replace(b'"stream" : true', b'"stream" : false')
    answers = [b"".join(events), packed, chat.completion("Plain.")]
    for body in bodies:
        relay.fetch(chat.post(body))
    rows = relay.store.wait_exchanges(3)
    assert relay.store.rows("SELECT count(*) AS n FROM piece")[0]["n"] > 0, "nothing was kept in pieces"
    for row, body, answer in zip(rows, bodies, answers):
        assert row["drop_reason"] is None
        assert show(relay, row["id"], "--request") == body
        assert show(relay, row["id"], "--request", "--raw") == body
        assert show(relay, row["seq"], "--response") == answer
    assert show(relay, rows[1]["id"], "--response", "--decoded") == one_shot
    whole = show(relay, rows[1]["id"])
    assert whole.startswith(b"POST /v1/chat/completions HTTP/1.1") and b"Content-Encoding: gzip" in whole
    assert bodies[1] in whole and one_shot in whole
    assert packed in show(relay, rows[1]["id"], "--raw")


def test_a_coding_that_no_label_names_is_undone_where_bodies_are_read(proxy, upstream, show, run):
    key = "ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"
    answer = chat.completion("say " + key)
    packed = gzip.compress(answer, mtime=0)
    relay = proxy(upstream(Answering(chat.answer(packed))))
    relay.fetch(chat.turn("ask"))
    row = relay.store.only()
    assert row["reading"] == "other_coding"
    assert show(relay, row["id"], "--response") == packed
    assert show(relay, row["id"], "--response", "--decoded") == answer
    code, har, err = run("export", row["id"], "--as", "har", "--sqlite", relay.store.path)
    assert code == 0, err
    content = json.loads(har)["log"]["entries"][0]["response"]["content"]
    assert "encoding" not in content and key not in content["text"] and "[redacted: github-token]" in content["text"]


def test_plain_bytes_under_a_coding_are_shown_as_they_are(proxy, upstream, show):
    answer = chat.completion("say")
    relay = proxy(upstream(Answering(chat.answer(answer, fields=b"Content-Encoding: utf-8\r\n"))))
    relay.fetch(chat.turn("ask"))
    row = relay.store.only()
    assert show(relay, row["id"], "--response", "--decoded") == answer
    assert answer in show(relay, row["id"])


def test_list_is_newest_first_and_filtered(proxy, mock, run):
    relay = proxy(mock)
    for text in ("one", "two"):
        relay.fetch(chat.turn(text))
    relay.fetch(chat.post(b"{}", path=b"/v1/embeddings"))
    rows = relay.store.wait_exchanges(3)
    by_time = [row["id"] for row in rows][::-1]

    def listed(*arguments):
        code, out, error = run("exchange", "list", "--sqlite", relay.store.path, "--json", *arguments)
        assert code == 0, error
        return [json.loads(line) for line in out.splitlines()]
    assert [row["id"] for row in listed()] == by_time
    assert listed()[0] == {**rows[2], "request_text": "", "answer_text": ""}, "all columns of the view"
    assert [(row["request_text"], row["answer_text"]) for row in listed()[1:]] == \
        [("two", "You said: two"), ("one", "You said: one")]
    assert [row["id"] for row in listed("--limit", "1")] == by_time[:1]
    assert [row["id"] for row in listed("--dropped")] == [by_time[0]]
    assert [row["id"] for row in listed("--api", "openai_chat")] == by_time[1:]
    assert listed("--session", "nobody") == [] == listed("--since", "2999-01-01")
    assert len(listed("--since", "1h")) == len(listed("--since", rows[0]["started_at"][:19] + "Z")) == 3
    code, out, _ = run("exchange", "list", "--sqlite", relay.store.path)
    assert code == 0 and len(out.splitlines()) == 3 and by_time[0] in out.splitlines()[0]


def test_list_tells_who_spoke_and_what_was_said(proxy, upstream, run):
    """Session, agent, client, duration, stop reason, and the beginning of question and answer; large contents too."""
    long_answer = "It is here. " * 20_000
    relay = proxy(upstream(Answering(chat.answer(chat.completion("Found\nit.")),
                                     chat.answer(chat.completion(long_answer)))))
    question = [{"role": "user", "content": "<system-reminder>" + "x" * 9000 + "</system-reminder>\nfind   the bug"}]
    for session, messages in (("abc-1", question), ("abd-2", [{"role": "user", "content": "where?"}])):
        relay.fetch(chat.post(json.dumps({"model": "gpt-4o", "messages": messages}).encode(),
                              path=b"/agents/helper/v1/chat/completions",
                              fields=b"User-Agent: codex_cli_rs/0.1\r\nsession_id: " + session.encode() + b"\r\n"))
    rows = relay.store.wait_exchanges(2)
    assert {row["session"] for row in rows} == {"abc-1", "abd-2"}, rows

    def lines(*arguments):
        code, out, error = run("exchange", "list", "--sqlite", relay.store.path, *arguments)
        assert code == 0, error
        return out.splitlines()
    newest, oldest = lines()
    assert "find the bug → Found it." in oldest and "system-reminder" not in oldest
    assert "where? → It is here. It is here." in newest and newest.endswith("…") and len(newest) < 500
    for text in ("session abc-1", "agent helper", "(stop)", " ms" if " ms" in oldest else " s"):
        assert text in oldest, oldest
    assert len(lines("--session", "ab")) == 2 and lines("--session", "abc") == [oldest]
    assert lines("--session", "abc-1") == [oldest] and lines("--session", "a%") == [] == lines("--session", "bc")


def test_an_id_is_found_whatever_the_clock_said(proxy, mock, run):
    relay = proxy(mock)
    for text in ("one", "two", "three"):
        relay.fetch(chat.turn(text))
    rows = relay.store.wait_exchanges(3)

    def shown(name):
        code, out, error = run("exchange", "show", name, "--request", "--sqlite", relay.store.path)
        assert code == 0, error
        return out
    ids = [row["id"] for row in rows]
    assert all(text in shown(name) for text, name in zip(("one", "two", "three"), ids))
    relay.stop()
    # The clock ran an hour ahead when these were named, and was put back before they were committed.
    with sqlite3.connect(relay.store.path) as store:
        store.execute("UPDATE exchange SET committed_at = committed_at - 3600000000")
    assert all(text in shown(name) for text, name in zip(("one", "two", "three"), ids))
    assert "two" in shown(ids[1].replace("-", "")[:31])


def test_errors_name_what_is_wrong(proxy, mock, run, workspace):
    relay = proxy(mock, settings={"record.wire": "none"})
    for text in ("one", "two"):
        relay.fetch(chat.turn(text))
    rows = relay.store.wait_exchanges(2)

    def refused(*arguments, sqlite=None):
        code, out, error = run("exchange", *arguments, "--sqlite", sqlite or relay.store.path)
        assert code != 0 and out == "" and len(error.splitlines()) == 1, error
        return error
    assert 'no exchange "ffff"' in refused("show", "ffff")
    assert 'no exchange "nonsense"' in refused("show", "nonsense")
    shared = rows[0]["id"][:6]
    assert "is the beginning of several ids" in refused("show", shared)
    assert "its bytes were not kept" in refused("show", rows[0]["id"])
    assert "is not a time" in refused("list", "--since", "soon")
    assert "does not exist" in refused("list", sqlite=workspace / "none.sqlite")
    assert "Not a directory" in refused("list", sqlite=relay.store.path / "below")
    assert "excludes" in refused("show", "1", "--request", "--response")
