"""A store with something for every view of the page: agents, tools, sub-agents, forks, a compaction, errors, a dropped
exchange, misses of the cache, several APIs, projects and days. The same each time, but for ids and the times of chunks."""
import base64
import dataclasses
import json
import struct
import zlib

from . import chat
from .chat import dumps, post
from .recorder import Conversation, Recorder, call, refusal, streamed, text, thinking, usage

# What the clock of the browser says in tests: a day after the newest session.
NOW = "2026-03-15T12:00:00Z"
NOW_SECONDS = 1_773_576_000

PARSER = "parser-work"
CODE = "codex-work"

CLAUDE = (b"User-Agent: claude-cli/2.1.139 (external, cli)\r\nX-App: cli\r\nanthropic-beta: prompt-caching-2024-07-31\r\n"
          b"x-api-key: sk-ant-api03-00000000000000000000\r\n")
TOOLS = [{"name": name, "description": f"{name}: {does}.", "input_schema": {"type": "object", "properties": {}}}
         for name, does in (("Read", "reads a file"), ("Edit", "changes a file"), ("Bash", "runs a command"),
                            ("Grep", "looks for text"), ("Task", "starts an agent"))]
REMINDER = "<system-reminder>\nThe working directory is clean.\n</system-reminder>\n"
SUMMARY = """The parser kept every line but one:

| input | lines | parsed |
|---|---:|---:|
| `a\\nb\\n` | 2 | 2 |
| `a\\nb` | 2 | **1** |

1. `split` dropped what stands behind the last line feed.
2. A test holds both cases now.

```python
def lines(text):
    return text.split("\\n") if text else []
```

See [the specification](https://example.org/lines) for the rest."""
ASKED = "Fix the parser: it loses the last line."
SUB_PROMPT = "Read tests/test_parser.py and say which cases are missing."


def png(width=160, height=90) -> str:
    """A small picture, in base64."""
    rows = b"".join(b"\0" + bytes((40 + x // 2, 90 + y, 160)[i] for x in range(width) for i in range(3))
                    for y in range(height))

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                            part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")).decode()


@dataclasses.dataclass
class PageStore:
    """Where the store is, and names in it that tests ask for."""
    path: object
    exchanges: int
    parser: str = PARSER
    codex: str = CODE


def parser_session(recorder):
    """Claude Code: tools, thinking, an image, a sub-agent, errors, a retry, an edit, misses of the cache."""
    system = [text("You are Claude Code."), {**text("Be brief. " + "Say what was done, and what was not. " * 4), "cache_control": {"type": "ephemeral"}}]
    one = Conversation(recorder, PARSER, CLAUDE, tools=TOOLS, system=system, max_tokens=32000)
    one.ask([text(REMINDER), text(ASKED)],
            [thinking("The last line has no line feed. I look at the splitting first."),
             text("I read the parser first."), call("Read", {"file_path": "src/parser.py"}, "toolu_read_1")],
            "tool_use", usage(0, 4200))
    one.result("toolu_read_1", "     1\tdef lines(text):\n     2\t    return text.split(\"\\n\")[:-1]\n",
               [call("Edit", {"file_path": "src/parser.py", "old_string": "    return text.split(\"\\n\")[:-1]",
                              "new_string": "    return text.split(\"\\n\") if text else []"}, "toolu_edit_1")],
               "tool_use", usage(4200, 150))
    one.result("toolu_edit_1", "The file src/parser.py has been updated.",
               [call("Bash", {"command": "python -m pytest -q tests", "description": "Run the tests"}, "toolu_bash_1"),
                call("Grep", {"pattern": "lines\\(", "path": "src"}, "toolu_grep_1")], "tool_use", usage(4350, 180))
    one.history.append({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_bash_1", "is_error": True,
         "content": "F.\n1 failed, 1 passed in 0.04s\n\x1b[31mE  assert ['a', 'b'] == ['a']\x1b[0m"},
        {"type": "tool_result", "tool_use_id": "toolu_grep_1", "content": "src/parser.py:1:def lines(text):"}]})
    # The provider is overloaded once; the client asks the same again.
    recorder.ask(one.request(), refusal(b"529 Overloaded", {"type": "error", "error": {
        "type": "overloaded_error", "message": "Overloaded"}}))
    asks = [call("Task", {"description": "Look for missing cases", "prompt": SUB_PROMPT, "subagent_type": "general"},
                 "toolu_task_1")]
    recorder.ask(one.request(), streamed(asks, "tool_use", usage(4530, 260)))
    one.history.append({"role": "assistant", "content": asks})
    sub = Conversation(recorder, PARSER, CLAUDE + b"x-claude-code-agent-id: agent-7\r\n", model="claude-haiku-4-5",
                       tools=TOOLS[:2], system=[text("You are an agent of Claude Code.")])
    sub.ask(SUB_PROMPT, [call("Read", {"file_path": "tests/test_parser.py"}, "toolu_sub_1")], "tool_use", usage(0, 900))
    sub.result("toolu_sub_1", "def test_lines(): ...", "The case without a final line feed is missing.",
               figures=usage(900, 60))
    # A tool's description changed: nothing is read from the cache.
    one.tools = [*TOOLS[:2], {**TOOLS[2], "description": "Bash: runs a command in the sandbox."}, *TOOLS[3:]]
    one.result("toolu_task_1", "The case without a final line feed is missing.", SUMMARY, figures=usage(0, 5100, output=210))
    one.ask([text("Does the picture show it?"),
             {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}}],
            "It shows a gradient, and no parser.", figures=usage(5100, 700))
    kept = list(one.history)
    one.ask("Now write the change log.", "- parser: keeps the last line", figures=usage(5800, 90))
    one.history = list(kept)
    one.ask("Now write the change log, in one sentence.", "The parser keeps the last line.", figures=usage(5800, 95))
    # A stream that breaks off, and a refusal.
    one.history.append({"role": "user", "content": "Push it to the main branch."})
    recorder.ask(one.request(), streamed([text("I begin to")], end=False), cut=True)
    recorder.ask(one.request(), streamed([text("I can not push for you.")], "refusal", usage(5890, 30)))
    # The conversation goes on from a summary of it.
    later = Conversation(recorder, PARSER, CLAUDE, tools=TOOLS, system=system, max_tokens=32000)
    later.ask("This session is being continued from a previous conversation that ran out of context. The parser was mended.\n\n"
              "Please continue.", "The change is committed.", figures=usage(0, 2600))
    later.ask("Is anything left to do?", "Nothing is left.", figures=usage(2600, 40))


def codex_session(recorder):
    """Codex: the Responses API, a shell and a patch."""
    fields = (b"session_id: " + CODE.encode() + b"\r\noriginator: codex_cli_rs\r\n"
              b"User-Agent: codex_cli_rs/0.171.0 (Debian 12; x86_64)\r\nAuthorization: Bearer sk-0000000000000000000000\r\n")
    patch = "*** Begin Patch\n*** Update File: app.go\n@@\n-\treturn nil\n+\treturn err\n*** End Patch"
    asked = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Return the error in app.go"}]}]

    def answer(items, number, cached):
        body = {"id": f"resp_{number}", "object": "response", "created_at": 1_773_000_000, "status": "completed",
                "model": "gpt-5-codex", "output": items, "usage": {
                    "input_tokens": 3000 + 200 * number, "input_tokens_details": {"cached_tokens": cached},
                    "output_tokens": 90, "output_tokens_details": {"reasoning_tokens": 40},
                    "total_tokens": 3090 + 200 * number}}
        request = {"model": "gpt-5-codex", "instructions": "You are Codex.", "input": list(asked), "stream": False,
                   "reasoning": {"effort": "high"}, "store": False}
        recorder.ask(post(dumps(request), path=b"/agents/codex/providers/openai/responses", fields=fields),
                     chat.answer(dumps(body)))
        asked.extend(items)
    answer([{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Find where nil is returned."}]},
            {"type": "function_call", "id": "fc_1", "call_id": "call_shell_01", "name": "shell", "status": "completed",
             "arguments": json.dumps({"command": ["bash", "-lc", "grep -n nil app.go"]})}], 1, 0)
    asked.append({"type": "function_call_output", "call_id": "call_shell_01", "output": "12:\treturn nil\n"})
    answer([{"type": "function_call", "id": "fc_2", "call_id": "call_patch_01", "name": "apply_patch", "status": "completed",
             "arguments": json.dumps({"input": patch})}], 2, 2944)
    asked.append({"type": "function_call_output", "call_id": "call_patch_01", "output": "Done!"})
    answer([{"type": "message", "id": "msg_3", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "The error is returned now.", "annotations": []}]}], 3, 3072)


def small_sessions(recorder):
    """Chat Completions and Ollama: a few questions on several days."""
    for number, (model, question, answer) in enumerate((
            ("gpt-4o", "What is the capital of Portugal?", "Lisbon."),
            ("gpt-4o-mini", "Übersetze „Guten Morgen“ ins Japanische.", "おはようございます。"),
            ("gpt-4o", "Sum up the report in three points.", "- costs fell\n- sales rose\n- nobody left"),
            ("grok-3-mini", "Write a haiku about logs.", "Lines upon lines fall,\nno one reads them until night:\nthe answer was there."))):
        recorder.ask(chat.turn(question, model=model, fields=b"session_id: question-%d\r\nX-Tapes-Agent-Name: librarian\r\n" % number),
                     chat.answer(chat.completion(answer, model=model, usage=(40 + number, 12))))
    lines = [{"model": "llama3.2", "created_at": "2026-03-01T00:00:00Z", "message": {"role": "assistant", "content": part},
              "done": False} for part in ("A ledger ", "is a book ", "of accounts.")]
    lines.append({"model": "llama3.2", "created_at": "2026-03-01T00:00:00Z", "message": {"role": "assistant", "content": ""},
                  "done": True, "done_reason": "stop", "prompt_eval_count": 30, "eval_count": 8, "total_duration": 900_000_000,
                  "prompt_eval_duration": 100_000_000, "eval_duration": 700_000_000})
    body = b"".join(dumps(line) + b"\n" for line in lines)
    recorder.ask(post(dumps({"model": "llama3.2", "messages": [{"role": "user", "content": "What is a ledger?"}]}),
                      path=b"/api/chat"), chat.answer(body, content_type=b"application/x-ndjson"))
    recorder.ask(chat.turn("Is anybody there?", fields=b"session_id: question-9\r\n"),
                 refusal(b"401 Unauthorized", {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error"}}))


def times(count, first_small):
    """Times of exchange n: the small ones a day apart, then the agents' one after the other on the newest day."""
    small = [(NOW_SECONDS - 86_400 * (9 - n), 0.4, 1.5 + n) for n in range(first_small)]
    agents = [(NOW_SECONDS - 86_400 + 40 * n, 0.9 + 0.1 * (n % 4), 4.0 + n % 7) for n in range(count - first_small)]
    return [(begin, begin + first, begin + end) for begin, first, end in small + agents]


def make_page_store(binary, directory) -> PageStore:
    recorder = Recorder(binary, directory)
    recorder.project("ledger")
    small_sessions(recorder)
    small = recorder.count
    recorder.project("shop")
    parser_session(recorder)
    codex_session(recorder)
    recorder.finish()
    recorder.set_times(times(recorder.count, small))
    return PageStore(recorder.path, recorder.count)
