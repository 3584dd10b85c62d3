"""Sessions of the APIs that page_store.py has nothing of: Gemini, Bedrock's Converse, Responses in the background, Completions."""
import json

from . import chat
from .chat import dumps, post
from .page_store import png
from .recorder import Recorder

GEMINI, CONVERSE, BACKGROUND, COMPLETION = "gemini-work", "converse-work", "background-work", "completion-work"
CLAUDE_ON_BEDROCK = "us.anthropic.claude-sonnet-4-20250514-v1:0"


def named(session):
    return b"session_id: " + session.encode() + b"\r\n"


def gemini_session(recorder):
    """A thought, a call, its result, and a question about a picture."""
    contents = [{"role": "user", "parts": [{"text": "Which tests fail?"}]}]

    def ask(parts, prompt):
        answer = {"candidates": [{"content": {"role": "model", "parts": parts}, "index": 0, "finishReason": "STOP"}],
                  "modelVersion": "gemini-3-pro-001", "responseId": "r-1",
                  "usageMetadata": {"promptTokenCount": prompt, "candidatesTokenCount": 30, "thoughtsTokenCount": 20,
                                    "totalTokenCount": prompt + 50, "cachedContentTokenCount": prompt // 2}}
        body = {"contents": list(contents), "systemInstruction": {"parts": [{"text": "You look after tests."}]},
                "tools": [{"functionDeclarations": [{"name": "run_shell_command", "description": "Runs a command."}]}]}
        recorder.ask(post(dumps(body), path=b"/v1beta/models/gemini-3-pro-preview:generateContent", fields=named(GEMINI)),
                     chat.answer(dumps(answer)))
        contents.append({"role": "model", "parts": parts})
    ask([{"text": "**Looking**\n\nI run them all first.", "thought": True},
         {"functionCall": {"name": "run_shell_command", "args": {"command": "ctest --output-on-failure"}}}], 1200)
    contents.append({"role": "user", "parts": [{"functionResponse": {
        "name": "run_shell_command", "response": {"output": "1 test failed: parser"}}}]})
    ask([{"text": "Only `parser` fails."}], 1400)
    contents.append({"role": "user", "parts": [{"text": "Is it in this picture?"},
                                               {"inlineData": {"mimeType": "image/png", "data": png()}}]})
    ask([{"text": "The picture has no test in it."}], 1900)


def converse_session(recorder):
    """A call and its result, which is JSON."""
    messages = [{"role": "user", "content": [{"text": "What is 2 and 2?"}]}]

    def ask(content, reason):
        answer = {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": reason,
                  "usage": {"inputTokens": 300, "outputTokens": 20, "totalTokens": 320}, "metrics": {"latencyMs": 400}}
        body = {"messages": list(messages), "system": [{"text": "You compute."}], "inferenceConfig": {"maxTokens": 500},
                "toolConfig": {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]}}
        recorder.ask(post(dumps(body), path=f"/model/{CLAUDE_ON_BEDROCK}/converse".encode(), fields=named(CONVERSE)),
                     chat.answer(dumps(answer)))
        messages.append({"role": "assistant", "content": content})
    ask([{"reasoningContent": {"reasoningText": {"text": "A sum is asked for.", "signature": "c2ln"}}},
         {"toolUse": {"toolUseId": "tooluse_add_0001", "name": "add", "input": {"a": 2, "b": 2}}}], "tool_use")
    messages.append({"role": "user", "content": [{"toolResult": {
        "toolUseId": "tooluse_add_0001", "status": "success", "content": [{"json": {"sum": 4}}]}}]})
    ask([{"text": "It is four."}], "end_turn")


def background_session(recorder):
    """A question whose answer was fetched, and one whose answer nobody has fetched yet."""
    def response(number, status, output, usage=None):
        return chat.answer(dumps({"id": f"resp_background_{number}", "object": "response", "created_at": 1_773_000_000,
                                  "status": status, "background": True, "error": None, "incomplete_details": None,
                                  "model": "gpt-5", "output": output, "usage": usage}))

    def ask(number, text):
        body = {"model": "gpt-5", "input": text, "background": True, "store": True}
        recorder.ask(post(dumps(body), path=b"/v1/responses", fields=named(BACKGROUND)), response(number, "queued", []))

    def fetch(number, answer):
        recorder.ask(f"GET /v1/responses/resp_background_{number} HTTP/1.1\r\nHost: proxy.test\r\n".encode() +
                     named(BACKGROUND) + b"Content-Length: 0\r\n\r\n", answer)
    ask(1, "Write the long report.")
    fetch(1, response(1, "in_progress", []))
    fetch(1, response(1, "completed", [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [
        {"type": "output_text", "text": "The long report is written.", "annotations": []}]}],
        {"input_tokens": 50, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 900,
         "output_tokens_details": {"reasoning_tokens": 600}, "total_tokens": 950}))
    ask(2, "Write a longer one.")


def completion_session(recorder):
    body = {"model": "gpt-3.5-turbo-instruct", "prompt": "Once upon a time", "max_tokens": 20}
    answer = {"id": "cmpl-1", "object": "text_completion", "created": 1_773_000_000, "model": body["model"],
              "choices": [{"text": " there was a parser.", "index": 0, "logprobs": None, "finish_reason": "length"}],
              "usage": {"prompt_tokens": 4, "completion_tokens": 20, "total_tokens": 24}}
    recorder.ask(post(dumps(body), path=b"/v1/completions", fields=named(COMPLETION)), chat.answer(json.dumps(answer).encode()))


def make_store_of_other_apis(binary, directory) -> Recorder:
    recorder = Recorder(binary, directory)
    recorder.project("shop")
    gemini_session(recorder)
    converse_session(recorder)
    background_session(recorder)
    completion_session(recorder)
    recorder.finish()
    return recorder
