"""Anthropic Messages as bytes: requests, one-shot answers and streams (the documented sequence of events)."""
import json

from .chat import SSE_HEAD, answer, dumps, post
from .wire import chunk

MODEL = "claude-haiku-4-5"
DATED = "claude-haiku-4-5-20251001"
USAGE = {"input_tokens": 9, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 300, "output_tokens": 4}
# How a block stands in its content_block_start, and the delta that brings each of its parts.
DELTAS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking"),
          "signature": ("signature_delta", "signature")}


def turn(messages, stream: bool = False, fields: bytes = b"", path: bytes = b"/v1/messages", **more) -> bytes:
    body = {"model": MODEL, "max_tokens": 1000, "messages": messages, **more}
    if stream:
        body["stream"] = True
    return post(dumps(body), path=path, fields=b"anthropic-version: 2023-06-01\r\n" + fields)


def message(content, reason: str = "end_turn", **more):
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": DATED, "content": content,
            "stop_reason": reason, "stop_sequence": None, "usage": USAGE, **more}


def one_shot(content, reason: str = "end_turn", **more) -> bytes:
    return answer(dumps(message(content, reason, **more)))


def event(kind: str, **members) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + dumps({"type": kind, **members}) + b"\n\n"


def block_events(index: int, block, size: int = 4):
    start = {key: ("" if key in DELTAS else {} if key == "input" else [] if key == "citations" else value)
             for key, value in block.items()}
    yield event("content_block_start", index=index, content_block=start)
    if index == 0:
        yield event("ping")
    for citation in block.get("citations") or []:
        yield event("content_block_delta", index=index, delta={"type": "citations_delta", "citation": citation})
    for key, (kind, member) in DELTAS.items():
        text = block.get(key, "")
        step = len(text) if key == "signature" else size
        for at in range(0, len(text), step or 1):
            yield event("content_block_delta", index=index, delta={"type": kind, member: text[at:at + step]})
    if "input" in block:
        text = json.dumps(block["input"]) if block["input"] else ""
        for part in [""] + [text[at:at + size] for at in range(0, len(text), size)]:
            yield event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": part})
    yield event("content_block_stop", index=index)


def stream_events(content, reason: str = "end_turn"):
    whole = message(content, reason)
    yield event("message_start", message={**whole, "content": [], "stop_reason": None,
                                          "usage": {**USAGE, "output_tokens": 1}})
    for index, block in enumerate(whole["content"]):
        yield from block_events(index, block)
    yield event("message_delta", delta={"stop_reason": reason, "stop_sequence": None},
                usage={"output_tokens": USAGE["output_tokens"]})
    yield event("message_stop")


def streamed(content, reason: str = "end_turn") -> bytes:
    return SSE_HEAD + b"".join(map(chunk, stream_events(content, reason))) + b"0\r\n\r\n"
