"""Event streams of AWS that end, break or fail at any place: the client gets what came, and what whole messages said of the answer
is recorded. What a node's hash is made of, for each value of --provider."""
import base64
import hashlib
import json
import threading

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, chunk
from harness.wire_says import aws_message
from test_background import assert_sound

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def claude(event) -> bytes:
    return aws_message("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "abcd"})


# Path and messages; after how many of these there is a text, both texts, and the reason of the end.
FORMS = {
    "converse": (b"/model/meta.llama3/converse-stream", [
        aws_message("messageStart", {"role": "assistant"}),
        aws_message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}}),
        aws_message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "lo \u20ac"}}),
        aws_message("contentBlockStop", {"contentBlockIndex": 0}),
        aws_message("messageStop", {"stopReason": "end_turn"}),
        aws_message("metadata", {"usage": {"inputTokens": 5, "outputTokens": 3, "totalTokens": 8}})]),
    "messages": (b"/model/anthropic.claude-x/invoke-with-response-stream", [
        claude({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "c", "content": [],
                                                     "usage": {"input_tokens": 5, "output_tokens": 1}}}),
        claude({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}}),
        claude({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo \u20ac"}}),
        claude({"type": "content_block_stop", "index": 0}),
        claude({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}),
        claude({"type": "message_stop"})]),
}


def request(form: str) -> bytes:
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]}
    if form == "converse":
        body["messages"][0]["content"][0].pop("type")
    else:
        body |= {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9}
    return chat.post(chat.dumps(body), path=FORMS[form][0])


def expected(whole: int):
    """(text, stop reason, drop reason) after so many whole messages."""
    if whole < 2:
        return None, None, "empty_response"
    return "Hel" if whole == 2 else "Hello \u20ac", "end_turn" if whole >= 5 else "incomplete", None


def told(relay, row):
    """What is recorded of an exchange, in the form of expected()."""
    head = row["head_hash"]
    return texts(relay.store.chain(head))[-1][1] if head else None, row["stop_reason"], row["drop_reason"]


@pytest.mark.parametrize("form", FORMS)
def test_a_stream_that_is_cut_at_any_byte_says_what_its_whole_messages_said(proxy, upstream, run, workspace, form):
    messages = FORMS[form][1]
    ends = [sum(map(len, messages[:count])) for count in range(len(messages) + 1)]
    # Each byte of one message, the ends of all with their neighbours, and some in between.
    cuts = sorted({*range(ends[1], ends[2] + 1), *(end + by for end in ends for by in (-1, 0, 1) if 0 <= end + by <= ends[-1]),
                   *range(0, ends[-1], 37)})
    whole = b"".join(messages)

    def send(at):
        def go(peer, head, body):
            peer.send(HEAD + (chunk(whole[:at]) if at else b""))
            peer.close()
        return go
    script = Answering(*map(send, cuts))
    relay = proxy(upstream(*[script] * len(cuts)), provider="bedrock")
    for at in cuts:
        client = relay.connect()
        client.send(request(form))
        with pytest.raises(Exception):
            client.take_message()
        client.close()
    rows = relay.store.wait_exchanges(len(cuts))
    for at, row in zip(cuts, rows, strict=True):
        assert told(relay, row) == expected(sum(end <= at for end in ends) - 1), at
        assert row["end_reason"] == ("complete" if row["stop_reason"] == "end_turn" else "upstream_closed"), at
        assert relay.ask(f"/v1/exchanges/{row['id']}/response")[2] == whole[:at]
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("form", FORMS)
def test_a_message_with_a_wrong_checksum_is_the_last_that_is_read(proxy, upstream, run, workspace, form):
    messages = FORMS[form][1]
    spoiled = []
    for at in (8, 20, len(messages[2]) - 1):  # of the prelude, in the headers, of the message
        bad = bytearray(messages[2])
        bad[at] ^= 1
        spoiled.append(b"".join([*messages[:2], bytes(bad), *messages[3:]]))
    relay = proxy(upstream(Answering(*(HEAD + chunk(body) + LAST for body in spoiled))), provider="bedrock")
    client = relay.connect()
    for body in spoiled:
        client.send(request(form))
        assert client.take_message()[1] == body, "what cannot be read passes all the same"
    for row in relay.store.wait_exchanges(len(spoiled)):
        assert told(relay, row) == ("Hel", "incomplete", None)
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("form", FORMS)
def test_an_exception_ends_a_stream_and_leaves_what_came(proxy, upstream, run, workspace, form):
    messages = FORMS[form][1]
    cases = [(messages[:count] + [aws_message(type_, {"message": "no"}, "exception")], count) for count, type_ in (
        (0, "validationException"), (1, "modelStreamErrorException"), (2, "throttlingException"),
        (4, "internalServerException"), (5, "serviceUnavailableException"))]
    relay = proxy(upstream(Answering(*(HEAD + b"".join(map(chunk, sent)) + LAST for sent, _ in cases))), provider="bedrock")
    client = relay.connect()
    for sent, _ in cases:
        client.send(request(form))
        assert client.take_message()[1] == b"".join(sent)
    for (_, count), row in zip(cases, relay.store.wait_exchanges(len(cases)), strict=True):
        text, reason, dropped = expected(count)
        assert told(relay, row) == (text, reason, dropped and "stream_error"), count
    assert_sound(relay, run, workspace)


def test_messages_of_a_kind_that_nobody_knows_change_nothing(proxy, upstream, run, workspace):
    messages = FORMS["converse"][1]
    strange = [aws_message("somethingNew", {"a": [1]}), aws_message("contentBlockDelta", {"contentBlockIndex": 0, "delta": {}}), aws_message("ping", {})]
    body = b"".join(part for one in messages[:-1] for part in (one, *strange)) + messages[-1]
    relay = proxy(upstream(Answering(HEAD + chunk(body) + LAST)), provider="bedrock")
    assert relay.fetch(request("converse"))[1] == body
    row = relay.store.only()
    assert told(relay, row) == expected(6) and row["total_tokens"] == 8
    assert_sound(relay, run, workspace)


@pytest.mark.parametrize("form", FORMS)
def test_the_end_of_an_event_stream_reaches_the_client_when_its_turn_is_committed(proxy, upstream, form):
    """The upstream does not end the body before the client has all of it: the end is seen in the messages."""
    body, seen = b"".join(FORMS[form][1]), threading.Event()

    def hold(peer, head, _):
        peer.send(HEAD + b"".join(map(chunk, FORMS[form][1])))
        seen.wait(20)
        peer.send(LAST)
    relay = proxy(upstream(Answering(hold)), provider="bedrock", settings={"record.ack": "wait"})
    client = relay.connect()
    client.send(request(form))
    came = client.take_until(FORMS[form][1][-1])
    assert relay.store.settled() == 1 and told(relay, relay.store.exchanges()[0]) == expected(6)
    seen.set()
    assert len(came) >= len(body)
    assert client.take(2 + len(LAST)) == b"\r\n" + LAST


PROVIDERS = ["anthropic", "openai", "ollama", "azure", "bedrock", "databricks", "gemini", "groq", "openrouter", "mistral", "vertex",
             "xai"]
ASKED = [("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "q \u20ac"}]}, "openai_chat"),
         ("/model/meta.llama3/converse", {"messages": [{"role": "user", "content": [{"text": "q \u20ac"}]}]}, "bedrock_converse"),
         ("/v1beta/models/m:generateContent", {"contents": [{"parts": [{"text": "q \u20ac"}]}]}, "gemini"),
         ("/v1/completions", {"model": "m", "prompt": "q \u20ac"}, "openai_completions"),
         ("/openai/deployments/d/chat/completions", {"messages": [{"role": "user", "content": "q \u20ac"}]}, "openai_chat")]


def reference_hash(node) -> str:
    """SHA-256 of the canonical JSON of parent and bucket, where each block says whether it is an error."""
    bucket = {"type": "message", "role": node["role"], "model": node["model"], "provider": node["provider"],
              "content": [{"is_error": False, **block} for block in node["content"]]}
    if node["agent_name"]:
        bucket["agent_name"] = node["agent_name"]
    return hashlib.sha256(json.dumps({"content": bucket, "parent": node["parent_hash"] or ""}, sort_keys=True,
                                     separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_provider_is_as_routed_and_hashes_keep_the_references_rule(proxy, mock, provider):
    relay = proxy(mock, provider=provider)
    for path, body, _ in ASKED:
        relay.fetch(chat.post(chat.dumps(body), path=path.encode(), fields=b"X-Mock-Tool-Calls: 1\r\n"))
    rows = relay.store.wait_exchanges(len(ASKED))
    assert [(row["api"], row["provider"]) for row in rows] == [(api, provider) for _, _, api in ASKED]
    assert [row["model"] for row in rows] == ["m", "meta.llama3", "m", "m", "d"]
    nodes = relay.store.nodes()
    assert nodes and {node["provider"] for node in nodes} == {provider}
    for node in nodes:
        assert node["hash"] == reference_hash(node), node


def test_a_provider_that_nobody_knows_is_refused_with_those_that_are_known(run):
    code, _, err = run("serve", "proxy", "--provider", "aws")
    assert code != 0 and all(name in err for name in PROVIDERS), err
    told_of = run("serve", "proxy", "--help")[1]
    assert all(name in told_of for name in PROVIDERS), told_of
