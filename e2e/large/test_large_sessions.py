"""Sessions as large as they come: no page holds a reader for long, and what commands do grows with the bytes.

What is bounded is the time of the processor, which other work on the machine does not lengthen; LARGE=0.1 makes all
of it smaller. `make nightly` runs this, no other target does."""
import json
import os
import pathlib
import resource
import urllib.parse

import pytest

from harness.large import bring_result, converse, fan_out, send_out_agents, settle, show_pictures, so_many

PAGE_SECONDS = 1.0


def cpu_of(pid):
    """Seconds that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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


def test_a_tree_with_very_many_leaves_is_told_in_pages(relay, pages, timed):
    leaves = so_many(100_000)
    fan_out(relay, "leaves", leaves)
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
    bring_result(relay, "result", size)
    settle(relay, 1)
    pages(relay, "/v1/sessions/@/transcript", "entries", dropped="true")
    _, seconds = timed("show", "@", "--sqlite", relay.store.path)
    assert seconds <= 10


def test_a_session_of_very_many_agents_is_told_in_pages(relay, pages, timed):
    agents = so_many(300)
    send_out_agents(relay, "crowd", agents)
    settle(relay, agents + 1)
    pages(relay, "/v1/sessions/crowd/transcript", "entries")
    pages(relay, "/v1/sessions/crowd/tree", "entries")
    _, seconds = timed("show", "crowd", "--sqlite", relay.store.path)
    assert seconds <= 10
    _, seconds = timed("tree", "crowd", "--sqlite", relay.store.path)
    assert seconds <= 10


def test_a_session_of_very_many_images_is_told_in_pages(relay, pages, timed):
    images = so_many(5_000)
    show_pictures(relay, "pictures", images)
    settle(relay, 1)
    pages(relay, "/v1/sessions/pictures/transcript", "entries")
    _, seconds = timed("show", "pictures", "--sqlite", relay.store.path)
    assert seconds <= 10
