"""Conversations that forms of export are tried on: of each API, with calls of tools, images and thinking."""
import base64

from . import chat, messages

PIXEL = base64.b64encode(bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082")).decode()
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CHAT_TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": SCHEMA}}]
CHAT_CALL = {"role": "assistant", "content": None, "tool_calls": [
    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}]}
CHAT_ASKED = [{"role": "system", "content": "Be brief."},
              {"role": "user", "content": [{"type": "text", "text": "Weather?"},
                                           {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}]}]
CHAT_RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "rain"}
CHAT_MORE = {"temperature": 0.5, "max_completion_tokens": 100, "tools": CHAT_TOOLS, "tool_choice": "auto"}

TOOLS = [{"name": "weather", "description": "The weather.", "input_schema": SCHEMA},
         {"type": "web_search_20250305", "name": "web_search"}]
THOUGHT = {"type": "thinking", "thinking": "Which city?", "signature": "c2lnbmVk"}
CALL = [THOUGHT, {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}]
ASKED = [{"role": "user", "content": [
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    {"type": "text", "text": "Weather?"}]}]
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain", "is_error": True},
                                      {"type": "text", "text": "and?"}]}


def chat_answers():
    """A call in one piece, then a text in a stream."""
    return [chat.answer(chat.completion(message={**CHAT_CALL, "refusal": None}, finish="tool_calls", usage=(50, 8))),
            chat.answer(b"".join(chat.stream_events("It ", "rains.", usage=(70, 3))), content_type=b"text/event-stream")]


def chat_turns(session=b"session_id: weather-chat\r\n", **more):
    more = {**CHAT_MORE, **more}
    return [chat.turn(messages=CHAT_ASKED, fields=session, **more),
            chat.turn(messages=[*CHAT_ASKED, CHAT_CALL, CHAT_RESULT], fields=session, stream=True, **more)]


def message_answers():
    return [messages.one_shot(CALL, "tool_use"), messages.one_shot("It rains.")]


def message_turns(session="weather-messages"):
    more = {"system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}], "tools": TOOLS,
            "temperature": 1, "metadata": {"user_id": session}, "thinking": {"type": "enabled", "budget_tokens": 500}}
    return [messages.turn(ASKED, **more),
            messages.turn([*ASKED, {"role": "assistant", "content": CALL}, RESULT], **more)]
