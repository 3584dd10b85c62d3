"""A TCP relay before the mock that can hold answers in the middle, for as long as a test wants."""
import re
import socket
import threading
import time

from harness.wire import TIMEOUT


class Valve:
    """Passes bytes both ways. While `hold(MARK)` is in force, each connection's answers stop behind the event that has
    MARK; `open()` lets everything go on. What was held then comes slowly, event by event, so that a peer that has left
    is noticed before the end. Made for answers that come in plain text. With `no_websocket` it refuses every upgrade, as
    gateways do."""

    PAUSE = 0.03  # seconds between two events that were held

    def __init__(self, port: int):
        self._upstream = port
        self._mark: bytes | None = None
        self._changed = threading.Condition()
        self.no_websocket = False
        self.held = 0  # how many connections wait now
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hold(self, mark: bytes):
        with self._changed:
            self._mark = mark

    def open(self):
        with self._changed:
            self._mark = None
            self._changed.notify_all()

    def wait_held(self, count: int = 1, timeout: float = 60):
        with self._changed:
            assert self._changed.wait_for(lambda: self.held >= count, timeout), \
                f"{self.held} of {count} answers came as far as {self._mark!r} within {timeout} s"

    def two_at_once(self, mark: bytes, start):
        """Runs what `start(PROMPT)` starts for the prompts `left` and `right`, both answers under way together; returns
        what each run told."""
        self.hold(mark)
        runs = [start(prompt) for prompt in ("left", "right")]
        self.wait_held(2)
        self.open()
        return [run.succeeds() for run in runs]

    def close(self):
        self.open()
        # A thread that waits in accept() is not woken by close(), and may then take another test's connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(TIMEOUT)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._upstream), TIMEOUT)
            except OSError:
                return
            server.settimeout(None)
            for source, target, pass_on in ((client, server, self._request(client, server)),
                                            (server, client, self._answer(client))):
                threading.Thread(target=self._pump, args=(source, target, pass_on), daemon=True).start()

    def _pump(self, source, target, pass_on):
        try:
            while piece := source.recv(1 << 16):
                pass_on(piece)
        except OSError:
            pass
        for one in (target, source):
            try:
                one.shutdown(socket.SHUT_WR if one is target else socket.SHUT_RD)
            except OSError:
                pass

    def _request(self, client, server):
        def pass_on(piece):
            if self.no_websocket and b"\r\nupgrade: websocket\r\n" in piece.lower():
                client.sendall(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                raise ConnectionAbortedError
            if self._mark is not None:  # frames that are not deflated, so that the mark can be found in them
                piece = re.sub(rb"(?i)\r\nsec-websocket-extensions:[^\r]*", b"", piece)
            server.sendall(piece)
        return pass_on

    def _answer(self, client):
        tail, slow = b"", False

        def pass_on(piece):
            nonlocal tail, slow
            with self._changed:
                mark = self._mark
            at = -1 if mark is None else (tail + piece).find(mark)
            if at >= 0:
                # The event with the mark goes on whole; where there are no lines (a WebSocket), those before it.
                cut = at + len(mark) - len(tail)
                end = piece.find(b"\n\n", cut)
                cut = end + 2 if end >= 0 else cut
                client.sendall(piece[:cut])
                piece, tail, slow = piece[cut:], b"", True
                self._wait_open()
            elif mark:
                tail = (tail + piece)[-len(mark) + 1:]
            for part in parts(piece) if slow else [piece]:
                client.sendall(part)
                if slow:
                    time.sleep(self.PAUSE)
        return pass_on

    def _wait_open(self):
        with self._changed:
            self.held += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._mark is None)
            self.held -= 1


def parts(piece: bytes):
    """The events of `piece`, or slices of it where it has no lines."""
    if b"\n\n" in piece:
        return [part + b"\n\n" for part in piece.split(b"\n\n")[:-1]] + [piece.rpartition(b"\n\n")[2]]
    return [piece[i:i + 256] for i in range(0, len(piece), 256)]
