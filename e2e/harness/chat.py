"""Chat Completions as bytes: requests, one-shot answers and streams."""
import json


def dumps(value) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def request_body(*texts: str, model: str = "gpt-4o", stream: bool = False, messages=None, **more) -> bytes:
    """`texts` alternate user, assistant, user, ..."""
    if messages is None:
        messages = [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]
    body = {"model": model, "messages": messages, **more}
    if stream:
        body["stream"] = True
    return dumps(body)


def post(body: bytes, path: bytes = b"/v1/chat/completions", host: bytes = b"proxy.test", fields: bytes = b"",
         content_type: bytes = b"application/json") -> bytes:
    """A whole request; `fields` are further raw field lines, each with its CRLF."""
    return (b"POST " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\nContent-Type: " + content_type + b"\r\n" +
            fields + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def turn(*texts: str, fields: bytes = b"", path: bytes = b"/v1/chat/completions", **more) -> bytes:
    return post(request_body(*texts, **more), fields=fields, path=path)


def completion(text="Hello.", model: str = "gpt-4o", message=None, finish: str = "stop", choices=None,
               usage=(5, 3)) -> bytes:
    if choices is None:
        if message is None:
            message = {"role": "assistant", "content": text, "refusal": None}
        choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}]
    return dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": model, "choices": choices,
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}})


def answer(body: bytes, status: bytes = b"200 OK", fields: bytes = b"",
           content_type: bytes = b"application/json") -> bytes:
    return (b"HTTP/1.1 " + status + b"\r\nContent-Type: " + content_type + b"\r\n" + fields +
            b"Content-Length: %d\r\n\r\n" % len(body) + body)


def event(value) -> bytes:
    return b"data: " + dumps(value) + b"\n\n"


def delta(part=None, finish=None, model: str = "gpt-4o", index: int = 0, **more) -> bytes:
    choice = {"index": index, "delta": {} if part is None else part, "logprobs": None, "finish_reason": finish}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": model,
                  "choices": [choice], **more})


def stream_events(*pieces: str, model: str = "gpt-4o", finish: str = "stop", usage=None) -> list[bytes]:
    """Role, each piece, the terminal event, usage if any, [DONE]."""
    events = [delta({"role": "assistant", "content": "", "refusal": None}, model=model)]
    events += [delta({"content": piece}, model=model) for piece in pieces]
    events.append(delta(finish=finish, model=model))
    if usage is not None:
        events.append(event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000,
                             "model": model, "choices": [],
                             "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1],
                                       "total_tokens": sum(usage)}}))
    events.append(b"data: [DONE]\n\n")
    return events


SSE_HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n")
