"""Responses in the background: the question at once, the answer when it is fetched; a broken stream that is resumed."""
import json
import pathlib
import subprocess
import threading

import openai
import pytest

from harness import chat
from harness.store import Store, texts
from harness.wire import Answering, chunk, wait_until
from test_same_node_responses import ask, event, message, part, response, user

NODE = pathlib.Path(__file__).parent / "node"


def get(id_="resp_1", query=b"", path=b"/v1/responses/", method=b"GET", fields=b"") -> bytes:
    return (method + b" " + path + id_.encode() + query + b" HTTP/1.1\r\nHost: proxy.test\r\n" + fields +
            b"Content-Length: 0\r\n\r\n")


def shot(output, status="completed", http=b"200 OK", **more):
    return chat.answer(chat.dumps(response(output, status, **more)), status=http)


def said(text):
    return [message(part(text))]


QUEUED = shot([], "queued", background=True, usage=None)
WORKING = shot([], "in_progress", background=True, usage=None)


def drops(relay, count):
    return [row["drop_reason"] for row in relay.store.wait_exchanges(count)]


def assert_sound(relay, run, workspace, name="again"):
    """`tapes verify` finds nothing; `tapes rederive` gives the same nodes and heads."""
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, (out, err)
    again = workspace / f"{name}.sqlite"
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", again)
    assert (code, err) == (0, ""), out
    made = Store(again)
    keys = ("id", "head_hash", "stop_reason", "drop_reason", "total_tokens", "response_id", "answer_of")
    assert [[row[key] for key in keys] for row in made.exchanges()] == \
           [[row[key] for key in keys] for row in relay.store.exchanges()]
    assert {node["hash"] for node in made.nodes()} == {node["hash"] for node in relay.store.nodes()}
    code, out, err = run("verify", "--sqlite", again)
    assert code == 0, (out, err)


def test_question_and_fetched_answer_are_one_turn(proxy, upstream, run, workspace):
    relay = proxy(upstream(Answering(QUEUED, WORKING, shot(said("Deep.")), shot(said("Deep.")),
                                     shot(said("Next."), id="resp_2"), shot(said("Third."), id="resp_3"))))
    relay.fetch(ask(input="deep question", background=True))
    row = relay.store.only()
    assert (row["stop_reason"], row["drop_reason"], row["response_id"]) == ("pending", None, "resp_1")
    assert [(node["role"], texts([node])) for node in relay.store.nodes()] == [("user", [("user", "deep question")])]
    for query in (b"", b"?include[]=reasoning.encrypted_content", b""):
        relay.fetch(get(query=query))
    assert drops(relay, 4) == [None, "nothing_new", "answer_fetched", "nothing_new"]
    relay.fetch(ask(input="and now?", previous_response_id="resp_1"))
    relay.fetch(ask(input=[user("deep question"), {"role": "assistant", "content": "Deep."}, user("and now?"),
                           {"role": "assistant", "content": "Next."}, user("and then?")]))
    rows = relay.store.wait_exchanges(6)
    first = rows[0]
    assert (first["stop_reason"], first["total_tokens"], first["response_model"]) == ("completed", 8, "gpt-5-2025-08-07")
    assert [row["answer_of"] for row in rows] == [None, first["id"], first["id"], first["id"], None, None]
    assert sum(row["total_tokens"] or 0 for row in rows) == 3 * 8, "each answer is counted once"
    nodes = relay.store.nodes()
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert texts(chain) == [("user", "deep question"), ("assistant", "Deep."), ("user", "and now?"),
                            ("assistant", "Next."), ("user", "and then?"), ("assistant", "Third.")]
    assert len(nodes) == len(chain), "a fork"
    relay.store.assert_balanced()
    assert_sound(relay, run, workspace)


def test_who_goes_on_before_the_answer_is_fetched_stays_where_it_was(proxy, upstream, run, workspace):
    relay = proxy(upstream(Answering(QUEUED, shot(said("Next."), id="resp_2"), shot(said("Deep.")))))
    relay.fetch(ask(input="deep question", background=True))
    relay.store.only()
    relay.fetch(ask(input="and now?", previous_response_id="resp_1"))
    relay.store.wait_exchanges(2)
    relay.fetch(get())
    rows = relay.store.wait_exchanges(3)
    assert [texts(relay.store.chain(row["head_hash"])) for row in rows[:2]] == \
           [[("user", "deep question"), ("assistant", "Deep.")],
            [("user", "deep question"), ("user", "and now?"), ("assistant", "Next.")]]
    assert_sound(relay, run, workspace)


def test_a_question_that_nobody_fetched_stays_one(proxy, upstream, run, workspace):
    relay = proxy(upstream(Answering(QUEUED)))
    relay.fetch(ask(input="q", background=True))
    relay.store.only()
    wait_until(lambda: relay.metric("tapes_capture_bytes") == 0, what="the memory of the question")
    relay.kill()
    again = proxy(upstream(Answering(WORKING)))
    assert again.store.only()["stop_reason"] == "pending"
    assert again.metric("tapes_capture_bytes") == 0
    assert_sound(again, run, workspace)
    code, out, _ = run("log", "--sqlite", again.store.path)
    assert code == 0 and "pending" in out, out


def test_the_answer_is_fetched_from_another_process_after_a_kill(proxy, upstream, run, workspace):
    relay = proxy(upstream(Answering(QUEUED)))
    relay.fetch(ask(input="q", background=True))
    relay.store.only()
    relay.kill()
    again = proxy(upstream(Answering(shot(said("A.")))))
    again.fetch(get())
    assert again.store.settled() >= 2, "the end of the answer came before it was stored"
    rows = again.store.wait_exchanges(2)
    assert (rows[0]["stop_reason"], rows[1]["drop_reason"]) == ("completed", "answer_fetched")
    assert texts(again.store.chain(rows[0]["head_hash"])) == [("user", "q"), ("assistant", "A.")]
    assert_sound(again, run, workspace)


def numbered(*events):
    return [event(type_, sequence_number=at, **members) for at, (type_, members) in enumerate(events)]


def delta(text):
    return "response.output_text.delta", {"output_index": 0, "item_id": "msg_1", "content_index": 0, "delta": text}


def stream_of(*pieces, status="completed"):
    whole = said("".join(pieces))
    begun = response([], "in_progress", usage=None)
    return numbered(("response.created", {"response": begun}),
                    ("response.output_item.added", {"output_index": 0, "item": {**whole[0], "content": []}}),
                    *map(delta, pieces),
                    ("response.output_item.done", {"output_index": 0, "item": whole[0]}),
                    (f"response.{status}", {"response": response(whole, status)}))


def sse(events, end=True):
    return chat.SSE_HEAD + b"".join(map(chunk, events)) + (b"0\r\n\r\n" if end else b"")


def cut(events):
    def send(peer, head, body):
        peer.send(sse(events, end=False))
        peer.close()
    return send


@pytest.mark.parametrize("background", [True, False])
@pytest.mark.parametrize("seen", [1, 2, 3, 4])
def test_a_broken_stream_that_is_resumed_is_whole(proxy, upstream, run, workspace, background, seen):
    """The client has less than what came through: events may come again."""
    events = stream_of("the start", " and the", " rest")
    relay = proxy(upstream(Answering(cut(events[:seen])), Answering(sse(events[max(seen - 1, 1):])),
                           ))
    more = {"background": True} if background else {}
    try:
        relay.fetch(ask(input="q", stream=True, **more))
    except Exception:  # it is cut
        pass
    relay.store.wait_exchanges(1)
    relay.fetch(get(query=b"?stream=true&starting_after=%d" % max(seen - 2, 0)))
    rows = relay.store.wait_exchanges(2)
    assert (rows[0]["stop_reason"], rows[0]["total_tokens"]) == ("completed", 8)
    assert rows[1]["drop_reason"] == "answer_fetched"
    chain = relay.store.chain(rows[0]["head_hash"])
    assert texts(chain) == [("user", "q"), ("assistant", "the start and the rest")]
    assert_sound(relay, run, workspace)


def in_background(*pieces, status="completed"):
    """The stream of a response that says of itself that it is made in the background."""
    told = {"background": True}
    whole = said("".join(pieces))
    return numbered(("response.queued", {"response": response([], "queued", usage=None, **told)}),
                    ("response.created", {"response": response([], "in_progress", usage=None, **told)}),
                    ("response.output_item.added", {"output_index": 0, "item": {**whole[0], "content": []}}),
                    *map(delta, pieces),
                    ("response.output_item.done", {"output_index": 0, "item": whole[0]}),
                    (f"response.{status}", {"response": response(whole, status, **told)}))


def held(events, seen, go_on):
    """Sends the first events, and the others when it may."""
    def send(peer, head, body):
        peer.send(sse(events[:seen], end=False))
        assert go_on.wait(20)
        try:
            peer.send(b"".join(map(chunk, events[seen:])) + b"0\r\n\r\n")
        except OSError:  # the proxy has gone
            pass
    return send


@pytest.fixture
def go_on():
    made = threading.Event()
    yield made
    made.set()


def begin(relay, events, **members):
    """Asks for a stream in the background; the connection, behind `events`."""
    client = relay.connect()
    client.send(ask(input="q", stream=True, **{"background": True, **members}))
    client.take_head()
    for one in events:
        client.take_until(one)
    return client


@pytest.mark.parametrize("seen", [1, 3, 5])
@pytest.mark.parametrize("query", [b"", b"?stream=true&starting_after=%d"])
def test_the_question_of_a_stream_survives_a_kill(proxy, upstream, run, workspace, go_on, seen, query):
    events = in_background("the start", " and the", " rest")
    relay = proxy(upstream(Answering(held(events, seen, go_on))))
    with begin(relay, events[:seen]):
        row = relay.store.only()
        assert (row["stop_reason"], row["drop_reason"], row["response_id"]) == ("pending", None, "resp_1")
        code, out, _ = run("log", "--sqlite", relay.store.path)
        assert code == 0 and "pending" in out, out
        relay.kill()
    code, out, _ = run("log", "--sqlite", relay.store.path)
    assert code == 0 and "pending" in out, out
    rest = sse(events[seen:]) if query else shot(said("the start and the rest"), background=True)
    again = proxy(upstream(Answering(rest)))
    again.store.assert_balanced()
    assert again.metric('tapes_exchanges_dropped_total{reason="crash"}') == 0
    assert_sound(again, run, workspace, "killed")
    again.fetch(get(query=query % (seen - 1) if query else b""))
    rows = again.store.wait_exchanges(2)
    assert (rows[0]["stop_reason"], rows[0]["total_tokens"]) == ("completed", 8)
    assert rows[1]["drop_reason"] == "answer_fetched" and rows[1]["answer_of"] == rows[0]["id"]
    assert texts(again.store.chain(rows[0]["head_hash"])) == [("user", "q"), ("assistant", "the start and the rest")]
    assert len(again.store.nodes()) == 2
    assert_sound(again, run, workspace, "fetched")


@pytest.mark.parametrize("path", [b"/v1/responses", b"/openai/v1/responses?api-version=preview"])
def test_a_stream_in_the_background_is_one_exchange(proxy, upstream, run, workspace, go_on, path):
    events = in_background("the start", " and the", " rest")
    relay = proxy(upstream(Answering(held(events, 4, go_on))))
    client = relay.connect()
    client.send(chat.post(chat.dumps({"model": "gpt-5", "input": "q", "stream": True, "background": True}), path=path))
    client.take_head()
    for one in events[:4]:
        client.take_until(one)
    assert relay.store.only()["stop_reason"] == "pending"
    go_on.set()
    for one in events[4:]:
        client.take_until(one)
    client.take_until(b"0\r\n\r\n")
    assert relay.store.only()["stop_reason"] == "completed", "the end of the answer came before it was stored"
    row = relay.store.only()
    assert (row["end_reason"], row["total_tokens"], row["response_bytes"]) == ("complete", 8, sum(map(len, events)))
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "q"), ("assistant", "the start and the rest")]
    assert len(relay.store.nodes()) == 2
    assert [one["kind"] for one in relay.store.rows("SELECT kind FROM log ORDER BY seq")] == [1, 4]
    wait_until(lambda: relay.metric("tapes_capture_bytes") == 0, what="the memory of the exchange")
    assert relay.metric("tapes_turns_recorded_total") == 1
    relay.store.assert_balanced()
    assert_sound(relay, run, workspace)


def test_a_stream_that_is_not_in_the_background_is_committed_once(proxy, upstream, go_on):
    events = stream_of("the start", " and the", " rest")
    relay = proxy(upstream(Answering(held(events, 3, go_on))))
    with begin(relay, events[:3], background=False) as client:
        go_on.set()
        client.take_until(b"0\r\n\r\n")
    relay.store.only()
    assert [one["kind"] for one in relay.store.rows("SELECT kind FROM log")] == [1]


@pytest.mark.parametrize("seen, stop_reason, answer", [(2, "pending", ""), (4, "incomplete", "the start")])
def test_a_client_that_leaves_a_stream_in_the_background_leaves_its_question(proxy, upstream, run, workspace, go_on,
                                                                             seen, stop_reason, answer):
    events = in_background("the start", " and the", " rest")
    relay = proxy(upstream(Answering(held(events, seen, go_on), shot(said("the start and the rest")))))
    with begin(relay, events[:seen]) as client:
        relay.store.only()
        client.reset()
    left = wait_until(lambda: next((row for row in relay.store.exchanges() if row["end_reason"] == "client_closed"), None),
                      what="the end of the exchange")
    assert left["stop_reason"] == stop_reason
    assert [text for role, text in texts(relay.store.chain(left["head_hash"])) if role == "assistant"] == [answer] * bool(answer)
    go_on.set()
    relay.fetch(get())
    rows = relay.store.wait_exchanges(2)
    assert (rows[0]["stop_reason"], rows[1]["drop_reason"]) == ("completed", "answer_fetched")
    assert_sound(relay, run, workspace)


@pytest.fixture
def sdk(proxy, mock):
    """(openai-python, relay) with the mock upstream."""
    relay = proxy(mock)
    with openai.OpenAI(base_url=relay.url + "/v1", api_key="sk-e2e-python-1234567890", max_retries=0,
                       timeout=15) as client:
        yield client, relay


def poll(client, id_, **more):
    """Fetches until the answer is there."""
    return wait_until(lambda: next((got for got in [client.responses.retrieve(id_, **more)]
                                    if got.status not in ("queued", "in_progress")), None), what="the answer")


def assert_one_chain(relay, count):
    rows = [row for row in relay.store.exchanges() if row["drop_reason"] is None]
    assert len(rows) == count
    chain = relay.store.chain(rows[-1]["head_hash"])
    assert len(relay.store.nodes()) == len(chain), "a fork"
    assert {row["head_hash"] for row in rows} <= {node["hash"] for node in chain}
    return rows, texts(chain)


def test_openai_python_polls_and_goes_on(sdk, run, workspace):
    client, relay = sdk
    begun = client.responses.create(model="gpt-4o", input="deep question", background=True)
    assert begun.status == "queued"
    answer = poll(client, begun.id)
    assert answer.output_text == "You said: deep question"
    poll(client, begun.id, include=["reasoning.encrypted_content"])
    by_id = client.responses.create(model="gpt-4o", input="and now?", previous_response_id=begun.id)
    client.responses.create(model="gpt-4o", input=[
        {"role": "user", "content": "deep question"}, *(item.to_dict() for item in answer.output),
        {"role": "user", "content": "and now?"}, *(item.to_dict() for item in by_id.output),
        {"role": "user", "content": "and then?"}])
    rows, said_texts = assert_one_chain(relay, 3)
    assert said_texts == [("user", "deep question"), ("assistant", "You said: deep question"),
                          ("user", "and now?"), ("assistant", "You said: and now?"),
                          ("user", "and then?"), ("assistant", "You said: and then?")]
    assert rows[0]["total_tokens"] == answer.usage.total_tokens
    total = sum(row["total_tokens"] or 0 for row in relay.store.exchanges())
    assert total == sum(row["total_tokens"] for row in rows)
    # Each sum that is shown has it once.
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("background", [True, False])
def test_openai_python_resumes_a_stream_that_broke(sdk, run, workspace, background):
    client, relay = sdk
    last, id_ = None, None
    try:
        with client.responses.create(model="gpt-4o", input="a rather long question to be repeated", stream=True,
                                     background=background,
                                     extra_headers={"X-Mock-Cut": "6", "X-Mock-Event-Delay-Ms": "20"}) as events:
            for one in events:
                last = one.sequence_number
                id_ = id_ or one.response.id
    except openai.APIConnectionError:  # the connection was cut
        pass
    assert last == 5
    relay.store.wait_exchanges(1)
    text = None
    with client.responses.retrieve(id_, stream=True, starting_after=last) as events:
        for one in events:
            text = one.response.output_text if one.type == "response.completed" else text
    assert text == "You said: a rather long question to be repeated"
    client.responses.create(model="gpt-4o", input="next", previous_response_id=id_)
    rows = [row for row in relay.store.wait_exchanges(3) if row["drop_reason"] is None]
    assert (rows[0]["stop_reason"], len(rows)) == ("completed", 2)
    assert texts(relay.store.chain(rows[1]["head_hash"]))[:2] == [
        ("user", "a rather long question to be repeated"), ("assistant", text)]
    assert_sound(relay, run, workspace)


def test_openai_python_cancels_and_deletes(sdk, run, workspace):
    client, relay = sdk
    slow = {"X-Mock-Background-Ms": "60000"}
    first = client.responses.create(model="gpt-4o", input="one", background=True, extra_headers=slow)
    assert client.responses.cancel(first.id).status == "cancelled"
    second = client.responses.create(model="gpt-4o", input="two", background=True, extra_headers=slow)
    client.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(second.id)
    rows = relay.store.wait_exchanges(5)
    assert [row["drop_reason"] for row in rows] == [None, "answer_cancelled", None, "answer_deleted", "upstream_status"]
    assert [row["stop_reason"] for row in rows if row["drop_reason"] is None] == ["cancelled", "deleted"]
    assert [row["answer_of"] for row in rows] == [None, rows[0]["id"], None, rows[2]["id"], None]
    code, out, _ = run("exchange", "list", "--sqlite", relay.store.path)
    assert "answer_cancelled" in out and "answer_deleted" in out and "(cancelled)" in out and "(deleted)" in out
    code, out, _ = run("show", "@", "--sqlite", relay.store.path)
    assert code == 0 and "two" in out and "answer_deleted" in out and "deleted" in out, out
    assert_sound(relay, run, workspace)


def test_two_pollers_at_once_bring_one_answer(sdk, run, workspace):
    client, relay = sdk
    begun = client.responses.create(model="gpt-4o", input="q", background=True)
    pollers = [threading.Thread(target=poll, args=(client, begun.id)) for _ in range(8)]
    for one in pollers:
        one.start()
    for one in pollers:
        one.join()
    for _ in range(3):
        poll(client, begun.id)
    reasons = [row["drop_reason"] for row in relay.store.exchanges()]
    assert reasons.count("answer_fetched") == 1 and set(reasons) == {None, "answer_fetched", "nothing_new"}
    assert len(relay.store.rows("SELECT * FROM log WHERE kind = 4")) == 1
    assert_one_chain(relay, 1)
    relay.store.assert_balanced()
    assert_sound(relay, run, workspace)


def test_openai_node_polls_and_resumes(proxy, mock, run, workspace):
    relay = proxy(mock)
    done = subprocess.run(["node", NODE / "background.mjs", relay.url + "/v1"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30, cwd=NODE)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {"polled": "You said: deep question", "resumed": "You said: a rather long question", "next": "You said: next"}
    rows = [row for row in relay.store.exchanges() if row["drop_reason"] is None]
    assert [row["stop_reason"] for row in rows] == ["completed"] * 3
    assert texts(relay.store.chain(rows[2]["head_hash"])) == [
        ("user", "deep question"), ("assistant", "You said: deep question"), ("user", "next"),
        ("assistant", "You said: next")]
    assert_sound(relay, run, workspace)


def test_a_deferred_completion_is_one_turn(proxy, mock, run, workspace):
    relay = proxy(mock)
    answer, body = relay.fetch(chat.post(chat.dumps({"model": "grok-4", "deferred": True, "messages": [user("later")]})))
    id_ = json.loads(body)["request_id"]
    path = b"/v1/chat/deferred-completion/"
    statuses = []

    def fetched():
        statuses.append(relay.fetch(get(id_, path=path))[0].status)
        return statuses[-1] == 200
    wait_until(fetched, what="the completion")
    assert set(statuses) == {202, 200}
    relay.fetch(get(id_, path=path))
    relay.fetch(chat.turn("later", "You said: later", "next", model="grok-4"))
    rows, said_texts = assert_one_chain(relay, 2)
    assert (rows[0]["stop_reason"], rows[0]["response_id"]) == ("stop", id_)
    assert said_texts[:2] == [("user", "later"), ("assistant", "You said: later")]
    assert sum(row["drop_reason"] == "answer_fetched" for row in relay.store.exchanges()) == 1
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("path", [b"/openai/v1/responses/", b"/openai/responses/", b"/agents/me/v1/responses/"])
def test_fetches_are_known_under_prefixes(proxy, upstream, path):
    relay = proxy(upstream(Answering(QUEUED, shot(said("A.")))))
    relay.fetch(ask(input="q", background=True))
    relay.store.only()
    relay.fetch(get(path=path, query=b"?api-version=2025-04-01-preview"))
    assert drops(relay, 2)[1] == "answer_fetched"


def test_a_fetch_of_what_the_store_does_not_know_leaves_no_nodes(proxy, upstream):
    relay = proxy(upstream(Answering(shot(said("A.")))))
    relay.fetch(get("resp_other"))
    relay.fetch(get("resp_other", method=b"DELETE"))
    assert drops(relay, 2) == ["unknown_response"] * 2
    assert not relay.store.nodes() and not relay.store.rows("SELECT * FROM wire")
    assert relay.metric('tapes_exchanges_dropped_total{reason="unknown_response"}') == 2
