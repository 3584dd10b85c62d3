"""Many clients at once: keep-alive connections that send turns and remember which ends they saw."""
import json
import socket
import threading

from . import chat
from .wire import Closed, Peer


class Load:
    """`clients` threads sending turns until stopped or `limit` turns are sent. Texts are unique, so that each
    seen answer can be looked for in the store. `seen` are the user texts whose answer's end arrived."""

    def __init__(self, port: int, clients: int = 8, tag: str = "load", limit: int | None = None,
                 stream=lambda n: n % 2 == 0, fields: bytes = b"", filler=lambda n: ""):
        self.filler = filler
        self.port, self.tag, self.limit, self.stream, self.fields = port, tag, limit, stream, fields
        self.seen: list[str] = []
        self.broken: list[str] = []     # an answer had begun and did not end properly
        self.refused: list[str] = []    # no answer began
        self.statuses: dict[int, int] = {}
        self.sent = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _next(self):
        with self._lock:
            if self._stop.is_set() or (self.limit is not None and self.sent >= self.limit):
                return None
            self.sent += 1
            return self.sent

    def _client(self):
        peer = None
        while (number := self._next()) is not None:
            text = f"{self.tag}-{number}{self.filler(number)}"
            streamed = self.stream(number)
            try:
                if peer is None:
                    peer = Peer(socket.create_connection(("127.0.0.1", self.port), timeout=20), 20)
                    peer.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                peer.send(chat.turn(text, stream=streamed, fields=self.fields))
            except OSError:
                peer = self._drop(peer, self.refused, text)
                if self._stop.wait(0.02):
                    return
                continue
            began = False
            try:
                head = peer.take_head()
                began = True
                body = peer.take_body(head)
            except (Closed, OSError) as error:
                began = began or bool(getattr(error, "held", b""))
                peer = self._drop(peer, self.broken if began else self.refused, text)
                continue
            whole = body.endswith(b"data: [DONE]\n\n") if streamed and head.status == 200 else bool(body)
            with self._lock:
                self.statuses[head.status] = self.statuses.get(head.status, 0) + 1
                if head.status == 200:
                    (self.seen if whole else self.broken).append(text)
            if (head.get(b"Connection") or b"").lower() == b"close":
                peer = self._drop(peer, None, text)
        if peer is not None:
            peer.close()

    def _drop(self, peer, book, text):
        if peer is not None:
            peer.close()
        if book is not None:
            with self._lock:
                book.append(text)

    def stop(self):
        self._stop.set()
        return self.join()

    def join(self, timeout: float = 120):
        for thread in self._threads:
            thread.join(timeout)
            assert not thread.is_alive(), "a client did not end"
        return self


def stored_user_texts(store) -> set[str]:
    """The texts of user nodes that have a stored answer as child."""
    rows = store.rows("SELECT p.content AS content FROM nodes p JOIN nodes c ON c.parent_id = p.id "
                      "WHERE p.role = 'user' AND c.role = 'assistant'")
    return {block.get("text") for row in rows for block in json.loads(row["content"])}
