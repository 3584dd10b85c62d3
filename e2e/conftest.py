import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid

import pytest

from harness.broker import Broker
from harness.process import Mock, Process, Proxy
from harness.wire import ScriptedUpstream

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Programs that scripts/setup installed beside this Python (node among them) are found first.
os.environ["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", "")])

# Whoever started this may have had these ignored (nohup, a job in the background of a script), which programs inherit.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# Seconds after which a test that waits for something without a limit of its own has failed.
LONGEST_TEST = 600 + int(os.environ.get("CHAOS_SECONDS", "0"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    def fail(*_):
        pytest.fail(f"the test has not ended after {LONGEST_TEST} s")

    signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST_TEST)
    try:
        return (yield)
    finally:
        signal.alarm(0)


@pytest.fixture(scope="session")
def binary():
    path = pathlib.Path(os.environ.get("TAPES_BIN", ROOT / "build/release/src/cli/tapes")).resolve()
    if not path.exists():
        pytest.fail(f"no binary at {path}: build it, or set TAPES_BIN", pytrace=False)
    return path


@pytest.fixture
def workspace(tmp_path):
    """A directory of the test's own, removed with all that large tests leave in it."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def run(binary, workspace):
    """Runs `tapes ARGUMENTS` to its end: (exit code, stdout, stderr)."""
    def go(*arguments, environment=None, timeout=20, directory=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("TAPES_")}
        env["HOME"] = str(workspace)
        env.update(environment or {})
        done = subprocess.run([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=env, timeout=timeout, cwd=directory or workspace)
        return done.returncode, done.stdout, done.stderr
    return go


@pytest.fixture
def started():
    """Processes of this test; whatever still runs at its end must stop cleanly on SIGTERM."""
    processes: list[Process] = []
    yield processes
    problems = []
    for process in reversed(processes):
        if not process.alive:
            continue
        try:
            code = process.stop(timeout=20)
            if code != 0:
                problems.append(f"exit code {code}:\n" + "\n".join(process.lines[-30:]))
        except AssertionError as error:
            problems.append(str(error))
    assert not problems, "\n".join(problems)


@pytest.fixture
def proxy(binary, workspace, started):
    """Factory of `tapes serve proxy` in front of an upstream (a ScriptedUpstream, a Mock or a URL)."""
    def start(upstream, **options):
        url = getattr(upstream, "url", upstream)
        options.setdefault("directory", workspace)
        settings = {"proxy.drain_timeout": "2s", **options.pop("settings", {})}
        process = Proxy(binary, options.pop("directory"), url, settings=settings, **options)
        started.append(process)
        return process
    return start


@pytest.fixture
def mock(binary, workspace, started):
    """A built-in mock upstream."""
    process = Mock(binary, workspace)
    started.append(process)
    return process


@pytest.fixture
def upstream():
    """Factory of scripted upstreams; what their scripts raised fails the test."""
    made: list[ScriptedUpstream] = []

    def start(*scripts, **options):
        one = ScriptedUpstream(*scripts, **options)
        made.append(one)
        return one
    yield start
    for one in made:
        one.stop()
    for one in made:
        one.check()


@pytest.fixture(scope="session")
def kafka():
    """A broker for the whole run, ended with it."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tapes-e2e-kafka-"))
    broker = Broker(directory)
    yield broker
    broker.stop()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def topic(kafka):
    """A topic of this test's own, with 6 partitions that take messages of 32 MiB."""
    return kafka.create_topic(f"tapes.{uuid.uuid4().hex[:12]}", 6, **{"max.message.bytes": str(32 << 20)})

