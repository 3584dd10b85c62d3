"""docs/testing-agents.md, done as it is printed: files and commands come from the document."""
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs/testing-agents.md").read_text()
# A file is introduced by its name in a line that ends with a colon.
FILES = {name: text for name, text in re.findall(r"^`([\w.]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", TEXT, re.M | re.S)}
COMMANDS = re.findall(r"^(tapes run .*)$", TEXT, re.M)


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers as a model does that calls its tool once."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        city = "Lyon" if "Lyon" in json.dumps(asked) else "Paris"
        done = "degrees" in json.dumps(asked["messages"])
        if self.path.endswith("/messages"):
            kind, body = self.messages(asked, done, city)
        else:
            kind, body = "application/json", json.dumps(self.completion(done, city))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def completion(self, done, city):
        call = {"id": f"call_{self.server.asked}", "type": "function",
                "function": {"name": "get_weather", "arguments": json.dumps({"city": city})}}
        message = {"role": "assistant", "content": f"It is 18 degrees in {city}." if done else None}
        if not done:
            message["tool_calls"] = [call]
        return {"id": f"chatcmpl-{self.server.asked}", "object": "chat.completion", "created": 1700000000, "model": "gpt-4o",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop" if done else "tool_calls"}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}}

    def messages(self, asked, done, city):
        block = {"type": "text", "text": ""} if done else {"type": "tool_use", "id": f"toolu_{self.server.asked}",
                                                            "name": "get_weather", "input": {}}
        delta = ({"type": "text_delta", "text": f"It is 18 degrees in {city}."} if done else
                 {"type": "input_json_delta", "partial_json": json.dumps({"city": city})})
        message = {"id": f"msg_{self.server.asked}", "type": "message", "role": "assistant", "model": asked["model"],
                   "content": [], "stop_reason": None, "stop_sequence": None,
                   "usage": {"input_tokens": 9, "output_tokens": 1}}
        events = [{"type": "message_start", "message": message},
                  {"type": "content_block_start", "index": 0, "content_block": block},
                  {"type": "content_block_delta", "index": 0, "delta": delta},
                  {"type": "content_block_stop", "index": 0},
                  {"type": "message_delta", "delta": {"stop_reason": "end_turn" if done else "tool_use",
                                                      "stop_sequence": None}, "usage": {"output_tokens": 5}},
                  {"type": "message_stop"}]
        return "text/event-stream", "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)


@pytest.fixture
def provider():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.asked = 0
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


class Desk:
    """A directory with files of the document, in which its commands run."""

    def __init__(self, binary, directory, *names):
        self.directory = directory
        programs = directory / "bin"
        programs.mkdir()
        (programs / "tapes").symlink_to(binary)
        (programs / "python").symlink_to(sys.executable)
        self.home = directory / "home"
        self.home.mkdir()
        self.path = os.pathsep.join([str(programs), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
        for name in names:
            (directory / name).write_text(FILES[name])

    def run(self, command, provider=None):
        """(exit code, all output); without a provider there is no key, and no upstream that could answer."""
        environment = {"PATH": self.path, "HOME": str(self.home), "PYTHONPATH": ""}
        if sys.prefix != sys.base_prefix:
            environment["VIRTUAL_ENV"] = sys.prefix
            environment["PYTHONPATH"] = next(p for p in sys.path if p.endswith("site-packages"))
        if provider is not None:
            url = f"http://127.0.0.1:{provider.server_address[1]}"
            environment |= {"OPENAI_BASE_URL": url + "/v1", "ANTHROPIC_BASE_URL": url, "OPENAI_API_KEY": "sk-doc-0123456789abcdef",
                            "ANTHROPIC_API_KEY": "sk-ant-doc-0123456789abcdef"}
        done = subprocess.run(["bash", "-c", command], cwd=self.directory, env=environment, capture_output=True, text=True,
                              timeout=180)
        return done.returncode, done.stdout + done.stderr


def commands(*words):
    found = [command.split("   ")[0].strip() for command in COMMANDS if all(word in command for word in words)]
    assert len(found) >= 2, (words, COMMANDS)
    record, play = found[:2]
    assert "--tape" in record and "--replay" in play
    return record, play


def test_the_document_has_its_files_and_commands():
    assert {"agent.py", "test_agent.py", "conftest.py", "test_taped.py", "agent.mjs", "agent.test.mjs"} <= set(FILES)
    assert len(COMMANDS) >= 6


def test_pytest(binary, tmp_path, provider):
    desk = Desk(binary, tmp_path, "agent.py", "test_agent.py")
    record, play = commands("pytest -q")
    code, output = desk.run(record, provider)
    assert code == 0 and "2 passed" in output and "recorded 4 turns" in output, output
    assert provider.asked == 4
    for _ in range(2):
        code, output = desk.run(play)
        assert code == 0 and "2 passed" in output, output
        assert "4 requests answered from the tape agent.tape, 0 misses" in output, output
    assert provider.asked == 4
    # A question that was not recorded fails the run, and the last lines say why.
    test = desk.directory / "test_agent.py"
    test.write_text(test.read_text().replace("Paris", "Berlin"))
    code, output = desk.run(play)
    assert code != 0 and "1 passed" in output and "Berlin" in output and "1 miss" in output, output


def test_pytest_with_a_tape_for_each_test(binary, tmp_path, provider):
    desk = Desk(binary, tmp_path, "agent.py")
    # Recorded without the fixture, which plays.
    (desk.directory / "test_taped.py").write_text(FILES["test_taped.py"].replace("(tape)", "()"))
    code, output = desk.run("tapes run --tape test_paris.tape -- python -m pytest -q -k test_paris", provider)
    assert code == 0 and "1 passed" in output, output
    for name in ("conftest.py", "test_taped.py"):
        (desk.directory / name).write_text(FILES[name])
    code, output = desk.run("python -m pytest -q")
    assert code == 0 and "1 passed" in output, output
    assert provider.asked == 2
    test = desk.directory / "test_taped.py"
    test.write_text(test.read_text().replace("Paris?", "Rome?"))
    code, output = desk.run("python -m pytest -q")
    assert code == 1 and "Rome" in output, output


def test_javascript(binary, tmp_path, provider):
    desk = Desk(binary, tmp_path, "agent.mjs", "agent.test.mjs")
    (desk.directory / "node_modules").symlink_to(ROOT / "e2e/node/node_modules")
    record, play = commands("node --test")
    code, output = desk.run(record, provider)
    assert code == 0 and re.search(r"pass 2\b", output), output
    assert provider.asked == 4
    code, output = desk.run(play)
    assert code == 0 and re.search(r"pass 2\b", output), output
    assert "4 requests answered from the tape agent.tape, 0 misses" in output, output
    assert provider.asked == 4


def test_a_run_once_recorded_is_played_again(binary, tmp_path, provider):
    """The two lines that the document begins with."""
    desk = Desk(binary, tmp_path)
    (desk.directory / "agent.py").write_text(FILES["agent.py"] + '\n\nprint(ask_openai("How warm is it in Lyon?"))\n')
    record, play = commands("python agent.py")
    code, recorded = desk.run(record, provider)
    assert code == 0 and "18 degrees in Lyon" in recorded, recorded
    code, played = desk.run(play)
    assert code == 0 and "18 degrees in Lyon" in played and "2 requests answered" in played, played
    assert provider.asked == 2
