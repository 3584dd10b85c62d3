"""OpenTelemetry spans: read by the published protobuf schema, and held against the GenAI conventions' rules."""
import base64
import json
import re

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from harness import chat, conversations
from harness.api import wait_catalogue
from harness.otlp import as_protobuf
from harness.wire import Answering

PASSWORD = "hunt" + "er2!"


def value_of(value):
    kind = value.WhichOneof("value")
    return [value_of(one) for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)


class Read:
    def __init__(self, span, service):
        self.span, self.service = span, service
        self.attributes = {one.key: value_of(one.value) for one in span.attributes}
        assert len(self.attributes) == len(span.attributes)
        assert len(span.trace_id) == 16 and len(span.span_id) == 8 and len(span.parent_span_id) in (0, 8)
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano

    def json(self, name):
        return json.loads(self.attributes[name])


def read_spans(text):
    spans = []
    for line in text.splitlines():
        raw = json.loads(line)
        for resource in raw["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    assert isinstance(span["startTimeUnixNano"], str) and isinstance(span["kind"], int)
                    for one in span["attributes"]:
                        assert isinstance(one["value"].get("intValue", "0"), str)
        message = as_protobuf(line)
        assert len(message.resource_spans) == 1
        resource = message.resource_spans[0]
        service = {one.key: value_of(one.value) for one in resource.resource.attributes}["service.name"]
        spans += [Read(span, service) for scope in resource.scope_spans for span in scope.spans]
    return spans


#: The parts of messages and what each must have (gen-ai-input-messages.json of the conventions).
PARTS = {"text": {"content": str}, "reasoning": {"content": str}, "tool_call": {"name": str},
         "tool_call_response": {"response": object}, "blob": {"modality": str, "content": str},
         "uri": {"modality": str, "uri": str}, "file": {"modality": str, "file_id": str},
         "server_tool_call": {"name": str, "server_tool_call": dict}, "compaction": {}}


def check_parts(parts):
    for part in parts:
        for name, kind in PARTS.get(part["type"], {}).items():
            assert isinstance(part[name], kind), part
        if part["type"] == "blob":
            base64.b64decode(part["content"], validate=True)


def check_messages(messages, roles):
    assert isinstance(messages, list) and messages
    for message in messages:
        assert message["role"] in roles and isinstance(message["parts"], list)
        check_parts(message["parts"])


def check_span(one):
    """The rules of the conventions for a span of an exchange."""
    attributes = one.attributes
    assert one.span.kind == Span.SPAN_KIND_CLIENT
    assert one.span.name == f"{attributes['gen_ai.operation.name']} {attributes['gen_ai.request.model']}"
    assert attributes["gen_ai.provider.name"] and attributes["server.address"] and attributes["server.port"] > 0
    for name in attributes:
        assert re.match(r"(gen_ai|server|error|tapes)\.", name), name
    if "gen_ai.input.messages" in attributes:
        check_messages(one.json("gen_ai.input.messages"), {"user", "assistant", "tool"})
    if "gen_ai.output.messages" in attributes:
        check_messages(one.json("gen_ai.output.messages"), {"assistant"})
        assert len(attributes["gen_ai.response.finish_reasons"]) == len(one.json("gen_ai.output.messages"))
    for part in one.json("gen_ai.system_instructions") if "gen_ai.system_instructions" in attributes else []:
        check_parts([part])
    for tool in one.json("gen_ai.tool.definitions") if "gen_ai.tool.definitions" in attributes else []:
        assert tool["type"] == "function" and tool["name"]
    assert (one.span.status.code == Status.STATUS_CODE_ERROR) == ("error.type" in attributes)


@pytest.fixture
def export(run):
    def go(relay, name, *more):
        code, out, err = run("export", name, "--as", "otlp", "--sqlite", relay.store.path, *more)
        assert code == 0, err
        again = run("export", name, "--as", "otlp", "--sqlite", relay.store.path, *more)[1]
        assert again == out  # ids follow from the record
        return read_spans(out), err
    return go


def test_a_session_is_a_trace_with_its_agent_its_exchanges_and_its_tools(proxy, upstream, export):
    answers = [*conversations.chat_answers(), chat.answer(b'{"error":{}}', status=b"429 Too Many Requests")]
    relay = proxy(upstream(Answering(*answers)))
    turns = conversations.chat_turns(b"session_id: weather-chat\r\nX-Tapes-Agent-Name: forecaster\r\n", stop=["a", "b"], seed=7)
    for request in [*turns, chat.turn("again", fields=b"session_id: weather-chat\r\n")]:
        relay.fetch(request)
    rows = relay.store.wait_exchanges(3)
    wait_catalogue(relay, 3)
    spans, _ = export(relay, "weather-chat")
    assert len({one.span.trace_id for one in spans}) == 1
    chats = [one for one in spans if one.span.kind == Span.SPAN_KIND_CLIENT]
    agent, = [one for one in spans if one.attributes.get("gen_ai.operation.name") == "invoke_agent"]
    tool, = [one for one in spans if one.attributes.get("gen_ai.operation.name") == "execute_tool"]
    assert len(chats) == 3 and {one.span.parent_span_id for one in chats} == {agent.span.span_id}
    assert agent.span.parent_span_id == b"" and agent.attributes["tapes.derived"] is True
    for one in chats:
        check_span(one)
        assert one.attributes["gen_ai.conversation.id"] == "weather-chat"
    first, second, failed = sorted(chats, key=lambda one: one.span.start_time_unix_nano)
    assert first.attributes["gen_ai.request.max_tokens"] == 100 and first.attributes["gen_ai.request.temperature"] == 0.5
    assert first.attributes["gen_ai.request.stop_sequences"] == ["a", "b"] and first.attributes["gen_ai.request.seed"] == 7
    assert (first.attributes["gen_ai.usage.input_tokens"], first.attributes["gen_ai.usage.output_tokens"]) == (50, 8)
    assert first.json("gen_ai.system_instructions") == [{"type": "text", "content": "Be brief."}]
    assert [part["type"] for part in first.json("gen_ai.input.messages")[0]["parts"]] == ["text", "blob"]
    assert first.json("gen_ai.output.messages")[0]["parts"] == [
        {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "Oslo"}}]
    assert first.attributes["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert second.attributes["gen_ai.request.stream"] is True and second.attributes["gen_ai.response.time_to_first_chunk"] > 0
    assert second.json("gen_ai.input.messages")[-1] == {
        "role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "rain"}]}
    assert second.attributes["tapes.node.hash"] == rows[1]["head_hash"]
    assert failed.attributes["error.type"] == "429" and failed.span.status.message == "upstream_status"
    assert tool.span.name == "execute_tool weather" and tool.span.parent_span_id == agent.span.span_id
    assert json.loads(tool.attributes["gen_ai.tool.call.arguments"]) == {"city": "Oslo"}
    assert tool.attributes["gen_ai.tool.call.result"] == "rain"
    assert first.span.end_time_unix_nano <= tool.span.start_time_unix_nano <= tool.span.end_time_unix_nano
    assert tool.span.end_time_unix_nano <= second.span.start_time_unix_nano
    alone, _ = export(relay, rows[1]["id"])
    assert alone[0].span.span_id == second.span.span_id and alone[0].span.trace_id == second.span.trace_id


def test_anthropic_usage_counts_what_caches_had_once(proxy, upstream, export):
    relay = proxy(upstream(Answering(*conversations.message_answers())), provider="anthropic")
    for request in conversations.message_turns():
        relay.fetch(request)
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    spans, _ = export(relay, "weather-messages")
    first = next(one for one in spans if one.span.kind == Span.SPAN_KIND_CLIENT)
    check_span(first)
    usage = {name[len("gen_ai.usage."):]: value for name, value in first.attributes.items() if "usage" in name}
    assert usage == {"input_tokens": 329, "output_tokens": 4, "cache_read.input_tokens": 300, "cache_write.input_tokens": 20}
    assert [part["type"] for part in first.json("gen_ai.output.messages")[0]["parts"]] == ["reasoning", "text", "tool_call"]
    tool, = [one for one in spans if one.attributes.get("gen_ai.operation.name") == "execute_tool"]
    assert tool.attributes["error.type"] == "tool_error" and tool.span.status.code == Status.STATUS_CODE_ERROR


def test_a_sub_agent_hangs_below_the_call_that_began_it(proxy, upstream, export):
    prompt = "Look for the cause of the failing parser test and report it."
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "call_9", "type": "function", "function": {
        "name": "task", "arguments": json.dumps({"description": "look", "prompt": prompt})}}]}
    main = [{"role": "system", "content": "You are the main one."}, {"role": "user", "content": "Fix it"}]
    relay = proxy(upstream(Answering(
        chat.answer(chat.completion(message={**call, "refusal": None}, finish="tool_calls")),
        chat.answer(chat.completion("It is the lexer.")), chat.answer(chat.completion("Fixed.")))))
    session = b"session_id: with-agent\r\n"
    relay.fetch(chat.turn(messages=main, fields=session))
    relay.fetch(chat.turn(messages=[{"role": "system", "content": "You are a helper."}, {"role": "user", "content": prompt}],
                          fields=session))
    relay.fetch(chat.turn(messages=[*main, call, {"role": "tool", "tool_call_id": "call_9", "content": "It is the lexer."}],
                          fields=session))
    relay.store.wait_exchanges(3)
    wait_catalogue(relay, 3)
    spans, _ = export(relay, "with-agent")
    by_id = {one.span.span_id: one for one in spans}
    agents = [one for one in spans if one.attributes["gen_ai.operation.name"] == "invoke_agent"]
    tool, = [one for one in spans if one.attributes["gen_ai.operation.name"] == "execute_tool"]
    main_agent, = [one for one in agents if not one.span.parent_span_id]
    helper, = [one for one in agents if one.span.parent_span_id]
    assert helper.attributes["tapes.thread.kind"] == "subagent" and by_id[helper.span.parent_span_id] is tool
    assert by_id[tool.span.parent_span_id] is main_agent
    inner, = [one for one in spans if one.span.parent_span_id == helper.span.span_id]
    assert inner.json("gen_ai.output.messages")[0]["parts"][0]["content"] == "It is the lexer."
    assert all(not one.span.parent_span_id or one.span.parent_span_id in by_id for one in spans)


def test_secrets_go_and_with_those_that_can_be_guessed_the_hashes(proxy, upstream, export):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("Hello.")))))
    for text in (f'password = "{PASSWORD}"', "nothing"):
        relay.fetch(chat.turn(text, fields=b"session_id: s\r\n"))
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    spans, err = export(relay, "s")
    assert "assigned-secret" in err
    assert PASSWORD not in str([one.attributes for one in spans])
    chats = [one for one in spans if one.span.kind == Span.SPAN_KIND_CLIENT]
    assert ["tapes.node.hash" in one.attributes for one in chats][0] is False
    spans, _ = export(relay, "s", "--keep-secrets")
    assert PASSWORD in str([one.attributes for one in spans])


def test_a_long_history_is_bounded_and_says_so(proxy, upstream, export):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("Hello.")))))
    relay.fetch(chat.turn(*["x" * 400_000] * 7, fields=b"session_id: long\r\n"))
    relay.store.wait_exchanges(1)
    wait_catalogue(relay, 1)
    spans, _ = export(relay, "long")
    one = next(one for one in spans if one.span.kind == Span.SPAN_KIND_CLIENT)
    assert one.attributes["tapes.input.messages.left_out"] == 4 and len(one.json("gen_ai.input.messages")) == 3
