"""HTTP as bytes: a peer on a socket, an upstream whose connections follow a script, a raw client.

Nothing here interprets more than it must, so that a test sees exactly what was sent. Every wait has a deadline.
"""
import queue
import socket
import ssl
import struct
import threading
import time

TIMEOUT = 30.0


class Head:
    """A message head as it came. `fields` keeps order, duplicates and case."""

    def __init__(self, raw: bytes):
        assert raw.endswith(b"\r\n\r\n"), raw
        self.raw = raw
        lines = raw[:-4].split(b"\r\n")
        self.start = lines[0]
        self.fields = []
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            self.fields.append((name, value.strip(b" \t")))

    def all(self, name: bytes):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name: bytes):
        values = self.all(name)
        return values[0] if values else None

    def without(self, *names: bytes):
        """The fields, except those of these names."""
        lowered = {name.lower() for name in names}
        return [(key, value) for key, value in self.fields if key.lower() not in lowered]

    @property
    def status(self) -> int:
        return int(self.start.split(b" ")[1])

    @property
    def target(self) -> bytes:
        return self.start.split(b" ")[1]

    def __repr__(self):
        return repr(self.raw)


class Closed(Exception):
    """The peer closed (`clean`) or reset the connection before what was awaited had come."""

    def __init__(self, held: bytes, clean: bool):
        super().__init__(f"{'closed' if clean else 'reset'} after {held[-200:]!r}")
        self.held = held
        self.clean = clean


class Peer:
    """One end of a connection."""

    def __init__(self, sock, timeout: float = TIMEOUT):
        self.sock = sock
        self.held = b""  # received, not yet taken
        self.sock.settimeout(timeout)

    def send(self, data: bytes):
        self.sock.sendall(data)

    def _fill(self):
        try:
            piece = self.sock.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise Closed(self.held, clean=False) from error
        if not piece:
            raise Closed(self.held, clean=True)
        self.held += piece

    def take_until(self, mark: bytes) -> bytes:
        start = 0
        while (at := self.held.find(mark, start)) < 0:
            start = max(0, len(self.held) - len(mark) + 1)
            self._fill()
        at += len(mark)
        taken, self.held = self.held[:at], self.held[at:]
        return taken

    def take(self, count: int) -> bytes:
        pieces = [self.held]
        have = len(self.held)
        self.held = b""
        try:
            while have < count:
                self._fill()
                pieces.append(self.held)
                have += len(self.held)
                self.held = b""
        except Closed as error:
            raise Closed(b"".join(pieces), error.clean) from error
        data = b"".join(pieces)
        self.held = data[count:]
        return data[:count]

    def take_to_end(self) -> bytes:
        """Everything until the peer closes cleanly; raises Closed on a reset."""
        pieces = [self.held]
        self.held = b""
        while True:
            try:
                self._fill()
            except Closed as error:
                if not error.clean:
                    raise Closed(b"".join(pieces), clean=False) from error
                return b"".join(pieces)
            pieces.append(self.held)
            self.held = b""

    def take_head(self) -> Head:
        return Head(self.take_until(b"\r\n\r\n"))

    def take_chunked_raw(self) -> bytes:
        """A chunked body exactly as on the wire, extensions and trailers included."""
        raw = b""
        while True:
            line = self.take_until(b"\r\n")
            raw += line
            size = int(line.split(b";")[0].strip(), 16)
            if size == 0:
                while True:
                    line = self.take_until(b"\r\n")
                    raw += line
                    if line == b"\r\n":
                        return raw
            raw += self.take(size + 2)

    def take_body(self, head: Head, request_method: bytes = b"GET") -> bytes:
        """The body that `head` announces, decoded from its framing."""
        is_answer = head.start.startswith(b"HTTP/")
        if is_answer and (request_method == b"HEAD" or head.status in (204, 304) or head.status < 200):
            return b""
        if b"chunked" in (head.get(b"Transfer-Encoding") or b"").lower():
            return dechunk(self.take_chunked_raw())
        length = head.get(b"Content-Length")
        if length is not None:
            return self.take(int(length))
        return self.take_to_end() if is_answer else b""

    def take_message(self, request_method: bytes = b"GET"):
        head = self.take_head()
        return head, self.take_body(head, request_method)

    def expect_closed(self, timeout: float = TIMEOUT):
        """Nothing more comes but the end (clean or not)."""
        self.sock.settimeout(timeout)
        try:
            rest = self.take_to_end()
        except Closed as error:
            rest = error.held
        assert rest == b"", rest

    def expect_silence(self, seconds: float):
        """Nothing at all comes for so long."""
        assert self.held == b"", self.held
        before = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        try:
            piece = self.sock.recv(1)
        except TimeoutError:
            return
        finally:
            self.sock.settimeout(before)
        raise AssertionError(f"expected silence, got {piece!r}")

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def reset(self):
        """Closes with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def dechunk(raw: bytes) -> bytes:
    body, at = b"", 0
    while True:
        end = raw.index(b"\r\n", at)
        size = int(raw[at:end].split(b";")[0], 16)
        if size == 0:
            return body
        body += raw[end + 2:end + 2 + size]
        at = end + 2 + size + 2


def chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


def connect(port: int, timeout: float = TIMEOUT, context: ssl.SSLContext | None = None,
            server_name: str = "localhost") -> Peer:
    sock = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context is not None:
        sock = context.wrap_socket(sock, server_hostname=server_name, suppress_ragged_eofs=False)
    return Peer(sock, timeout)


def fetch(port: int, raw_request: bytes, timeout: float = TIMEOUT):
    """One request on a connection of its own; the answer's head and decoded body."""
    with connect(port, timeout) as client:
        client.send(raw_request)
        return client.take_message(raw_request.split(b" ")[0])


class ScriptedUpstream:
    """Accepts connections; the n-th one is served by the n-th script given, later ones by the last.

    A script is a function of its Peer; when it returns, the connection is closed (unless it took the socket
    over by setting `peer.kept`). `check()` raises what scripts raised, save that the relay left.
    """

    def __init__(self, *scripts, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"):
        self.scripts = list(scripts)
        self.context = context
        self.peers: list[Peer] = []
        self.accepted = 0
        self.heads: "queue.Queue[Head]" = queue.Queue()
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self.listener = socket.create_server((host, 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        if self.context is not None:
            return f"https://localhost:{self.port}"
        return f"http://127.0.0.1:{self.port}"

    @property
    def authority(self) -> bytes:
        return self.url.split("//")[1].encode()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            if self._stopping:
                sock.close()
                return
            script = self.scripts[min(self.accepted, len(self.scripts) - 1)]
            self.accepted += 1
            thread = threading.Thread(target=self._serve, args=(sock, script), daemon=True)
            thread.start()
            self._threads.append(thread)  # `stop` joins those that run

    def _serve(self, sock, script):
        peer = None
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context is not None:
                sock = self.context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)
            peer = Peer(sock)
            self.peers.append(peer)
            script(peer)
        except (Closed, OSError):
            pass  # the relay left: what a client sees is what tests assert
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.errors.append(error)
        finally:
            if peer is None:
                sock.close()
            elif not getattr(peer, "kept", False):
                peer.close()

    def check(self):
        if self.errors:
            raise self.errors[0]

    def stop(self):
        self._stopping = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for peer in list(self.peers):
            try:
                peer.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
            except OSError:
                pass
            peer.close()
        for thread in list(self._threads):
            thread.join(timeout=2)


def wait_until(condition, timeout: float = TIMEOUT, what: str = "condition", every: float = 0.02):
    """Polls until `condition()` is truthy and returns that value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what} (last: {value!r})")
        time.sleep(every)


class Answering:
    """A script that answers each request of a connection with the next of `answers` (bytes, or a function of
    the Peer, the Head and the body), the last one for ever, and keeps what it received in `requests`."""

    def __init__(self, *answers):
        self.answers = answers
        self.requests: list[tuple[Head, bytes]] = []
        self.raw: list[bytes] = []  # bodies as on the wire

    def __call__(self, peer: Peer):
        while True:
            head = peer.take_head()
            if b"chunked" in (head.get(b"Transfer-Encoding") or b""):
                raw = peer.take_chunked_raw()
                body = dechunk(raw)
            else:
                raw = body = peer.take(int(head.get(b"Content-Length") or 0))
            answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
            self.requests.append((head, body))
            self.raw.append(raw)
            if callable(answer):
                answer(peer, head, body)
            else:
                peer.send(answer)
