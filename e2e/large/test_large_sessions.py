"""Sessions as large as they come: no page holds a reader for long, and what commands do grows with the bytes.

What is bounded is the time of the processor, which other work on the machine does not lengthen; LARGE=0.1 makes all
of it smaller. `make nightly` runs this, no other target does."""
import base64
import concurrent.futures
import http.client
import json
import os
import pathlib
import resource
import urllib.parse

import pytest

from harness.wire import wait_until

SCALE = float(os.environ.get("LARGE", "1"))
PAGE_SECONDS = 1.0
#: A picture of one pixel.
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()


def so_many(count):
    return max(4, int(count * SCALE))


def user(content):
    return {"role": "user", "content": content}


class Talk:
    """A client on one connection."""

    def __init__(self, relay, session, agent=""):
        self.line = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=120)
        self.fields = {"Content-Type": "application/json", "session_id": session}
        if agent:
            self.fields["x-claude-code-agent-id"] = agent

    def ask(self, messages):
        """The message that comes back."""
        self.line.request("POST", "/v1/chat/completions", json.dumps({"model": "gpt-4o", "messages": messages}), self.fields)
        answer = self.line.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:500]
        return json.loads(body)["choices"][0]["message"]


def settle(relay, exchanges):
    """Until so many exchanges are in the catalogue, which then rests."""
    def counted():
        status, _, body = relay.ask("/v1/usage", 60)
        return status == 200 and json.loads(body)["total"]["exchanges"] == exchanges
    wait_until(counted, 600, f"{exchanges} exchanges in the catalogue", every=0.5)


def cpu_of(pid):
    """Seconds that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def told(record_property):
    """Keeps a figure: it is printed at the end, and in the report of the run."""
    figures = []

    def go(name, value):
        figures.append(f"{name}: {value}")
        record_property(name, value)
    yield go
    print("\n" + "\n".join(figures))


@pytest.fixture
def pages(told):
    """All pages of a route, each of which is to take little of the processor."""
    def go(relay, path, key, **query):
        found, most, count, cursor = [], 0.0, 0, None
        while count == 0 or cursor:
            more = dict(query, **({"cursor": cursor} if cursor else {}))
            before = cpu_of(relay.pid)
            status, _, body = relay.ask(path + ("?" + urllib.parse.urlencode(more) if more else ""), 120)
            took = cpu_of(relay.pid) - before
            assert status == 200, body[:500]
            page = json.loads(body)
            most, count, cursor = max(most, took), count + 1, page.get("next")
            found += page[key]
            if count == 1:
                told(f"{path}: the first page", f"{took:.2f} s, {len(body)} bytes")
        told(f"{path}: {count} pages, at most", f"{most:.2f} s")
        assert most <= PAGE_SECONDS, (path, most)
        return found
    return go


@pytest.fixture
def timed(run, told):
    """What a command writes, and the seconds of the processor that it took."""
    def go(*arguments):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done, out, err = run(*arguments, timeout=600)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done == 0, (arguments, err[:500])
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told("tapes " + " ".join(str(one) for one in arguments[:2]), f"{seconds:.2f} s, {len(out)} bytes")
        return out, seconds
    return go


@pytest.fixture
def relay(proxy, mock):
    return proxy(mock, settings={"record.wire": "all"})


def converse(relay, session, turns, words):
    """A conversation in which each request has all that was said before."""
    talk, history = Talk(relay, session), []
    for number in range(turns):
        history.append(user(f"{session} {number} " + words))
        history.append({"role": "assistant", "content": talk.ask(history)["content"]})


def test_a_tree_with_very_many_leaves_is_told_in_pages(relay, pages, timed):
    leaves = so_many(100_000)
    at_once = 32  # so that many are committed together

    def ask_some(first):
        talk = Talk(relay, "leaves")
        for number in range(first, leaves, at_once):
            talk.ask([{"role": "system", "content": "You help."}, user(f"question {number}")])
    with concurrent.futures.ThreadPoolExecutor(at_once) as askers:
        list(askers.map(ask_some, range(at_once)))
    settle(relay, leaves)
    pages(relay, "/v1/sessions/leaves/tree", "entries")
    pages(relay, "/v1/sessions/leaves/transcript", "entries")
    _, seconds = timed("tree", "leaves", "--sqlite", relay.store.path)
    assert seconds <= 10
    _, seconds = timed("show", "leaves", "--sqlite", relay.store.path)
    assert seconds <= 10


def test_a_session_of_very_many_turns_has_its_first_screen_at_once(relay, pages, timed, told):
    turns = so_many(2_000)
    converse(relay, "long", turns, "words")
    settle(relay, turns)
    before = cpu_of(relay.pid)
    status, _, body = relay.ask("/v1/sessions/long/transcript", 60)
    took = cpu_of(relay.pid) - before
    assert status == 200 and took <= 0.3, took
    before = cpu_of(relay.pid)
    status, _, body = relay.ask(f"/v1/sessions/long/transcript?from={turns - 5}", 60)
    told("its last page", f"{cpu_of(relay.pid) - before:.2f} s")
    assert status == 200 and json.loads(body)["next"] is None
    assert cpu_of(relay.pid) - before <= 0.5
    pages(relay, "/v1/sessions/long/transcript", "entries", turns=200)
    pages(relay, "/v1/sessions/long/exchanges", "exchanges")
    pages(relay, "/v1/sessions/long/tree", "entries")
    pages(relay, "/v1/sessions/long/cache", "worst")
    _, seconds = timed("why", "long", "--sqlite", relay.store.path)
    assert seconds <= 60
    _, seconds = timed("show", "long", "--sqlite", relay.store.path)
    assert seconds <= 10


def test_long_chains_are_compared_in_a_time_that_grows_with_their_bytes(relay, timed):
    seconds, all_turns = {}, 0
    for turns in (so_many(500), so_many(2_000)):
        for side in ("left", "right"):
            converse(relay, f"{side}-{turns}", turns, f"some words that both have, and {side} ones " * 3)
            all_turns += turns
        settle(relay, all_turns)
        _, seconds[turns] = timed("diff", f"left-{turns}", f"right-{turns}", "--sqlite", relay.store.path)
    few, many = seconds.values()
    # Four times the bytes; what takes no time at all is not compared.
    assert many <= max(1.0, 8 * few), seconds


def test_a_very_long_result_of_a_tool_is_told_from_its_beginning(relay, pages, timed):
    size = so_many(60 << 20)
    call = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call_123456789", "type": "function", "function": {"name": "read", "arguments": "{}"}}]}
    Talk(relay, "result").ask([user("Read it"), call,
                               {"role": "tool", "tool_call_id": "call_123456789", "content": "0123456 " * (size // 8)}])
    settle(relay, 1)
    pages(relay, "/v1/sessions/@/transcript", "entries", dropped="true")
    _, seconds = timed("show", "@", "--sqlite", relay.store.path)
    assert seconds <= 10


def test_a_session_of_very_many_agents_is_told_in_pages(relay, pages, timed):
    agents = so_many(300)
    main = Talk(relay, "crowd")
    history = [user("Send them all out")]
    for number in range(agents):
        prompt = f"Look at part {number}"
        history.append({"role": "assistant", "content": None, "tool_calls": [
            {"id": f"call_{number:09}", "type": "function",
             "function": {"name": "Task", "arguments": json.dumps({"prompt": prompt})}}]})
        Talk(relay, "crowd", f"agent-{number}").ask([user(prompt)])
        history.append({"role": "tool", "tool_call_id": f"call_{number:09}", "content": f"Part {number} is well"})
    main.ask(history)
    settle(relay, agents + 1)
    pages(relay, "/v1/sessions/crowd/transcript", "entries")
    pages(relay, "/v1/sessions/crowd/tree", "entries")
    _, seconds = timed("show", "crowd", "--sqlite", relay.store.path)
    assert seconds <= 10
    _, seconds = timed("tree", "crowd", "--sqlite", relay.store.path)
    assert seconds <= 10


def test_a_session_of_very_many_images_is_told_in_pages(relay, pages, timed):
    images = so_many(5_000)
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PICTURE}}
    messages = []
    for number in range(0, images, 100):
        messages.append(user([{"type": "text", "text": f"Pictures from {number} on"}, *[part] * 100]))
        messages.append({"role": "assistant", "content": f"Seen {number}"})
    Talk(relay, "pictures").ask(messages[:-1])
    settle(relay, 1)
    pages(relay, "/v1/sessions/pictures/transcript", "entries")
    _, seconds = timed("show", "pictures", "--sqlite", relay.store.path)
    assert seconds <= 10
