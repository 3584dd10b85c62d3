"""OpenAI's lines for fine-tuning: held against OpenAI's published rules and its cookbook's checks."""
import json
import re

import pytest

from harness import chat, conversations
from harness.api import wait_catalogue
from harness.wire import Answering


def check_example(example):
    """developers.openai.com/api/docs/guides/supervised-fine-tuning and, in the cookbook, "Data preparation and analysis for
    chat model fine-tuning": the format errors that it counts, and the rules for tools."""
    assert isinstance(example, dict) and set(example) <= {"messages", "tools", "parallel_tool_calls", "functions"}
    messages = example["messages"]
    assert messages and messages[-1]["role"] == "assistant"
    open_calls = set()
    trained = 0
    for message in messages:
        role = message["role"]
        assert role in ("system", "user", "assistant", "tool")
        assert set(message) <= {"role", "content", "name", "function_call", "weight", "tool_calls", "tool_call_id"}, message
        content = message.get("content")
        if role == "tool":
            assert message["tool_call_id"] in open_calls and isinstance(content, str)
            open_calls.discard(message["tool_call_id"])
            continue
        assert not open_calls, "each call is answered before anything else is said"
        if role == "assistant":
            assert message.get("weight", 1) in (0, 1)
            trained += message.get("weight", 1)
            assert isinstance(content, str) or (content is None and message.get("tool_calls"))
            for call in message.get("tool_calls", []):
                assert call["type"] == "function" and isinstance(json.loads(call["function"]["arguments"]), dict)
                assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", call["function"]["name"])
                open_calls.add(call["id"])
        else:
            assert "weight" not in message and "tool_calls" not in message
            if isinstance(content, list):
                assert role == "user" and len(content) <= 64
                for part in content:
                    assert part["type"] in ("text", "image_url")
                    if part["type"] == "image_url":
                        assert re.match(r"https://|data:image/(png|jpeg|webp);base64,", part["image_url"]["url"])
            else:
                assert isinstance(content, str) and content
    assert trained > 0
    for tool in example.get("tools", []):
        assert tool["type"] == "function" and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool["function"]["name"])
        assert tool["function"]["parameters"]["type"] == "object"
    return messages


@pytest.fixture
def export(run):
    def go(relay, name, *more, code=0):
        done, out, err = run("export", name, "--as", "openai-finetune", "--sqlite", relay.store.path, *more)
        assert done == code, err
        return [json.loads(line) for line in out.splitlines()], err
    return go


def test_a_conversation_is_one_example(proxy, upstream, export):
    relay = proxy(upstream(Answering(*conversations.chat_answers())))
    for request in conversations.chat_turns(parallel_tool_calls=False):
        relay.fetch(request)
    rows = relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    (example,), err = export(relay, "weather-chat")
    messages = check_example(example)
    assert [one["role"] for one in messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert messages[1]["content"] == conversations.CHAT_ASKED[1]["content"]
    assert messages[2]["tool_calls"] == conversations.CHAT_CALL["tool_calls"] and messages[4]["content"] == "It rains."
    assert example["tools"][0]["function"]["name"] == "weather" and example["parallel_tool_calls"] is False
    assert "left out" not in err
    (short,), _ = export(relay, rows[0]["head_hash"])
    assert check_example(short)[-1]["tool_calls"]


def test_what_leaves_share_is_trained_once(proxy, upstream, export):
    relay = proxy(upstream(Answering(*[chat.answer(chat.completion(text)) for text in ("A", "B", "C", "D")])))
    session = b"session_id: forked\r\n"
    for texts in (("one",), ("one", "A", "two"), ("one", "A", "three"), ("one", "A", "three", "C", "four")):
        relay.fetch(chat.turn(*texts, fields=session))
    relay.store.wait_exchanges(4)
    wait_catalogue(relay, 4)
    examples, _ = export(relay, "forked")
    assert len(examples) == 2
    trained = [message["content"] for example in examples for message in check_example(example)
               if message["role"] == "assistant" and message.get("weight", 1) == 1]
    assert sorted(trained) == ["A", "B", "C", "D"]


def test_what_other_providers_said_is_brought_into_the_form_and_the_rest_is_counted(proxy, upstream, export):
    relay = proxy(upstream(Answering(*conversations.message_answers())), provider="anthropic")
    for request in conversations.message_turns():
        relay.fetch(request)
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    (example,), err = export(relay, "weather-messages")
    messages = check_example(example)
    assert [one["role"] for one in messages] == ["system", "user", "assistant", "tool", "user", "assistant"]
    assert messages[2]["content"] == "Let me see." and messages[3]["content"] == "rain"
    assert [tool["function"]["name"] for tool in example["tools"]] == ["weather"]
    for thing in ("thinking: 1", "marks of failed calls: 1", "tool web_search_20250305 of the provider: 1"):
        assert thing in err, err


def test_calls_without_results_and_what_follows_the_last_answer_are_left_out(proxy, upstream, export):
    call = {**conversations.CHAT_CALL, "tool_calls": [
        *conversations.CHAT_CALL["tool_calls"],
        {"id": "call_2", "type": "function", "function": {"name": "strange name!", "arguments": "{}"}}]}
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")), chat.answer(b"{}", status=b"500 No"))))
    messages = [*conversations.CHAT_ASKED, call, conversations.CHAT_RESULT, {"role": "user", "content": "go on"}]
    relay.fetch(chat.turn(messages=messages, fields=b"session_id: cut\r\n"))
    relay.store.wait_exchanges(1)
    wait_catalogue(relay, 1)
    (example,), err = export(relay, "cut")
    said = check_example(example)
    assert [one["id"] for one in said[2]["tool_calls"]] == ["call_1"] and "calls without a result: 1" in err


def test_secrets_are_taken_out_and_nothing_to_train_is_a_refusal(proxy, upstream, export):
    relay = proxy(upstream(Answering(chat.answer(chat.completion('password = "hunt' 'er2!"')))))
    relay.fetch(chat.turn("hi", fields=b"session_id: s\r\n"))
    row, = relay.store.wait_exchanges(1)
    wait_catalogue(relay, 1)
    (example,), err = export(relay, "s")
    assert "redacted: assigned-secret" in check_example(example)[-1]["content"] and "taken out" in err
    root = relay.store.chain(row["head_hash"])[0]["hash"]
    _, err = export(relay, root, code=1)
    assert "no answer to train on" in err
