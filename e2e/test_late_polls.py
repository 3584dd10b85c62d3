"""Polls of answers that come later, at bad moments: out of order, by others, of answers that failed, and around a kill."""
import threading

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, wait_until
from test_background import QUEUED, WORKING, assert_sound, drops, get, said, shot, sse, stream_of
from test_same_node_responses import ask, user

DEEP = "deep question"


def endings(rows):
    return [(row["stop_reason"], row["drop_reason"], row["total_tokens"]) for row in rows]


@pytest.mark.parametrize("status, output, reason", [
    ("completed", said("All."), None), ("incomplete", said("Half."), None), ("incomplete", [], None),
    ("incomplete", said("Half."), "max_output_tokens"), ("incomplete", [], "content_filter"), ("failed", [], None),
    ("failed", said("Half."), None), ("cancelled", [], None), ("expired", [], None), ("a_new_one", said("All."), None)])
def test_whatever_ended_an_answer_in_the_background_is_its_end(proxy, upstream, run, workspace, status, output, reason):
    ended = shot(output, status, incomplete_details=reason and {"reason": reason})
    relay = proxy(upstream(Answering(QUEUED, WORKING, ended, ended, shot(said("Next."), id="resp_2"))))
    relay.fetch(ask(input=DEEP, background=True))
    for _ in range(3):
        relay.fetch(get())
    relay.fetch(ask(input="and now?", previous_response_id="resp_1"))
    rows = relay.store.wait_exchanges(5)
    assert endings(rows) == [(reason or status, None, 8), (None, "nothing_new", None), (None, "answer_fetched", None),
                             (None, "nothing_new", None), ("completed", None, 8)]
    answer = [("assistant", output[0]["content"][0]["text"])] if output else []
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert texts(chain) == [("user", DEEP), *answer, ("user", "and now?"), ("assistant", "Next.")]
    assert len(relay.store.nodes()) == len(chain), "a fork"
    assert_sound(relay, run, workspace)


def test_polls_out_of_order_and_by_others_change_nothing_behind_the_end(proxy, upstream, run, workspace):
    """A copy of the provider's store that lags behind may say "queued" after the end, and others may have another key or agent."""
    later = [WORKING, QUEUED, shot([], "failed", usage=None), shot(said("Another.")), shot(said("Deep."))]
    relay = proxy(upstream(Answering(QUEUED, shot(said("Deep.")), *later, shot(said("Next."), id="resp_2"))))
    relay.fetch(ask(input=DEEP, background=True))
    for number in range(6):
        relay.fetch(get(fields=b"Authorization: Bearer sk-of-client-%d-0123456789abcdef\r\nX-Tapes-Agent-Name: agent%d\r\n" % (number, number)))
    relay.fetch(ask(input="and now?", previous_response_id="resp_1"))
    rows = relay.store.wait_exchanges(8)
    assert drops(relay, 8) == [None, "answer_fetched", *["nothing_new"] * 5, None]
    assert sum(row["total_tokens"] or 0 for row in rows) == 2 * 8
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert texts(chain) == [("user", DEEP), ("assistant", "Deep."), ("user", "and now?"), ("assistant", "Next.")]
    assert len(relay.store.nodes()) == len(chain), "a fork"
    assert_sound(relay, run, workspace)


def test_another_client_of_the_proxy_fetches_what_one_asked(proxy, upstream, run, workspace):
    alice, bob = b"0123456789abcdef0123", b"fedcba98765432103210"
    relay = proxy(upstream(Answering(QUEUED, shot(said("Deep.")))),
                  environment={"TAPES_PROXY_CLIENTS": f"alice={alice.decode()},bob={bob.decode()}"})
    fields = b"X-Tapes-Token: %s\r\n"
    question = chat.dumps({"model": "gpt-5", "input": DEEP, "background": True})
    assert relay.fetch(chat.post(question, path=b"/v1/responses", fields=fields % alice))[0].status == 200
    relay.fetch(get(fields=fields % bob))
    rows = relay.store.wait_exchanges(2)
    assert [row["caller"] for row in rows] == ["alice", "bob"]
    assert endings(rows) == [("completed", None, 8), (None, "answer_fetched", None)]
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("moment", ["before any poll", "between polls", "within the poll", "behind the answer"])
def test_a_proxy_that_is_killed_loses_neither_question_nor_answer(proxy, upstream, run, workspace, moment):
    """kill -9 at each moment between the question and what goes on from its answer; another process has the same store."""
    held = threading.Event()

    def hold(peer, head, body):
        peer.send(shot(said("Deep."))[:-5])
        held.set()
        peer.take(1 << 20)
    answers = {"before any poll": [QUEUED], "between polls": [QUEUED, WORKING], "within the poll": [QUEUED, hold],
               "behind the answer": [QUEUED, shot(said("Deep."))]}[moment]
    first = proxy(upstream(Answering(*answers)))
    first.fetch(ask(input=DEEP, background=True))
    if moment == "within the poll":
        client = first.connect()
        client.send(get())
        assert held.wait(20)
    elif moment != "before any poll":
        first.fetch(get())
    first.kill()
    again = proxy(upstream(Answering(shot(said("Deep.")), shot(said("Deep.")), shot(said("Next."), id="resp_2"))))
    for _ in range(2):
        again.fetch(get())
    again.fetch(ask(input="and now?", previous_response_id="resp_1"))
    count = {"before any poll": 4, "between polls": 5, "within the poll": 4, "behind the answer": 5}[moment]
    rows = again.store.wait_exchanges(count)
    assert [row["drop_reason"] for row in rows].count("answer_fetched") == 1
    assert sum(row["total_tokens"] or 0 for row in rows) == 2 * 8
    chain = again.store.chain(rows[-1]["head_hash"])
    assert texts(chain) == [("user", DEEP), ("assistant", "Deep."), ("user", "and now?"), ("assistant", "Next.")]
    assert len(again.store.nodes()) == len(chain), "a fork"
    assert_sound(again, run, workspace)


def test_a_stream_that_breaks_is_resumed_through_another_process(proxy, upstream, run, workspace):
    """The upstream breaks it, the proxy is killed after that, and the client goes on where it was."""
    events = stream_of("the start", " and the", " rest")
    for background in (True, False):
        where = workspace / str(background)
        where.mkdir()

        def cut(peer, head, body):
            peer.send(sse(events[:3], end=False))
            peer.close()
        first = proxy(upstream(Answering(cut)), sqlite=where / "tapes.sqlite")
        with pytest.raises(Exception):
            first.fetch(ask(input="q", stream=True, **({"background": True} if background else {})))
        assert first.store.only()["stop_reason"] in ("incomplete", "pending")
        first.kill()
        again = proxy(upstream(Answering(sse(events[3:]))), sqlite=where / "tapes.sqlite")
        again.fetch(get(query=b"?stream=true&starting_after=2"))
        rows = again.store.wait_exchanges(2)
        assert endings(rows) == [("completed", None, 8), (None, "answer_fetched", None)]
        assert texts(again.store.chain(rows[0]["head_hash"])) == [("user", "q"), ("assistant", "the start and the rest")]
        assert again.stop() == 0
        assert_sound(again, run, where)


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("query, first", [(b"?stream=true&starting_after=1", 2), (b"?stream=true&starting_after=3&include[]=x", 4),
                                          (b"?stream=true", 0), (b"", None)])
def test_a_stream_that_its_client_gave_up_is_completed_by_what_it_fetches(proxy, upstream, run, workspace, background, query, first):
    """As a stream that goes on where the client was, before that, from its beginning, or as one object."""
    events = stream_of("the start", " and the", " rest")

    def hold(peer, head, body):
        peer.send(sse(events[:4], end=False))
        with pytest.raises(Exception):  # the connection ends with the client's
            peer.take(1)
    whole = shot(said("the start and the rest")) if first is None else sse(events[first:])
    relay = proxy(upstream(Answering(hold), Answering(whole)))
    client = relay.connect()
    client.send(ask(input="q", stream=True, **({"background": True} if background else {})))
    client.take_until(b" and the")
    client.reset()
    # In the background, the question is there before.
    wait_until(lambda: relay.store.only()["end_reason"] == "client_closed", what="the end of the exchange")
    relay.fetch(get(query=query))
    rows = relay.store.wait_exchanges(2)
    assert endings(rows) == [("completed", None, 8), (None, "answer_fetched", None)]
    assert texts(relay.store.chain(rows[0]["head_hash"])) == [("user", "q"), ("assistant", "the start and the rest")]
    assert_sound(relay, run, workspace)


def test_what_asks_for_an_answer_that_is_there_changes_nothing(proxy, upstream, run, workspace):
    """A cancel and a delete that come too late; the next turn goes on from the answer all the same."""
    gone = chat.answer(b'{"id":"resp_1","object":"response","deleted":true}')
    relay = proxy(upstream(Answering(shot(said("A."), background=True), shot(said("A.")), gone, shot(said("B."), id="resp_2"))))
    relay.fetch(ask(input="q", background=True))
    relay.fetch(chat.post(b"{}", path=b"/v1/responses/resp_1/cancel"))
    relay.fetch(get(method=b"DELETE"))
    relay.fetch(ask(input="and on", previous_response_id="resp_1"))
    rows = relay.store.wait_exchanges(4)
    assert endings(rows) == [("completed", None, 8), (None, "answer_cancelled", None), (None, "answer_deleted", None), ("completed", None, 8)]
    assert texts(relay.store.chain(rows[3]["head_hash"])) == [("user", "q"), ("assistant", "A."), ("user", "and on"), ("assistant", "B.")]
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("waiting", [b"", b'{"status":"pending"}', b"Accepted"])
def test_202_says_that_a_deferred_completion_is_not_there_yet(proxy, upstream, run, workspace, waiting):
    path = b"/v1/chat/deferred-completion/"
    accepted = chat.answer(waiting, status=b"202 Accepted")
    done = chat.answer(chat.completion("Late."))
    gone = chat.answer(b'{"error":"no"}', status=b"404 Not Found")
    relay = proxy(upstream(Answering(chat.answer(b'{"request_id":"r1"}'), accepted, accepted, done, done, accepted, gone)), provider="xai")
    relay.fetch(chat.turn("q", deferred=True, model="grok-4"))
    for _ in range(6):
        relay.fetch(get("r1", path=path))
    rows = relay.store.wait_exchanges(7)
    assert [row["drop_reason"] for row in rows] == [
        None, "nothing_new", "nothing_new", "answer_fetched", "nothing_new", "nothing_new", "upstream_status"]
    assert endings(rows)[0] == ("stop", None, 8) and sum(row["total_tokens"] or 0 for row in rows) == 8
    assert texts(relay.store.chain(rows[0]["head_hash"])) == [("user", "q"), ("assistant", "Late.")]
    assert_sound(relay, run, workspace)


def test_what_is_compacted_goes_on_from_the_compaction(proxy, upstream, run, workspace):
    """As Codex does: the compaction heads the next history, with and without its id, and is named by the next response's id."""
    packed = {"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAAAsealed"}
    compacted = chat.answer(chat.dumps({"id": "resp_c", "object": "response.compaction", "output": [user("q"), packed],
                                        "usage": {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}}))
    relay = proxy(upstream(Answering(shot(said("a")), compacted, *(shot(said("b"), id=f"resp_{n}") for n in (3, 4)),
                                     shot(said("c"), id="resp_5"))))
    relay.fetch(ask(input="q"))
    answer = {"role": "assistant", "content": "a"}
    relay.fetch(chat.post(chat.dumps({"model": "gpt-5", "input": [user("q"), answer]}), path=b"/v1/responses/compact?client=x"))
    for items in ([user("q"), packed, user("on")], [user("q"), {k: v for k, v in packed.items() if k != "id"}, user("on")]):
        relay.fetch(ask(input=items))
    relay.fetch(ask(input="and on", previous_response_id="resp_4"))
    rows = relay.store.wait_exchanges(5)
    assert [row["drop_reason"] for row in rows] == [None] * 5 and {row["total_tokens"] for row in rows} == {8}
    shapes = [[(node["role"], node["content"][0]["type"]) for node in relay.store.chain(row["head_hash"])] for row in rows]
    asked, told, packing = ("user", "text"), ("assistant", "text"), ("assistant", "compaction")
    assert shapes == [[asked, told], [asked, told, packing], *[[asked, packing, asked, told]] * 2, [asked, packing, asked, told, asked, told]]
    assert rows[2]["head_hash"] == rows[3]["head_hash"]
    assert relay.store.chain(rows[1]["head_hash"])[:2] == relay.store.chain(rows[0]["head_hash"])
    assert_sound(relay, run, workspace)
