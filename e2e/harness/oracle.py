"""What the bytes on the wire say, read by this file alone: texts, calls and tokens of requests and answers of each API."""
import json
import re


def events_of(raw: bytes) -> list:
    """The JSON of an event stream (SSE), of lines (ndjson), or of one body."""
    text = raw.decode()
    if re.match(r"(event|data|id):", text):
        found = []
        for event in text.replace("\r\n", "\n").split("\n\n"):
            data = "\n".join(line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:"))
            if data and data != "[DONE]":
                found.append(json.loads(data))
        return found
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


class Answer:
    """`text`, `thinking`, `calls` as (name, arguments), their `ids`, and `tokens` in figures that do not overlap."""

    def __init__(self):
        self.text = self.thinking = ""
        self.calls: list[tuple[str, object]] = []
        self.ids: list[str] = []
        self.tokens: dict[str, int] = {}

    def count(self, whole: int, read: int, written: int, output: int, reasoning: int = 0):
        """`whole`: all of the input, the cache's parts among it."""
        self.tokens = {"input": whole - read - written, "cache_read": read, "cache_write": written, "output": output,
                       "reasoning": reasoning}


def chat_answer(raw: bytes) -> Answer:
    made, calls = Answer(), {}
    for one in events_of(raw):
        for choice in one.get("choices", []):
            part = choice.get("delta") or choice.get("message") or {}
            made.text += part.get("content") or ""
            for at, call in enumerate(part.get("tool_calls") or []):
                at, told = call.get("index", at), call["function"]
                name, arguments = calls.get(at, ("", ""))
                made.ids += [call["id"]] if call.get("id") else []
                calls[at] = (name + (told.get("name") or ""), arguments + (told.get("arguments") or ""))
        if usage := one.get("usage"):
            made.count(usage["prompt_tokens"], (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0, 0,
                       usage["completion_tokens"],
                       (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0)
    made.calls = [(name, json.loads(arguments or "{}")) for name, arguments in calls.values()]
    return made


def messages_answer(raw: bytes) -> Answer:
    made, blocks, usage = Answer(), {}, {}
    for one in events_of(raw):
        kind = one["type"]
        if kind in ("message", "message_start"):
            whole = one.get("message", one)
            usage |= whole["usage"]
            blocks |= {at: dict(block) for at, block in enumerate(whole["content"])}
        elif kind == "content_block_start":
            blocks[one["index"]] = {**one["content_block"], "json": ""}
        elif kind == "content_block_delta":
            delta, block = one["delta"], blocks[one["index"]]
            for name, into in (("text", "text"), ("thinking", "thinking"), ("partial_json", "json")):
                if name in delta:
                    block[into] = block.get(into, "") + delta[name]
        elif kind == "message_delta":
            usage |= {name: count for name, count in one.get("usage", {}).items() if count is not None}
    for block in blocks.values():
        if block["type"] == "tool_use":
            made.ids.append(block["id"])
            made.calls.append((block["name"], json.loads(block["json"]) if block.get("json") else block["input"]))
        else:
            made.text += block.get("text", "") if block["type"] == "text" else ""
            made.thinking += block.get("thinking", "")
    read, written = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
    made.count(usage["input_tokens"] + read + written, read, written, usage["output_tokens"])
    return made


def responses_answer(raw: bytes) -> Answer:
    made = Answer()
    events = events_of(raw)
    whole = events[0] if events[0].get("object") == "response" else events[-1]["response"]
    for item in whole["output"]:
        if item["type"] == "function_call":
            made.ids.append(item["call_id"])
            made.calls.append((item["name"], json.loads(item["arguments"])))
        for part in item.get("content") or []:
            made.text += part.get("text", "") if part["type"] == "output_text" else ""
        for part in item.get("summary") or []:
            made.thinking += part["text"]
    usage = whole["usage"]
    details = usage["input_tokens_details"]
    made.count(usage["input_tokens"], details["cached_tokens"], details.get("cache_write_tokens") or 0,
               usage["output_tokens"], usage["output_tokens_details"]["reasoning_tokens"])
    return made


def ollama_answer(raw: bytes) -> Answer:
    made = Answer()
    for one in events_of(raw):
        message = one.get("message", {})
        made.text += message.get("content") or ""
        made.thinking += message.get("thinking") or ""
        made.calls += [(call["function"]["name"], call["function"]["arguments"])
                       for call in message.get("tool_calls") or []]
        if one.get("done"):
            made.count(one["prompt_eval_count"], 0, 0, one["eval_count"])
    return made


ANSWERS = {"/v1/chat/completions": chat_answer, "/v1/messages": messages_answer, "/v1/responses": responses_answer,
           "/api/chat": ollama_answer}


def answer_of(path: str, raw: bytes) -> Answer:
    return ANSWERS[path](raw)


def texts_in(content) -> list[str]:
    """The texts of a message's content, those of tools' results among them."""
    if isinstance(content, str):
        return [content]
    found = []
    for block in content or []:
        if isinstance(block.get("text"), str):
            found.append(block["text"])
        elif block.get("type") == "tool_result":
            found += texts_in(block["content"])
    return found


def history_of(path: str, raw: bytes) -> list[tuple[str, str]]:
    """What a request says, message by message: its role, and a text that tells it from others."""
    body = json.loads(raw)
    made = []
    system = body.get("system") or body.get("instructions")
    if system:
        made.append(("system", "\n".join(texts_in(system))))
    history = body.get("messages", body.get("input"))
    for one in [{"role": "user", "content": history}] if isinstance(history, str) else history:
        if one.get("type") == "function_call":
            made.append(("assistant", one["name"] + one["arguments"]))
        elif one.get("type") == "function_call_output":
            made.append(("tool", one["output"]))
        else:
            calls = [call["function"] for call in one.get("tool_calls") or []]
            calls += [block for block in one["content"] or [] if isinstance(block, dict) and block.get("type") == "tool_use"]
            said = [*texts_in(one["content"]), *(json.dumps([call["name"], call.get("arguments", call.get("input"))])
                                                 for call in calls)]
            made.append((one["role"], "\n".join(said)))
    return made


def texts_of(path: str, raw: bytes) -> list[str]:
    """All texts of a request, those of tools' results among them, in their order."""
    body = json.loads(raw)
    history = body.get("messages", body.get("input"))
    made = texts_in(body.get("system") or body.get("instructions"))
    for one in [{"content": history}] if isinstance(history, str) else history:
        made += texts_in(one.get("content")) + ([one["output"]] if "output" in one else [])
    return made


def words_in(text: str) -> set[str]:
    """Words that a search takes as they are."""
    return {word.lower() for word in re.findall(r"(?<![^\s.,:?!\"])[A-Za-z]{4,}(?![^\s.,:?!\"])", text)}
