"""How the real programs are found, run and ended. Each has a home and a working directory of its test's own."""
import os
import pathlib
import signal
import subprocess
import threading
import time

TIMEOUT = 90.0  # seconds that a run of a program may take

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tapes" / "clients"


def installed(name: str) -> pathlib.Path:
    """The program that `scripts/setup clients` installed under this name."""
    for place in (CACHE / "node_modules" / ".bin" / name, CACHE / name / "bin" / name):
        if place.exists():
            return place
    raise AssertionError(f"no {name} below {CACHE}: run scripts/setup clients")


class Run:
    """A program that runs, in a process group of its own. Its output is collected by a thread."""

    def __init__(self, arguments, environment, directory):
        self.arguments = [str(argument) for argument in arguments]
        self.child = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env=environment, cwd=directory, start_new_session=True)
        self._pieces: list[bytes] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while piece := os.read(self.child.stdout.fileno(), 1 << 16):
            with self._changed:
                self._pieces.append(piece)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def output(self) -> str:
        with self._changed:
            return b"".join(self._pieces).decode(errors="replace")

    def shows(self, text: str, timeout: float = TIMEOUT):
        """Waits until `text` is in the output."""
        with self._changed:
            self._changed.wait_for(lambda: text in self.output or self._ended, timeout)
        assert text in self.output, f"no {text!r} in the output of {self.arguments}:\n{self.output}"

    def wait(self, timeout: float = TIMEOUT) -> int:
        """The exit code. A program that runs for longer than this is ended, and the test with it."""
        try:
            return self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"{self.arguments} still ran after {timeout} s:\n{self.output}") from None

    def succeeds(self, timeout: float = TIMEOUT) -> str:
        """Waits for exit code 0; the output."""
        code = self.wait(timeout)
        self._reader.join(5)
        assert code == 0, f"{self.arguments} ended with {code}:\n{self.output}"
        return self.output

    def interrupt(self, timeout: float = 20) -> int:
        """Ctrl-C, as a terminal sends it: to the whole group. A second one where the first did not end it."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            os.killpg(self.child.pid, signal.SIGINT)
            try:
                return self.child.wait(5)
            except subprocess.TimeoutExpired:
                continue
        self.end()
        raise AssertionError(f"{self.arguments} did not end on SIGINT:\n{self.output}")

    def end(self):
        """Ends whatever of its group is left."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()


class Home:
    """A user: a home, working directories, and what runs there."""

    def __init__(self, directory: pathlib.Path):
        self.path = directory / "home"
        self.path.mkdir(parents=True)
        self._directory = directory
        self._runs: list[Run] = []

    def project(self, name: str = "project") -> pathlib.Path:
        """A working directory: a git repository with a README.md."""
        path = self._directory / name
        if not path.exists():
            path.mkdir()
            (path / "README.md").write_text(f"# {name}\n\nA project with nothing in it.\n")
            for arguments in (["init", "-q", "-b", "main"], ["config", "user.name", "Test"],
                              ["config", "user.email", "test@example.com"], ["add", "."],
                              ["commit", "-q", "-m", "project: begins"]):
                subprocess.run(["git", "-C", path, *arguments], check=True, env=self._environment({}), timeout=20)
        return path

    def start(self, arguments, environment, directory) -> Run:
        run = Run(arguments, self._environment(environment), directory)
        self._runs.append(run)
        return run

    def _environment(self, more):
        # Nothing of who runs the tests (keys, settings, proxies) reaches the programs.
        return {"PATH": os.environ["PATH"], "HOME": str(self.path), "LANG": "C.UTF-8", "TERM": "dumb",
                "NO_COLOR": "1", "USER": "test", **more}

    def end(self):
        for run in self._runs:
            run.end()
