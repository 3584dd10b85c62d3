"""Phoenix, a receiver of OpenTelemetry spans: what is exported is understood there."""
import json
import urllib.request

import pytest
from harness import conversations
from harness.api import wait_catalogue
from harness.otlp import as_protobuf
from harness.process import Process
from harness.wire import Answering, wait_until
from programs import CACHE


def ask(url, body=None, kind="application/json"):
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return answer.read()


@pytest.fixture
def phoenix(loopback_only, workspace):
    program = CACHE / "phoenix" / "bin" / "phoenix"
    assert program.exists(), "run scripts/setup clients"
    # Its own network namespace has these ports free.
    process = Process([program, "serve"], {
        "HOME": str(workspace), "PHOENIX_WORKING_DIR": str(workspace / "phoenix"), "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": "6006", "PHOENIX_GRPC_PORT": "4317", "PHOENIX_TELEMETRY_ENABLED": "false", "PYTHONUNBUFFERED": "1"})
    process.wait_for("startup complete", 120)
    yield "http://127.0.0.1:6006"
    process.kill()


def test_spans_are_read_back_as_agent_model_and_tool(phoenix, proxy, upstream, run):
    relay = proxy(upstream(Answering(*conversations.chat_answers())))
    for request in conversations.chat_turns():
        relay.fetch(request)
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    code, lines, error = run("export", "weather-chat", "--as", "otlp", "--sqlite", relay.store.path)
    assert code == 0, error
    for line in lines.splitlines():
        ask(phoenix + "/v1/traces", as_protobuf(line).SerializeToString(), "application/x-protobuf")

    def all_there():
        spans = json.loads(ask(phoenix + "/v1/projects/default/spans?limit=100"))["data"]
        return spans if len(spans) == len(lines.splitlines()) else None
    spans = wait_until(all_there, 60, "the spans in Phoenix", every=0.5)
    assert sorted(one["span_kind"] for one in spans) == ["AGENT", "LLM", "LLM", "TOOL"]
    agent, = [one for one in spans if one["span_kind"] == "AGENT"]
    assert {one["parent_id"] for one in spans} == {None, agent["context"]["span_id"]}
    second = max((one for one in spans if one["span_kind"] == "LLM"), key=lambda one: one["start_time"])["attributes"]
    assert second["llm.model_name"] == "gpt-4o" and second["session.id"] == "weather-chat"
    assert (second["llm.token_count.prompt"], second["llm.token_count.completion"]) == (70, 3)
    assert second["llm.input_messages.0.message.content"] == "Be brief."
    assert second["llm.input_messages.2.message.tool_calls.0.tool_call.function.name"] == "weather"
    assert second["llm.input_messages.3.message.content"] == "rain"
    tool, = [one for one in spans if one["span_kind"] == "TOOL"]
    assert tool["attributes"]["tool.name"] == "weather"
