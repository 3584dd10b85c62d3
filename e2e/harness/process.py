"""Processes of the binary under test: started on free ports, watched, and ended by the test that started them."""
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from .store import Store
from .wire import TIMEOUT, connect, fetch, wait_until

PROXY_LINE = re.compile(r"proxy listening on https?://(\S+):(\d+)")
ADMIN_LINE = re.compile(r"admin listening on http://(\S+):(\d+)")
MOCK_LINE = re.compile(r"mock upstream listening on http://(\S+):(\d+)")


class Process:
    """A child whose output is collected by a thread, so that it never blocks on a full pipe."""

    def __init__(self, arguments, environment=None, directory=None, preexec=None):
        self.arguments = [str(a) for a in arguments]
        self.lines: list[str] = []
        self.raw_output = b""
        self._changed = threading.Condition()
        env = {key: value for key, value in os.environ.items() if not key.startswith("TAPES_")}
        env.update(environment or {})
        self.child = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, env=env, cwd=directory, preexec_fn=preexec)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self.child.pid

    def _read(self):
        for raw in self.child.stdout:
            with self._changed:
                self.raw_output += raw
                self.lines.append(raw.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    @property
    def output(self) -> str:
        with self._changed:
            return "\n".join(self.lines)

    def wait_for(self, pattern, timeout: float = TIMEOUT):
        """The first match of `pattern` in the output so far or to come."""
        pattern = re.compile(pattern)
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for line in self.lines[seen:]:
                    found = pattern.search(line)
                    if found:
                        return found
                seen = len(self.lines)
                if not self._reader.is_alive() and seen == len(self.lines):
                    raise AssertionError(f"ended with {self.child.poll()} before {pattern.pattern!r}:\n" +
                                         "\n".join(self.lines[-40:]))
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {pattern.pattern!r} within {timeout} s:\n" + "\n".join(self.lines[-40:]))
                self._changed.wait(min(left, 0.1))

    @property
    def alive(self) -> bool:
        return self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, timeout: float = 45) -> int:
        try:
            code = self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"still running after {timeout} s:\n" + "\n".join(self.lines[-40:])) from None
        self._reader.join(timeout=5)
        return code

    def stop(self, timeout: float = 45) -> int:
        """SIGTERM; the exit code."""
        if self.alive:
            self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.alive:
            self.child.kill()
        self.child.wait()
        self._reader.join(timeout=5)

    def rss_bytes(self) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def peak_rss_bytes(self) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        return 0


class Proxy(Process):
    """`tapes serve proxy` and what belongs to it. `self.port`, `self.admin_port`, `self.store`."""

    def __init__(self, binary, directory, upstream, provider="openai", settings=None, extra=(), environment=None,
                 sqlite=None, admin=True, wait=True, preexec=None, admin_port=0):
        directory = pathlib.Path(directory)
        self.directory = directory
        database = pathlib.Path(sqlite) if sqlite is not None else directory / "tapes.sqlite"
        arguments = [binary, "serve", "proxy", "--listen", "127.0.0.1:0",
                     "--admin-listen", f"127.0.0.1:{admin_port}" if admin else "", *(["--upstream", upstream] if upstream else []),
                     "--provider", provider, "--sqlite", database, "--config-dir", directory / "config"]
        for key, value in (settings or {}).items():
            arguments += ["--set", f"{key}={value}"]
        super().__init__([*arguments, *extra], environment, directory, preexec)
        self.store = Store(database)
        self.port = self.admin_port = 0
        if wait:
            self.started(admin)

    def started(self, admin=True, timeout: float = 60):
        self.port = int(self.wait_for(PROXY_LINE, timeout).group(2))
        if admin:
            self.admin_port = int(self.wait_for(ADMIN_LINE, timeout).group(2))
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, timeout: float = TIMEOUT, **more):
        return connect(self.port, timeout, **more)

    def fetch(self, raw_request: bytes, timeout: float = TIMEOUT):
        return fetch(self.port, raw_request, timeout)

    def token(self) -> str:
        """The token that the process has made, beside its store; "" where there is none."""
        made = pathlib.Path(f"{self.store.path}.token")
        return made.read_text().strip() if made.exists() else ""

    def ask(self, path: str, timeout: float = 30, method: str = "GET", body: bytes | None = None, **fields):
        """(status, fields, body) of a request to the admin listener; with the made token unless `Authorization` is
        given, and without any where that is None."""
        if self.token():
            fields.setdefault("Authorization", f"Bearer {self.token()}")
        fields = {name.replace("_", "-"): value for name, value in fields.items() if value is not None}
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin_port}{path}", body, fields, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as got:
                return got.status, got.headers, got.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def admin(self, path: str, timeout: float = 30):
        """(status, body as text) of a GET on the admin listener."""
        status, _, body = self.ask(path, timeout)
        return status, body.decode()

    def metrics(self) -> dict[str, float]:
        """name{labels} → value."""
        status, text = self.admin("/metrics")
        assert status == 200, text
        found = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                found[name] = float(value)
        return found

    def metric(self, name: str) -> float:
        """The sum over all label values."""
        return sum(value for key, value in self.metrics().items() if key == name or key.startswith(name + "{"))

    def wait_metric(self, name: str, condition, timeout: float = TIMEOUT):
        return wait_until(lambda: condition(self.metric(name)) or None, timeout, f"{name} as expected")


class Mock(Process):
    """`tapes serve mock`: answers "You said: ..."; see the X-Mock-* request headers."""

    def __init__(self, binary, directory):
        super().__init__([binary, "serve", "mock", "--listen", "127.0.0.1:0"], directory=directory)
        self.port = int(self.wait_for(MOCK_LINE).group(2))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"
