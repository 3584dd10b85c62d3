"""`tapes run -- COMMAND`: the command's requests go where they would have gone, through a proxy that records them."""
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from harness.store import Store, texts
from harness.wire import TIMEOUT, wait_until

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
        return int(text.split()[0]) if text.strip() else None


@pytest.fixture
def runner(binary, workspace):
    one = Runner(binary, workspace)
    yield one
    wait_until(lambda: one.holder() is None or None, TIMEOUT, "the end of the proxy in the background")


def points_at(mock):
    return {"OPENAI_BASE_URL": mock.url + "/v1", "ANTHROPIC_BASE_URL": mock.url,
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
    child.communicate()
    wait_until(lambda: runner.holder() is None or None, TIMEOUT, f"the end of {holder}")
    assert "is gone: its entrance is closed" in runner.log
