"""A tape on which answers came on a WebSocket is played there, message by message, or over HTTP."""
import json

import pytest

from harness.tape import Tape, ask
from harness.websocket import TEXT, frame, handshake, take_message
from harness.wire import connect
from test_websocket import BETA, create, dumps, events, open_socket, serving


@pytest.fixture
def play(binary, workspace, started):
    def start(store, *flags):
        tape = Tape(binary, store, *flags, directory=workspace, environment={"HOME": str(workspace)})
        started.append(tape)
        return tape
    return start


def framed(text, response):
    return b"".join(map(frame, events(text, response)))


def recorded(relay, *asked):
    """Sends messages one after the other on one connection; what came back for each, as bytes."""
    client = open_socket(relay)
    answers = []
    for one in asked:
        client.send(frame(one, masked=True))
        messages = []
        while not messages or json.loads(messages[-1])["type"] not in ("response.completed", "error"):
            messages.append(take_message(client)[1])
        answers.append(messages)
    client.close()
    relay.store.wait_exchanges(len(asked))
    assert relay.stop() == 0
    return answers, relay.store.path


def on_socket(tape, fields=BETA, deflate=False):
    client = connect(tape.port)
    client.send(handshake(fields=fields, deflate=deflate))
    return client


def answers_to(client, asked):
    client.send(frame(asked, masked=True))
    messages = []
    while not messages or json.loads(messages[-1])["type"] not in ("response.completed", "error"):
        kind, payload = take_message(client)
        assert kind == TEXT
        messages.append(payload)
    return messages


@pytest.mark.parametrize("deflate", [False, True])
def test_messages_come_again_as_they_came(proxy, upstream, play, deflate):
    script = serving(framed("first answer", "resp_1"), framed("second answer", "resp_2"))
    relay = proxy(upstream(script), settings={"record.wire": "all"})
    asked = [create("hello"), create("again", previous="resp_1")]
    answers, store = recorded(relay, *asked)
    assert answers == [events("first answer", "resp_1"), events("second answer", "resp_2")]
    tape = play(store)
    client = on_socket(tape, deflate=deflate)
    assert client.take_head().status == 101
    for one, expected in zip(asked, answers):
        assert answers_to(client, one) == expected
    # What was not recorded is an error message, and the connection goes on.
    [missed] = answers_to(client, create("something else"))
    told = json.loads(missed)
    assert (told["type"], told["status"]) == ("error", 404) and "something else" in told["error"]["message"]
    assert answers_to(client, asked[0]) == answers[0]
    client.send(frame(b"\xff no JSON", masked=True))
    client.close()
    # Over HTTP they are an event stream.
    body = json.loads(asked[0])
    del body["type"]
    answer = ask(tape.port, "/v1/responses", dumps(body))
    assert answer.status == 200 and dict(answer.fields)["Content-Type"] == "text/event-stream"
    assert [json.loads(line[6:]) for line in answer.body.decode().splitlines() if line.startswith("data: ")] == \
        [json.loads(one) for one in answers[0]]


def test_a_tape_without_websockets_sends_clients_to_http(proxy, mock, play):
    relay = proxy(mock, settings={"record.wire": "all"})
    body = json.loads(create("hello"))
    del body["type"]
    before = ask(relay.port, "/v1/responses", dumps(body))
    relay.store.wait_exchanges(1)
    assert relay.stop() == 0
    tape = play(relay.store.path, "--fail-on-miss")
    client = on_socket(tape)
    head = client.take_head()
    assert head.status == 426
    client.close()
    assert ask(tape.port, "/v1/responses", dumps(body)).body == before.body
    assert "0 misses" in tape.last_line()  # a refused handshake is none


def test_where_what_is_missing_is_recorded_clients_are_asked_to_use_http(proxy, upstream, mock, play):
    relay = proxy(upstream(serving(framed("first answer", "resp_1"))), settings={"record.wire": "all"})
    _, store = recorded(relay, create("hello"))
    tape = play(store, "--record-missing", "--upstream", mock.url + "/v1")
    client = on_socket(tape)
    assert client.take_head().status == 426
    client.close()
    body = json.loads(create("something else"))
    del body["type"]
    assert ask(tape.port, "/v1/responses", dumps(body)).status == 200
    assert "1 passed on and recorded" in tape.last_line()
