"""What the bytes of an answer say, read apart from the code under test: blocks, stop reason and tokens, by API."""
import base64
import json
import struct
import zlib


def aws_message(type_: str, payload, kind="event") -> bytes:
    """One message of an AWS event stream; `kind` is "event" or "exception"."""
    headers = b"".join(bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value for name, value in (
        (b":message-type", kind.encode()), (f":{kind}-type".encode(), type_.encode()), (b":content-type", b"application/json")))
    body = json.dumps(payload).encode()
    made = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    made += struct.pack(">I", zlib.crc32(made)) + headers + body
    return made + struct.pack(">I", zlib.crc32(made))


def aws_events(body: bytes):
    """(type, payload) of each message of an AWS event stream."""
    while body:
        length, headers = struct.unpack(">II", body[:8])
        fields, rest = {}, body[12:12 + headers]
        while rest:
            name, rest = rest[1:1 + rest[0]], rest[1 + rest[0]:]
            assert rest[0] == 7, "a header that is no text"
            size = struct.unpack(">H", rest[1:3])[0]
            fields[name.decode()], rest = rest[3:3 + size].decode(), rest[3 + size:]
        payload = json.loads(body[12 + headers:length - 4])
        yield fields[":event-type"], payload
        body = body[length:]


def events(content_type: str, body: bytes) -> list:
    """The JSON of each event, or of the one answer; of an AWS event stream with the type as the only key."""
    if "amazon.eventstream" in content_type:
        return [json.loads(base64.b64decode(payload["bytes"])) if type_ == "chunk" else {type_: payload}
                for type_, payload in aws_events(body)]
    if "event-stream" in content_type:
        data = [line[5:].strip() for line in body.decode().splitlines() if line.startswith("data:")]
        return [json.loads(one) for one in data if one != "[DONE]"]
    whole = json.loads(body)
    return whole if isinstance(whole, list) else [whole]


class Said:
    """What is gathered of an answer. Blocks are ("text", text), ("thinking", text) or ("tool_use", name, input)."""

    def __init__(self):
        self.open: dict = {}
        self.stop = None
        self.tokens = None

    def add(self, key, kind, text="", name=None):
        block = self.open.setdefault(key, [kind, name, ""])
        block[1] = name or block[1]
        block[2] += text or ""

    @property
    def blocks(self):
        made = [("tool_use", name, json.loads(text or "{}")) if kind == "tool_use" else (kind, text)
                for kind, name, text in self.open.values()]
        return [one for one in made if one[0] == "tool_use" or one[1]]


def of_chat(said: Said, one):
    for choice in one.get("choices", []):
        message = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
        said.add("thinking", "thinking", message.get("reasoning_content") or message.get("reasoning"))
        said.add("text", "text", message.get("content"))
        for place, call in enumerate(message.get("tool_calls") or []):
            function = call["function"]
            said.add(("call", call.get("index", place)), "tool_use", function.get("arguments"), function.get("name"))
        said.stop = choice.get("finish_reason") or said.stop
    said.tokens = (one.get("usage") or {}).get("total_tokens", said.tokens)


def of_responses(said: Said, one):
    one = one.get("response", one) if one.get("type", "response.completed") == "response.completed" else None
    for place, item in enumerate((one or {}).get("output", [])):
        if item["type"] == "reasoning":
            said.add(place, "thinking", "".join(part["text"] for part in item["summary"]))
        elif item["type"] == "function_call":
            said.add(place, "tool_use", item["arguments"], item["name"])
        else:
            said.add(place, "text", "".join(part["text"] for part in item["content"]))
    if one:
        said.stop, said.tokens = one["status"], one["usage"]["total_tokens"]


def of_messages(said: Said, one):
    kinds = {"text": "text", "thinking": "thinking", "tool_use": "tool_use"}
    for place, block in enumerate(one.get("content", [])):
        text = json.dumps(block["input"]) if block["type"] == "tool_use" else block[block["type"]]
        said.add(place, kinds[block["type"]], text, block.get("name"))
    if one["type"] == "content_block_start":
        said.add(one["index"], kinds[one["content_block"]["type"]], "", one["content_block"].get("name"))
    if one["type"] == "content_block_delta":
        delta = one["delta"]
        said.add(one["index"], "", delta.get("text") or delta.get("thinking") or delta.get("partial_json"))
    usage = one.get("usage") or one.get("message", {}).get("usage") or {}
    for key in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
        if usage.get(key) is not None:
            said.open_usage = {**getattr(said, "open_usage", {}), key: usage[key]}
    said.tokens = sum(getattr(said, "open_usage", {}).values())
    said.stop = one.get("stop_reason") or one.get("delta", {}).get("stop_reason") or said.stop


def of_converse(said: Said, one):
    for place, block in enumerate(one.get("output", {}).get("message", {}).get("content", [])):
        if "toolUse" in block:
            said.add(place, "tool_use", json.dumps(block["toolUse"]["input"]), block["toolUse"]["name"])
        elif "reasoningContent" in block:
            said.add(place, "thinking", block["reasoningContent"]["reasoningText"]["text"])
        else:
            said.add(place, "text", block["text"])
    if "contentBlockStart" in one:
        begun = one["contentBlockStart"]
        said.add(begun["contentBlockIndex"], "tool_use", "", begun["start"]["toolUse"]["name"])
    if "contentBlockDelta" in one:
        place, delta = one["contentBlockDelta"]["contentBlockIndex"], one["contentBlockDelta"]["delta"]
        if "toolUse" in delta:
            said.add(place, "tool_use", delta["toolUse"]["input"])
        elif "reasoningContent" in delta:
            said.add(place, "thinking", delta["reasoningContent"].get("text"))
        else:
            said.add(place, "text", delta["text"])
    said.stop = one.get("stopReason") or one.get("messageStop", {}).get("stopReason") or said.stop
    said.tokens = (one.get("usage") or one.get("metadata", {}).get("usage") or {}).get("totalTokens", said.tokens)


def of_gemini(said: Said, one):
    for candidate in one.get("candidates", []):
        for part in candidate.get("content", {}).get("parts", []):
            if "functionCall" in part:
                call = part["functionCall"]
                said.add(("call", call.get("id"), call["name"]), "tool_use", json.dumps(call.get("args", {})), call["name"])
            elif "text" in part:
                said.add("thinking" if part.get("thought") else "text", "thinking" if part.get("thought") else "text", part["text"])
        said.stop = candidate.get("finishReason") or said.stop
    said.tokens = one.get("usageMetadata", {}).get("totalTokenCount", said.tokens)


READERS = {"openai_chat": of_chat, "openai_completions": of_chat, "mistral_fim": of_chat, "openai_responses": of_responses,
           "anthropic_messages": of_messages, "bedrock_converse": of_converse, "gemini": of_gemini}


def read(api: str, content_type: str, body: bytes) -> Said:
    said = Said()
    for one in events(content_type, body):
        READERS[api](said, one)
    return said


def stored(content) -> list:
    """The blocks of a node in the same form."""
    made = []
    for block in content:
        if block["type"] == "tool_use":
            made.append(("tool_use", block["tool_name"], block.get("tool_input", {})))
        else:
            made.append((block["type"], block.get("thinking") or block.get("text") or ""))
    return [one for one in made if one[0] == "tool_use" or one[1]]
