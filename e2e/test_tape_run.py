"""`tapes run --tape` and `tapes run --replay`: a command's run is recorded, and run again from the tape."""
import os
import pathlib
import signal
import sys

import pytest

from harness.store import Store
from harness.wire import TIMEOUT, wait_until
from test_run import Runner, points_at

ASK = '''
import os, sys, urllib.error, urllib.request, json
for text in sys.argv[1:]:
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}).encode()
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", body,
                                     {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]})
    try:
        print(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"])
    except urllib.error.HTTPError as error:
        print(error.code, error.read().decode())
'''


class Taped(Runner):
    def __init__(self, binary, directory):
        super().__init__(binary, directory)
        self.tape = directory / "agent.tape"
        self.path = self.tape
        self.store = Store(self.tape)

    def arguments(self, *command, flags=()):
        return [self.binary, "run", *flags, "--", *command]

    def ask(self, *texts, flags, environment=None):
        return self.run(sys.executable, "-c", ASK, *texts, flags=flags, environment=environment)


@pytest.fixture
def taped(binary, workspace):
    one = Taped(binary, workspace)
    yield one
    wait_until(lambda: one.holder() is None or None, TIMEOUT, "the end of the proxy in the background")


def test_a_run_is_recorded_and_run_again(taped, mock):
    code, out, err = taped.ask("hello", "hello", "bye", flags=["--tape", taped.tape], environment=points_at(mock))
    assert code == 0 and "recorded 3 turns" in err, err
    assert out.count("You said") == 3
    assert mock.stop() == 0
    code, again, err = taped.ask("hello", "hello", "bye", flags=["--replay", taped.tape])
    assert (code, again) == (0, out)
    assert f"3 requests answered from the tape {taped.tape}, 0 misses" in err
    # A relative name, other upstreams in the environment, and no key.
    code, again, err = taped.run(sys.executable, "-c", ASK, "bye", flags=["--replay", os.path.relpath(taped.tape, taped.work)],
                                 environment={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": ""})
    assert code == 0 and "bye" in again and "1 request answered" in err, (again, err)
    # Nothing of it is recorded.
    assert len(taped.store.exchanges()) == 3
    assert oct(taped.tape.stat().st_mode & 0o777) == "0o600"


def test_misses_are_told_and_may_be_fatal(taped, mock):
    taped.ask("hello", flags=["--tape", taped.tape], environment=points_at(mock))
    code, out, err = taped.ask("hello", "farewell", flags=["--replay", taped.tape])
    assert code == 0 and "404" in out and "farewell" in out
    assert "1 miss\n" in err and "tapes: miss: POST /chat/completions: The tape has no answer" in err and "farewell" in err, err
    code, _, _ = taped.ask("hello", "farewell", flags=["--replay", taped.tape, "--fail-on-miss"])
    assert code == 1
    code, _, _ = taped.ask("hello", flags=["--replay", taped.tape, "--fail-on-miss"])
    assert code == 0
    # A command's own exit code counts before it.
    code, _, _ = taped.run(sys.executable, "-c", ASK + "\nsys.exit(7)", "farewell",
                           flags=["--replay", taped.tape, "--fail-on-miss"])
    assert code == 7


def test_what_is_missing_is_recorded_where_the_command_would_have_sent_it(taped, mock):
    taped.ask("hello", flags=["--tape", taped.tape], environment=points_at(mock))
    code, out, err = taped.ask("hello", "farewell", flags=["--replay", taped.tape, "--record-missing"],
                               environment=points_at(mock))
    assert code == 0 and out.count("You said") == 2, (out, err)
    assert "1 request answered from the tape" in err and "1 passed on and recorded" in err, err
    assert mock.stop() == 0
    code, again, err = taped.ask("hello", "farewell", flags=["--replay", taped.tape, "--fail-on-miss"])
    assert (code, again) == (0, out), err


def test_the_player_ends_with_the_command_even_where_it_is_killed(taped, mock):
    taped.ask("hello", flags=["--tape", taped.tape], environment=points_at(mock))
    run = taped.start("sleep", "8", flags=["--replay", taped.tape])

    def player():
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, parent = path.read_text().split("(")[1].split(")")
            except OSError:
                continue
            if name == "tapes-tape" and int(parent.split()[1]) == run.pid:
                return int(path.parent.name)
        return None
    pid = wait_until(player, TIMEOUT, "the process that plays")
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_until(lambda: None if pathlib.Path(f"/proc/{pid}/exe").exists() and
               "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3] else True, TIMEOUT, "its end")


def test_wrong_use_says_what_would_be_right(taped, mock):
    for flags, told in ((["--replay", taped.tape], "tapes run --tape"),
                        (["--tape", "a", "--replay", "b"], "--replay"), (["--once"], "--replay"),
                        (["--replay", taped.tape, "--record-missing", "--fail-on-miss"], "--fail-on-miss"),
                        (["--replay", taped.tape, "--record-to", "x"], "--record-missing")):
        code, _, err = taped.run("true", flags=flags)
        assert code in (1, 2) and told in err, (flags, err)
    taped.ask("hello", flags=["--tape", taped.tape], environment=points_at(mock))
    code, _, err = taped.run("true", flags=["--replay", taped.tape, "--ignore", "date"])
    assert code == 2 and "dates, " in err, err
