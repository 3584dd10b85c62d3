"""Live events: what is recorded is told to whoever reads, in order, each once, and answers while they come."""
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest

from harness import chat, messages, websocket
from harness.chat import SSE_HEAD, dumps, post
from harness.events import Events, request_events
from harness.load import Load
from harness.wire import Answering, chunk, wait_until

import test_background as background

SECRET = b"sk-live-secret-0123456789abcdef"


@pytest.fixture
def follow():
    """Factory of readers, closed at the end."""
    made: list[Events] = []

    def go(relay, *arguments, **options):
        made.append(Events(relay, *arguments, **options))
        assert made[-1].status == 200
        return made[-1]
    yield go
    for one in made:
        one.close()


def ids_of(relay) -> list[str]:
    return [row["id"] for row in sorted(relay.store.exchanges(), key=lambda row: row["seq"])]


def assert_told_once(told: list[dict], relay):
    """All exchanges of the store, in its order, each once."""
    rows = [one["row"] for one in told]
    assert rows == sorted(set(rows))
    assert [one["id"] for one in told] == ids_of(relay)


def test_several_readers_are_told_all_in_order_under_load(proxy, mock, follow):
    relay = proxy(mock)
    readers = [follow(relay, kinds="exchange,node") for _ in range(4)]
    for one in readers:
        state = one.wait("state", 1)[0]
        assert state["reset"] is None and state["counts"]["accepted"] == 0
    load = Load(relay.port, clients=4, limit=300)
    load.join()
    late = follow(relay, after="0")
    rows = relay.store.wait_exchanges(300)
    nodes = relay.store.nodes()
    for one in [*readers, late]:
        assert_told_once(one.wait("exchange", len(rows)), relay)
        assert sorted(node["hash"] for node in one.of("node")) == sorted(node["hash"] for node in nodes)
        known = set()
        for kind, _, data in one.all:  # a parent before its child, and nodes before their exchange
            if kind == "node":
                assert data["parent"] is None or data["parent"] in known
                known.add(data["hash"])
            elif kind == "exchange" and data["hash"]:
                assert data["hash"] in known


def test_a_reader_goes_on_across_a_kill_and_a_restart(proxy, mock, workspace):
    relay = proxy(mock)
    told: list[dict] = []
    last_id = ""
    for round_ in range(3):
        if round_ > 0:
            relay = proxy(mock)
        reader = Events(relay, last_id, **({} if last_id else {"after": "0"}))
        load = Load(relay.port, clients=3, tag=f"round-{round_}")
        wait_until(lambda: len(reader.of("exchange")) >= 30 or None)
        relay.kill()
        load.stop()
        assert reader.ended.wait(10)
        reader.close()
        assert reader.of("state")[0]["reset"] is None
        told += reader.of("exchange")
        last_id = reader.last_id
    relay = proxy(mock)
    reader = Events(relay, last_id)
    missing = len(ids_of(relay)) - len(told)
    told += reader.wait("exchange", missing)
    reader.close()
    assert_told_once(told, relay)


def test_a_place_that_the_log_does_not_have_is_told(proxy, mock, follow):
    relay = proxy(mock)
    relay.fetch(chat.turn("before"))
    relay.store.only()
    for wrong in ("after=5&after=6", "kinds=node&kinds=node", "after=xyz", "after=-1", "after=1-2", "what=1"):
        assert relay.ask("/v1/events?" + wrong)[0] == 400, wrong
    for wrong in ("99-01234567", "1-01234567", "nonsense"):
        reader = follow(relay, wrong)
        state = reader.wait("state", 1)[0]
        assert state["reset"] and state["cursor"] == state["last"]
    relay.fetch(chat.turn("after"))
    assert [one["said"] for one in reader.wait("exchange", 1)] == ["You said: after"]


def test_events_are_chosen_by_filters(proxy, mock, follow):
    relay = proxy(mock)
    by = {
        "session": follow(relay, kinds="exchange", session="work-1"),
        "model": follow(relay, kinds="exchange", model="gpt-5"),
        "provider": follow(relay, kinds="exchange", provider="nobody"),
        "nodes": follow(relay, kinds="node"),
        "all": follow(relay),
    }
    for one in by.values():
        one.wait("state", 1)
    relay.fetch(chat.turn("one", fields=b"session_id: work-1\r\n"))
    relay.fetch(chat.turn("two", model="gpt-5"))
    relay.store.wait_exchanges(2)
    assert len(by["all"].wait("exchange", 2)) == 2 and len(by["all"].of("node")) == 4
    assert [one["session"] for one in by["session"].wait("exchange", 1)] == ["work-1"]
    assert [one["model"] for one in by["model"].wait("exchange", 1)] == ["gpt-5"]
    assert len(by["nodes"].wait("node", 4)) == 4 and not by["nodes"].of("exchange")
    assert not by["provider"].of("exchange")
    for query in ("?kinds=everything", "?nothing=1"):
        assert relay.ask("/v1/events" + query)[0] == 400
    assert relay.ask("/v1/events", Authorization=None)[0] == 401


def test_a_stream_that_a_fetch_goes_on_with_is_told_as_the_questions(proxy, upstream, follow):
    events = background.stream_of("the start", " and the", " rest")
    go_on = threading.Event()

    def slowly(peer, head, body):
        peer.send(SSE_HEAD + chunk(events[3]))
        assert go_on.wait(20)
        peer.send(b"".join(map(chunk, events[4:])) + b"0\r\n\r\n")

    relay = proxy(upstream(Answering(background.cut(events[:4]), slowly)))
    try:
        relay.fetch(post(dumps({"model": "gpt-5", "input": "q", "stream": True, "prompt_cache_key": "night"}),
                         path=b"/v1/responses"))
    except Exception:  # it is cut
        pass
    asked = relay.store.wait_exchanges(1)[0]
    reader, other = follow(relay, kinds="exchange,partial", session="night"), follow(relay, kinds="partial", session="day")
    reader.wait("state", 1)
    other.wait("state", 1)
    fetching = threading.Thread(target=relay.fetch, args=(background.get(query=b"?stream=true&starting_after=2"),))
    fetching.start()
    wait_until(lambda: "the start and the" in joined(reader.of("partial")).values() or None, what="all that has come")
    shown = reader.of("partial")[-1]
    assert (shown["answer_of"], shown["session"], shown["model"]) == (asked["id"], "night", "gpt-5")
    assert shown["exchange"] != asked["id"]
    go_on.set()
    fetching.join()
    fetched = relay.store.wait_exchanges(2)[1]
    assert fetched["id"] == shown["exchange"] and fetched["drop_reason"] == "answer_fetched"
    whole = [one for one in reader.wait("exchange", 2) if one["id"] == asked["id"]][0]
    assert (whole["amended"], whole["said"], whole["session"]) == (True, "the start and the rest", "night")
    assert not other.of("partial")


def joined(partials: list[dict]) -> dict[str, str]:
    """What was said of each exchange, put together from its pieces."""
    said: dict[str, list[str]] = {}
    for one in partials:
        blocks = said.setdefault(one["exchange"], [])
        for block in one["blocks"]:
            while len(blocks) <= block["place"]:
                blocks.append("")
            whole = blocks[block["place"]]
            assert block["offset"] in (0, len(whole))
            blocks[block["place"]] = whole[:block["offset"]] + block["text"]
    return {exchange: "".join(blocks) for exchange, blocks in said.items()}


SLOW = b"X-Mock-Event-Delay-Ms: 50\r\nX-Mock-Events: 50\r\n"
ASKED = {
    "anthropic_messages": messages.turn([{"role": "user", "content": "tell me"}], stream=True, fields=SLOW),
    "openai_chat": chat.turn("tell me", stream=True, fields=SLOW),
    "openai_responses": post(dumps({"model": "gpt-5", "input": "tell me", "stream": True}), path=b"/v1/responses",
                             fields=SLOW),
    "ollama_chat": post(dumps({"model": "llama", "messages": [{"role": "user", "content": "tell me"}]}),
                        path=b"/api/chat", fields=SLOW),
}


@pytest.mark.parametrize("api", ASKED)
def test_an_answer_is_told_while_it_comes(proxy, mock, follow, api):
    relay = proxy(mock)
    reader = follow(relay, kinds="exchange,partial")
    deaf = follow(relay, kinds="exchange")
    reader.wait("state", 1)
    deaf.wait("state", 1)
    asking = threading.Thread(target=relay.fetch, args=(ASKED[api],))
    asking.start()
    first = reader.wait("partial", 2)[0]
    assert asking.is_alive() and not reader.of("exchange")
    late = follow(relay, kinds="exchange,partial")
    asking.join()
    done = reader.wait("exchange", 1)[0]
    late.wait("exchange", 1)
    deaf.wait("exchange", 1)
    assert first["exchange"] == done["id"] and first["api"] == done["api"] and first["model"] == done["model"]
    whole = relay.store.nodes()[-1]
    text = "".join(block.get("text", "") for block in whole["content"])
    for one in (reader, late):
        said = joined(one.of("partial"))[done["id"]]
        assert len(said) > 20 and text.startswith(said)
        assert [kind for kind, _, _ in one.all if kind in ("partial", "exchange")][-1] == "exchange"
    assert not deaf.of("partial")


def test_an_answer_on_a_websocket_is_told_while_it_comes(proxy, upstream, follow):
    go_on = threading.Event()
    begun = {"id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5", "output": []}
    text = "Once upon a time"
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}]}
    first = [{"type": "response.created", "response": begun},
             {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
             {"type": "response.content_part.added", "item_id": "msg_1", "output_index": 0, "content_index": 0,
              "part": {"type": "output_text", "text": "", "annotations": []}},
             {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
              "delta": text}]

    def script(peer):
        peer.take_head()
        peer.send(websocket.agreement())
        websocket.take_message(peer)
        for one in first:
            peer.send(websocket.frame(dumps(one)))
        go_on.wait(10)
        peer.send(websocket.frame(dumps({"type": "response.completed",
                                         "response": {**begun, "status": "completed", "output": [item]}})))

    relay = proxy(upstream(script))
    reader = follow(relay, kinds="exchange,partial")
    reader.wait("state", 1)
    client = relay.connect()
    client.send(websocket.handshake(fields=b"OpenAI-Beta: responses_websockets=2026-02-06\r\n"))
    assert client.take_head().status == 101
    client.send(websocket.frame(dumps({"type": "response.create", "model": "gpt-5", "input": "hi", "stream": True}),
                                masked=True))
    reader.wait("partial", 1)
    wait_until(lambda: text in joined(reader.of("partial")).values() or None)
    assert not reader.of("exchange")
    go_on.set()
    done = reader.wait("exchange", 1)[0]
    assert list(joined(reader.of("partial"))) == [done["id"]] and done["said"] == text
    client.close()


def test_no_part_of_a_secret_is_told(proxy, upstream, follow):
    step = threading.Event()

    def script(peer):
        peer.take_message()
        peer.send(SSE_HEAD)
        peer.send(chunk(chat.delta({"role": "assistant", "content": "Your key is "})))
        for at in range(0, len(SECRET), 3):
            peer.send(chunk(chat.delta({"content": SECRET[at:at + 3].decode()})))
            time.sleep(0.06)
        peer.send(chunk(chat.delta({"content": " indeed."})))
        step.wait(10)
        for event in chat.stream_events()[1:]:
            peer.send(chunk(event))
        peer.send(b"0\r\n\r\n")

    relay = proxy(upstream(script))
    reader = follow(relay, kinds="exchange,partial")
    reader.wait("state", 1)
    asking = threading.Thread(target=relay.fetch, args=(
        chat.turn("my key?", stream=True, fields=b"Authorization: Bearer " + SECRET + b"\r\n"),))
    asking.start()
    wait_until(lambda: "indeed" in "".join(joined(reader.of("partial")).values()) or None)
    step.set()
    asking.join()
    reader.wait("exchange", 1)
    said = "".join(joined(reader.of("partial")).values())
    assert said.startswith("Your key is redacted:") and said.endswith(" indeed.")
    for at in range(0, len(SECRET) - 8):
        assert SECRET[at:at + 8].decode() not in json.dumps(reader.all)
    assert "sk-" not in json.dumps(reader.of("partial"))


def test_readers_that_do_not_read_hold_nobody_up(proxy, mock, follow):
    relay = proxy(mock)
    Load(relay.port, clients=4, limit=600).join()
    relay.store.wait_exchanges(600)
    silent = [request_events(relay, receive_bytes=2048, after="0") for _ in range(5)]
    before = relay.rss_bytes()
    reader = follow(relay, after="0")
    Load(relay.port, clients=4, limit=200, tag="more").join()
    relay.store.wait_exchanges(800)
    assert_told_once(reader.wait("exchange", 800, timeout=30), relay)
    assert relay.rss_bytes() < before + (50 << 20)
    # Who takes nothing is dropped, and what it held is free.
    wait_until(lambda: "takes nothing" in relay.output or None, 30)
    for one in silent:
        one.close()


def test_fifty_readers_while_recording_at_full_speed(proxy, mock):
    relay = proxy(mock)
    readers = [Events(relay, kinds="exchange,node" if i % 2 else "exchange,partial") for i in range(50)]
    for one in readers:
        one.wait("state", 1)
    load = Load(relay.port, clients=6)
    wal = pathlib.Path(f"{relay.store.path}-wal")
    largest = 0
    until = time.monotonic() + 8
    while time.monotonic() < until:
        largest = max(largest, wal.stat().st_size)
        time.sleep(0.1)
    load.stop()
    count = len(relay.store.wait_exchanges(len(load.seen)))
    for one in readers:
        told = one.wait("exchange", count, timeout=60)
        assert_told_once(told, relay)
        one.close()
    assert not load.broken and not load.refused and largest < (160 << 20)


def test_there_are_so_many_readers_and_no_more(proxy, mock):
    relay = proxy(mock)
    readers = [Events(relay) for _ in range(64)]
    for one in readers:
        one.wait("state", 1)
    status, fields, _ = relay.ask("/v1/events")
    assert status == 503
    readers.pop().close()
    wait_until(lambda: Events(relay).status == 200 or None)
    assert relay.stop() == 0
    for one in readers:
        assert one.ended.wait(10) and one.comments[-1].startswith(": the process is about to end")


def tail(binary, relay, *arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TAPES_")}
    return subprocess.Popen([binary, "tail", "--sqlite", relay.store.path, *arguments], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


class Lines:
    """The lines of a command, as they come."""

    def __init__(self, child):
        self.child = child
        self.all: list[str] = []
        self._thread = threading.Thread(target=lambda: [self.all.append(line) for line in child.stdout], daemon=True)
        self._thread.start()

    def wait(self, condition):
        return wait_until(lambda: condition(self.all) or None, 15, f"in {self.all}")


def test_tail_follows_across_restarts_and_without_a_process(proxy, mock, binary):
    relay = proxy(mock)
    relay.fetch(chat.turn("before"))
    relay.store.only()
    child = tail(binary, relay, "-f", "--json")
    lines = Lines(child)
    lines.wait(lambda all_: len(all_) == 1)
    relay.fetch(chat.turn("one"))
    lines.wait(lambda all_: len(all_) == 2)
    relay.kill()
    relay = proxy(mock, admin=False)
    relay.fetch(chat.turn("two"))
    lines.wait(lambda all_: len(all_) == 3)
    assert relay.stop() == 0
    relay = proxy(mock)
    relay.fetch(chat.turn("three"))
    lines.wait(lambda all_: len(all_) == 4)
    said = [json.loads(line)["said"] for line in lines.all]
    assert said == ["You said: before", "You said: one", "You said: two", "You said: three"]
    child.send_signal(signal.SIGINT)
    assert child.wait(10) == -signal.SIGINT


def test_tail_shows_answers_as_they_come_and_ends_with_its_pipe(proxy, mock, binary):
    relay = proxy(mock)
    relay.fetch(chat.turn("before"))
    relay.store.only()
    child = tail(binary, relay, "-f", "--partial")
    lines = Lines(child)
    lines.wait(lambda all_: any("You said: before" in line for line in all_))
    asked = 0
    while not any("…" in line and "text" in line for line in lines.all):  # until it follows
        relay.fetch(ASKED["openai_chat"])
        asked += 1
        assert asked < 10
    lines.wait(lambda all_: sum("…" not in line for line in all_) == 2 + asked)  # titles, and exchanges
    child.terminate()
    child.wait(10)
    quiet = tail(binary, relay, "-f")
    assert quiet.stdout.readline().startswith("time (UTC)")
    quiet.stdout.close()
    assert quiet.wait(10) == 0 and quiet.stderr.read() == ""


def test_tail_lists_what_is_chosen(proxy, mock, run):
    relay = proxy(mock)
    # The process has only begun to make its catalogue.
    wait_until(lambda: run("tail", "--sqlite", relay.store.path)[::2] == (1, "tapes: nothing is recorded yet\n"))
    for number in range(5):
        relay.fetch(chat.turn(f"turn {number}", fields=b"session_id: s-%d\r\n" % (number % 2)))
    relay.store.wait_exchanges(5)
    code, out, err = run("tail", "-n", "2", "--session", "s-0", "--json", "--sqlite", relay.store.path)
    assert code == 0 and [json.loads(line)["said"] for line in out.splitlines()] == [
        "You said: turn 2", "You said: turn 4"], err
    code, _, err = run("tail", "--session", "none", "--sqlite", relay.store.path)
    assert code == 1 and err == "tapes: there is no such exchange\n"
    assert run("tail", "--partial", "--sqlite", relay.store.path)[0] == 2
