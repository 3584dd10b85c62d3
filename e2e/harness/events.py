"""A reader of GET /v1/events: connects, and collects what is told on a thread of its own."""
import json
import socket
import threading
import time
import urllib.parse

from .wire import TIMEOUT, wait_until


class Events:
    """`all` are the events that came, as (kind, id, data); `last_id` is where to go on."""

    def __init__(self, relay, last_id: str = "", receive_bytes: int = 0, **query):
        self.all: list[tuple[str, str, dict]] = []
        self.last_id = last_id
        self.arrived: list[float] = []
        self.comments: list[str] = []
        self.sock = request_events(relay, last_id, receive_bytes, **query)
        self._file = self.sock.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline().strip():
            pass
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _lines(self):
        """Lines of the chunked body."""
        held = b""
        while True:
            size = int(self._file.readline().strip() or b"0", 16)
            if size == 0:
                return
            held += self._file.read(size)
            self._file.readline()
            *lines, held = held.split(b"\n")
            yield from lines

    def _read(self):
        event: dict[str, str] = {}
        try:
            for line in self._lines():
                if line.startswith(b":"):
                    self.comments.append(line.decode())
                elif line:
                    name, _, value = line.decode().partition(": ")
                    event[name] = value
                elif "data" in event:
                    self.arrived.append(time.time())
                    self.last_id = event.get("id", self.last_id)
                    self.all.append((event["event"], event.get("id", ""), json.loads(event["data"])))
                    event = {}
        except (OSError, ValueError):
            pass  # the process has gone
        self.ended.set()

    def of(self, kind: str) -> list[dict]:
        return [data for one, _, data in list(self.all) if one == kind]

    def wait(self, kind: str, count: int, timeout: float = TIMEOUT) -> list[dict]:
        wait_until(lambda: len(self.of(kind)) >= count or None, timeout, f"{count} events {kind}: {len(self.of(kind))}")
        return self.of(kind)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        self.ended.wait(TIMEOUT)


def request_events(relay, last_id: str = "", receive_bytes: int = 0, **query) -> socket.socket:
    """A connection on which the events were asked for."""
    sock = socket.socket()
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.settimeout(60)
    sock.connect(("127.0.0.1", relay.admin_port))
    target = "/v1/events" + ("?" + urllib.parse.urlencode(query) if query else "")
    fields = [f"GET {target} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {relay.token()}"]
    if last_id:
        fields.append(f"Last-Event-ID: {last_id}")
    sock.sendall(("\r\n".join(fields) + "\r\n\r\n").encode())
    return sock
