"""`tapes serve mock --replay STORE`, and a raw client that tells every byte of an answer."""
import http.client
import re
import time

from .process import Process

TAPE_LINE = re.compile(r"tape listening on http://(\S+):(\d+)")


class Tape(Process):
    """A store that is played in the place of an upstream."""

    def __init__(self, binary, store, *flags, directory=None, environment=None):
        super().__init__([binary, "serve", "mock", "--listen", "127.0.0.1:0", "--replay", store, *flags],
                         environment, directory)
        self.port = int(self.wait_for(TAPE_LINE, 30).group(2))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answered(self) -> list[str]:
        """What its log says of each request that it answered, in order."""
        return [line for line in self.lines if "tape: " in line and ": exchange " in line]

    def last_line(self) -> str:
        """How requests were answered, as it tells at its end."""
        self.stop()
        return self.wait_for(r"answered from the tape.*").group(0)


class Answer:
    """Of one request: its status, its fields as they stand, its body as it came, and the times of its pieces."""

    def __init__(self, status, reason, fields, body, times):
        self.status, self.reason, self.fields, self.body, self.times = status, reason, fields, body, times

    @property
    def seconds(self) -> float:
        return self.times[-1] if self.times else 0

    def lasting_fields(self):
        """Those that are the same whoever sends the answer."""
        hop = {"connection", "keep-alive", "transfer-encoding", "content-length"}
        return [(name, value) for name, value in self.fields if name.lower() not in hop]


def ask(port: int, path: str, body: bytes | None = None, method: str | None = None, timeout: float = 30, **fields) -> Answer:
    """Sends one request and takes its answer, without undoing its coding."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        if body is not None:
            fields.setdefault("Content-Type", "application/json")
        begun = time.monotonic()
        connection.request(method or ("GET" if body is None else "POST"), path, body, fields)
        response = connection.getresponse()
        times, whole = [time.monotonic() - begun], b""
        while True:
            try:
                piece = response.read1(65536)
            except (http.client.IncompleteRead, ConnectionError) as broken:
                whole += getattr(broken, "partial", b"")
                times.append(time.monotonic() - begun)
                return Answer(response.status, response.reason, response.getheaders(), whole + b"<broken>", times)
            if not piece:
                break
            whole += piece
            times.append(time.monotonic() - begun)
        return Answer(response.status, response.reason, response.getheaders(), whole, times)
    finally:
        connection.close()
