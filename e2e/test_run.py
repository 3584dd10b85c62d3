"""`tapes run -- COMMAND`: the command's requests go where they would have gone, through a proxy that records them."""
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from harness import chat
from harness.store import Store, texts
from harness.wire import TIMEOUT, Answering, wait_until

TALK = '''
import os, sys
from openai import OpenAI
import anthropic
import ollama
for text in sys.argv[1:]:
    OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}])
    anthropic.Anthropic().messages.create(model="claude", max_tokens=9, messages=[{"role": "user", "content": text}])
    ollama.chat(model="llama3", messages=[{"role": "user", "content": text}])
'''


class Runner:
    """Runs `tapes run` with a home and a store of its own."""

    def __init__(self, binary, directory: pathlib.Path):
        self.binary, self.directory = binary, directory
        self.home = directory / "home"
        self.home.mkdir()
        self.work = directory / "project"
        self.work.mkdir()
        self.path = directory / "store" / "tapes.sqlite"
        self.store = Store(self.path)

    def environment(self, more=None):
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {**kept, "HOME": str(self.home), "OPENAI_API_KEY": "sk-test-0123456789abcdef",
                "ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef", **(more or {})}

    def arguments(self, *command, flags=()):
        return [self.binary, "run", "--sqlite", self.path, *flags, "--", *command]

    def run(self, *command, flags=(), environment=None, timeout=60):
        """(exit code, stdout, stderr) of a command."""
        done = subprocess.run(list(map(str, self.arguments(*command, flags=flags))), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, env=self.environment(environment), cwd=self.work,
                              timeout=timeout)
        return done.returncode, done.stdout, done.stderr

    def start(self, *command, flags=(), environment=None):
        return subprocess.Popen(list(map(str, self.arguments(*command, flags=flags))), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment(environment), cwd=self.work)

    @property
    def log(self):
        return pathlib.Path(f"{self.path}.run.log").read_text()

    def holder(self):
        """The process that has the store open, or nothing."""
        text = pathlib.Path(f"{self.path}.lock").read_text() if self.path.exists() else ""
        pid = int(text.split()[0]) if text.strip() else None
        return pid if pid and pathlib.Path(f"/proc/{pid}").exists() else None


@pytest.fixture
def runner(binary, workspace):
    one = Runner(binary, workspace)
    yield one
    wait_until(lambda: one.holder() is None or None, TIMEOUT, "the end of the proxy in the background")


def points_at(mock):
    return {"OPENAI_BASE_URL": mock.url + "/v1", "ANTHROPIC_BASE_URL": mock.url, "GOOGLE_GEMINI_BASE_URL": mock.url,
            "OLLAMA_HOST": mock.url.removeprefix("http://")}


def test_programs_on_the_python_sdks_are_recorded(runner, mock):
    code, _, error = runner.run(sys.executable, "-c", TALK, "hello", environment=points_at(mock))
    assert code == 0, error
    assert error.strip() == f"tapes: recorded 3 turns of {pathlib.Path(sys.executable).name}; see tapes show @"
    rows = runner.store.exchanges()
    assert [(row["provider"], row["api"]) for row in rows] == [
        ("openai", "openai_chat"), ("anthropic", "anthropic_messages"), ("ollama", "ollama_chat")]
    assert {row["project"] for row in rows} == {"project"}
    assert {row["agent_name"] for row in rows} == {pathlib.Path(sys.executable).name}
    for row in rows:
        assert texts(runner.store.chain(row["head_hash"])) == [("user", "hello"), ("assistant", "You said: hello")]


def test_command_is_handed_its_streams_and_its_arguments(runner):
    done = subprocess.run(list(map(str, runner.arguments("sh", "-c", 'cat; echo "$0" "$@"; echo e >&2', "-x", "--y=", ""))),
                          input="typed\n", capture_output=True, text=True, env=runner.environment(), cwd=runner.work,
                          timeout=30)
    assert done.stdout == "typed\n-x --y= \n"
    assert done.stderr.startswith("e\ntapes: nothing was recorded: no request came to the proxy"), done.stderr


@pytest.mark.parametrize("command, code", [
    (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -TERM $$"], 128 + signal.SIGTERM),
    (["sh", "-c", "kill -KILL $$"], 128 + signal.SIGKILL), (["no-such-program"], 127), (["/etc/passwd"], 126)])
def test_exit_code_is_the_commands(runner, command, code):
    assert runner.run(*command)[0] == code


@pytest.mark.parametrize("name", ["HUP", "INT", "TERM", "USR1"])
def test_signals_are_passed_on(runner, name):
    script = f"trap 'echo got; exit 9' {name}; echo ready; while :; do sleep 0.05; done"
    child = runner.start("bash", "-c", script)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(getattr(signal, "SIG" + name))
    assert child.stdout.readline() == "got\n"
    assert child.wait(TIMEOUT) == 9
    child.communicate()


def test_wrong_use_starts_nothing(runner):
    for arguments in (["run"], ["run", "--"], ["run", "--no-such", "--", "true"]):
        done = subprocess.run([runner.binary, *arguments], capture_output=True, text=True, env=runner.environment(),
                              cwd=runner.work, timeout=20)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert not runner.path.exists()


@pytest.mark.parametrize("value", ["not a URL", "ftp://x/", "http://user:secret-word@gateway.example/v1"])
def test_base_url_that_cannot_be_used_is_an_error_and_shows_no_password(runner, value):
    code, _, error = runner.run("sh", "-c", "echo ran", environment={"OPENAI_BASE_URL": value})
    assert code == 2 and "OPENAI_BASE_URL" in error and "ran" not in error, error
    assert "secret-word" not in error and len(error.splitlines()) == 1


def test_commands_at_once_share_a_proxy_which_ends_with_the_last(runner, mock):
    wait_for = "import sys; print('ready', flush=True); sys.stdin.readline()\n"
    held = subprocess.Popen(list(map(str, runner.arguments(sys.executable, "-c", wait_for + TALK, "first"))),
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=runner.environment(points_at(mock)), cwd=runner.work)
    assert held.stdout.readline() == "ready\n"
    holder = runner.holder()
    other = runner.directory / "other"
    other.mkdir()
    done = subprocess.run(list(map(str, runner.arguments(sys.executable, "-c", TALK, "second", "third",
                                                         flags=["--agent", "two"]))),
                          capture_output=True, text=True, env=runner.environment(points_at(mock)), cwd=other, timeout=60)
    assert done.returncode == 0 and "recorded 6 turns of two" in done.stderr, done.stderr
    assert runner.holder() == holder
    _, error = held.communicate("\n", timeout=60)
    assert held.returncode == 0 and "recorded 3 turns" in error, error
    rows = runner.store.exchanges()
    assert [(row["agent_name"], row["project"]) for row in rows[:6]] == [("two", "other")] * 6
    assert {row["project"] for row in rows[6:]} == {"project"} and len(rows) == 9


def test_proxy_notices_that_a_command_was_killed(runner):
    child = runner.start("sh", "-c", "echo $$; exec sleep 60")
    command = int(child.stdout.readline())
    holder = wait_until(lambda: runner.path.exists() and runner.holder(), TIMEOUT, "a proxy")
    wait_until(lambda: "entrance for process" in runner.log or None, TIMEOUT, "an entrance")
    child.kill()
    os.kill(command, signal.SIGKILL)
    wait_until(lambda: runner.holder() is None or None, TIMEOUT, f"the end of {holder}")
    child.communicate()  # only now: nobody has asked how it ended
    assert "is gone: its entrance is closed" in runner.log


@pytest.mark.parametrize("provider", ["openai", "auto"])
def test_proxy_that_runs_on_the_store_takes_the_command_whatever_its_upstreams_are(runner, proxy, mock, upstream, provider):
    script = Answering(chat.answer(chat.completion("elsewhere")))
    elsewhere = upstream(script)
    running = proxy(elsewhere, provider=provider, sqlite=runner.path)
    code, _, error = runner.run(sys.executable, "-c", TALK, "hello", environment=points_at(mock))
    assert code == 0 and "recorded 3 turns" in error, error
    assert [row["provider"] for row in runner.store.exchanges()] == ["openai", "anthropic", "ollama"]
    assert {row["project"] for row in runner.store.exchanges()} == {"project"}
    assert running.alive and not pathlib.Path(f"{runner.path}.run.log").exists()
    assert script.requests == []
    running.fetch(chat.turn("hi", path=b"/runs/0123/openai/v1/chat/completions"))
    assert [head.target for head, _ in script.requests] == [b"/runs/0123/openai/v1/chat/completions"], \
        "where there is no such entrance, the path is the upstream's"
    running.stop()


@pytest.mark.parametrize("setting, reason", [
    ("proxy.clients.alice=token-0123456789abcdef", "asks its clients who they are"),
])
def test_proxy_that_cannot_be_used_is_named_with_the_reason(runner, proxy, mock, setting, reason):
    key, _, value = setting.partition("=")
    running = proxy(mock, sqlite=runner.path, settings={key: value})
    code, out, error = runner.run("sh", "-c", "echo ran", environment=points_at(mock))
    assert code == 1 and "ran" not in out, error
    assert reason in error and f"process {running.pid}" in error and "--sqlite" in error, error
    running.stop()


def test_process_without_admin_listener_is_named(runner, proxy, mock):
    running = proxy(mock, sqlite=runner.path, admin=False)
    code, _, error = runner.run("true", environment=points_at(mock))
    assert code == 1 and f"process {running.pid}" in error and "admin.listen" in error, error
    running.stop()


def test_named_upstream_wins_over_the_environment(runner, mock):
    elsewhere = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
                 "OLLAMA_HOST": "127.0.0.1:9"}
    code, _, error = runner.run(sys.executable, "-c", TALK, "hello", environment=elsewhere,
                                flags=["--openai-upstream", mock.url + "/v1", "--anthropic-upstream", mock.url,
                                       "--ollama-upstream", mock.url])
    assert code == 0 and "recorded 3 turns" in error, error


def test_http_proxy_is_refused_before_an_upstream_and_kept_from_loopback(runner, mock):
    through = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
    code, _, error = runner.run("true", environment=through)
    assert code == 2 and "HTTPS_PROXY is set" in error and "NO_PROXY" in error, error
    code, _, error = runner.run(sys.executable, "-c", TALK, "hello", environment={**through, **points_at(mock)})
    assert code == 0 and "recorded 3 turns" in error, error


def test_client_that_leaves_an_answer_behind_is_waited_for(runner, mock):
    """The command ends while its answer is on the way: what came of it is recorded before the last line."""
    script = '''
import os, openai
stream = openai.OpenAI(default_headers={"X-Mock-Events": "400", "X-Mock-Event-Delay-Ms": "20"}).chat.completions.create(
    model="m", stream=True, messages=[{"role": "user", "content": "a long one"}])
next(iter(stream)); next(iter(stream))
os._exit(3)
'''
    code, _, error = runner.run(sys.executable, "-c", script, environment=points_at(mock))
    assert code == 3 and "recorded 1 turn of" in error, error
    assert runner.store.only()["end_reason"] == "client_closed"


def test_requests_that_gave_no_turn_are_counted(runner, mock):
    script = "import openai; print(len(openai.OpenAI().models.list().data))"
    code, _, error = runner.run(sys.executable, "-c", script, environment=points_at(mock))
    assert code == 0 and "nothing was recorded: none of 1 requests was a turn" in error, error


NODE = '''
import OpenAI from "openai";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
const messages = [{role: "user", content: "hello"}];
await new OpenAI().chat.completions.create({model: "gpt-4o", messages});
await new OpenAI().responses.create({model: "gpt-4o", input: "hello"});
await new Anthropic().messages.create({model: "claude", max_tokens: 9, messages});
// It takes its host from its caller alone.
await new Ollama({host: process.env.OLLAMA_HOST}).chat({model: "llama3", messages});
'''


def test_programs_on_the_javascript_sdks_are_recorded(runner, mock):
    folder = pathlib.Path(__file__).resolve().parent / "node"
    program = runner.work / "program.mjs"
    program.write_text(NODE)
    (runner.work / "node_modules").symlink_to(folder / "node_modules")
    code, _, error = runner.run("node", program, environment=points_at(mock))
    assert code == 0 and "recorded 4 turns of node" in error, error
    assert [row["api"] for row in runner.store.exchanges()] == [
        "openai_chat", "openai_responses", "anthropic_messages", "ollama_chat"]


ONE = '''
import sys, urllib.request, os, json
body = json.dumps({"model": "m", "messages": [{"role": "user", "content": sys.argv[1]}]}).encode()
ask = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body, {"Content-Type": "application/json"})
urllib.request.urlopen(ask).read()
'''


def test_commands_that_start_at_once_find_one_proxy(runner, mock):
    count = 6
    children = [runner.start(sys.executable, "-c", ONE, f"prompt {i}", environment=points_at(mock))
                for i in range(count)]
    for child in children:
        _, error = child.communicate(timeout=60)
        assert child.returncode == 0 and "recorded 1 turn of" in error, error
    assert len(runner.store.exchanges()) == count
    assert runner.log.count("proxy listening on") >= 1


def test_commands_one_after_the_other_lose_nothing(runner, mock):
    for i in range(8):
        code, _, error = runner.run(sys.executable, "-c", ONE, f"prompt {i}", environment=points_at(mock))
        assert code == 0 and "recorded 1 turn of" in error, error
    assert len(runner.store.exchanges()) == 8


def test_proxy_that_is_killed_under_a_command_is_told(runner, mock):
    child = runner.start("sh", "-c", "echo ready; while [ ! -e go ]; do sleep 0.05; done; exit 4",
                         environment=points_at(mock))
    assert child.stdout.readline() == "ready\n"
    os.kill(runner.holder(), signal.SIGKILL)
    (runner.work / "go").touch()
    _, error = child.communicate(timeout=30)
    assert child.returncode == 4, error
    assert "the proxy has gone while the command ran" in error and ".run.log" in error, error


def test_store_that_cannot_be_made_is_one_line(runner, mock):
    runner.path.parent.write_text("a file in the place of the folder")
    code, out, error = runner.run("sh", "-c", "echo ran", environment=points_at(mock))
    runner.path.parent.unlink()
    assert code == 1 and "ran" not in out and len(error.splitlines()) == 1, error
