"""Every kind of block that Anthropic's servers put into answers, there and back through the Python SDK: one node."""
import anthropic
import pytest

from harness import messages
from harness.wire import Answering, chunk

TEXT = {"type": "text", "text": "hello \u20ac \U0001f600", "citations": None}
DIRECT = {"type": "direct"}


def used(name, given, id_="srvtoolu_1", **more):
    return {"type": "server_tool_use", "id": id_, "name": name, "input": given, **more}


def result(kind, content, id_="srvtoolu_1", **more):
    return {"type": kind, "tool_use_id": id_, "content": content, **more}


ANSWERS = {
    "web search": [
        used("web_search", {"query": "x"}, caller=DIRECT),
        result("web_search_tool_result", [{"type": "web_search_result", "url": "https://x", "title": "t",
                                           "encrypted_content": "E", "page_age": None}], caller=DIRECT),
        {"type": "text", "text": "Found", "citations": [
            {"type": "web_search_result_location", "url": "https://x", "title": None, "cited_text": "c",
             "encrypted_index": "I"}]}],
    "web search that failed": [
        used("web_search", {"query": "x"}),
        result("web_search_tool_result", {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"})],
    "web fetch": [
        used("web_fetch", {"url": "https://x"}),
        result("web_fetch_tool_result", {
            "type": "web_fetch_result", "url": "https://x", "retrieved_at": None, "content": {
                "type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "d"}, "title": None,
                "citations": {"enabled": True}}}),
        {"type": "text", "text": "It", "citations": [
            {"type": "char_location", "document_index": 0, "document_title": None, "start_char_index": 0,
             "end_char_index": 1, "cited_text": "d", "file_id": None}]}],
    "code execution": [
        used("bash_code_execution", {"command": "ls"}),
        result("bash_code_execution_tool_result", {
            "type": "bash_code_execution_result", "stdout": "a", "stderr": "", "return_code": 0,
            "content": [{"type": "bash_code_execution_output", "file_id": "f"}]}),
        {"type": "container_upload", "file_id": "f"}],
    "tool search": [
        used("tool_search_tool_regex", {"pattern": "x"}),
        result("tool_search_tool_result", {"type": "tool_search_tool_search_result", "tool_references": [
            {"type": "tool_reference", "tool_name": "a"}]})],
    "mcp": [
        {"type": "mcp_tool_listing", "mcp_server_name": "s", "tools": [
            {"name": "a", "description": None, "input_schema": {"type": "object", "default": None}}]},
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "a", "server_name": "s", "input": {"a": [1, 2.50]}},
        result("mcp_tool_result", [{"type": "text", "text": "r", "citations": None}], "mcptoolu_1", is_error=False)],
    "compaction": [{"type": "compaction", "content": "S", "encrypted_content": "E"}],
    "fallback": [
        {"type": "text", "text": "a"},
        {"type": "fallback", "from": {"model": "claude-haiku-4-5"}, "to": {"model": messages.DATED},
         "trigger": {"type": "refusal", "category": None}}],
}


def events_of(content):
    """As messages.stream_events, with the delta of a compaction; the model that begins is another one."""
    yield messages.event("message_start", message={
        **messages.message([], None), "model": "other" if content[1]["type"] == "fallback" else messages.DATED})
    for index, block in enumerate(content):
        if block["type"] != "compaction":
            yield from messages.block_events(index, block)
            continue
        yield messages.event("content_block_start", index=index, content_block={"type": "compaction", "content": None})
        yield messages.event("content_block_delta", index=index, delta={**block, "type": "compaction_delta"})
        yield messages.event("content_block_stop", index=index)
    yield messages.event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None},
                         usage={"output_tokens": 4})
    yield messages.event("message_stop")


@pytest.mark.parametrize("given_back", ["as objects", "as dictionaries with every null"])
@pytest.mark.parametrize("case", ANSWERS)
def test_streamed_at_once_and_given_back_is_one_node(proxy, upstream, case, given_back):
    content = ANSWERS[case] + [TEXT]
    stream = messages.SSE_HEAD + b"".join(map(chunk, events_of(content))) + b"0\r\n\r\n"
    relay = proxy(upstream(Answering(stream, messages.one_shot(content), messages.one_shot("done"))),
                  provider="anthropic")
    asked = {"model": messages.MODEL, "max_tokens": 9}
    said = [{"role": "user", "content": "hi"}]
    with anthropic.Anthropic(base_url=relay.url, api_key="sk-ant-e2e-python-1234567890", max_retries=0) as sdk:
        with sdk.beta.messages.stream(**asked, messages=said) as events:
            answers = [events.get_final_message()]
        answers.append(sdk.beta.messages.create(**asked, messages=said))
        for answer in answers:
            blocks = answer.content if given_back == "as objects" else [
                block.model_dump(by_alias=True) for block in answer.content]
            sdk.beta.messages.create(**asked, messages=said + [{"role": "assistant", "content": blocks},
                                                               {"role": "user", "content": "and?"}])
    rows = relay.store.wait_exchanges(4)
    assert {row["response_model"] for row in rows} == {messages.DATED}
    assert rows[0]["head_hash"] == rows[1]["head_hash"]
    assert rows[2]["head_hash"] == rows[3]["head_hash"]
    assert relay.store.chain(rows[2]["head_hash"])[1]["hash"] == rows[0]["head_hash"]
    assert len(relay.store.nodes()) == 4
