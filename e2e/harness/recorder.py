"""Makes stores for tests of the page: conversations through the real proxy, with answers that a test writes."""
import json
import pathlib
import sqlite3

from . import chat, messages
from .process import Proxy
from .wire import Answering, ScriptedUpstream

SETTINGS = {"proxy.drain_timeout": "2s", "record.wire": "all"}


def usage(read: int = 0, written: int = 0, uncached: int = 9, output: int = 40):
    """Anthropic's figures of an answer."""
    return {"input_tokens": uncached, "cache_creation_input_tokens": written, "cache_read_input_tokens": read,
            "output_tokens": output}


def streamed(content, reason="end_turn", figures=None, model=messages.DATED, end=True) -> bytes:
    """An answer of Anthropic as a stream; without its end the connection breaks off behind the blocks."""
    figures = figures or usage()
    whole = messages.message(content, reason)
    start = {**whole, "model": model, "content": [], "stop_reason": None, "usage": {**figures, "output_tokens": 1}}
    events = [messages.event("message_start", message=start)]
    for index, block in enumerate(whole["content"]):
        events += messages.block_events(index, block, size=24)
    if not end:
        return chat.SSE_HEAD + b"".join(map(messages.chunk, events))
    events.append(messages.event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=figures))
    events.append(messages.event("message_stop"))
    return chat.SSE_HEAD + b"".join(map(messages.chunk, events)) + b"0\r\n\r\n"


class Recorder:
    """A store and the proxies that fill it, one at a time: `project()` begins one, `ask()` sends a request and says what
    the upstream answers, `close()` ends it. `count` exchanges were asked for."""

    def __init__(self, binary, directory):
        self.binary, self.directory = binary, pathlib.Path(directory)
        self.path = self.directory / "tapes.sqlite"
        self.relay: Proxy | None = None
        self.count = 0
        self._answer = b""
        self._cut = False
        self.server = ScriptedUpstream(Answering(self._serve))

    def _serve(self, peer, head, body):
        peer.send(self._answer)
        if self._cut:
            peer.close()

    def project(self, name):
        self.close()
        self.relay = Proxy(self.binary, self.directory, self.server.url, provider="auto", settings=SETTINGS,
                           extra=("--project", name), sqlite=self.path)
        return self

    def close(self):
        if self.relay is not None:
            self.relay.store.wait_exchanges(self.count, timeout=60)
            assert self.relay.stop() == 0
            self.relay = None

    def ask(self, request: bytes, answer: bytes, cut=False, timeout=60):
        """Sends and waits for the whole answer; with `cut` the upstream breaks off behind it."""
        self._answer, self._cut = answer, cut
        self.count += 1
        try:
            return self.relay.fetch(request, timeout)
        except Exception:
            if not cut:
                raise
            return None

    def finish(self):
        self.close()
        self.server.stop()
        self.server.check()

    def set_times(self, times):
        """Gives exchange n, in the order of the log, times of its own: (begin, first byte, end) in seconds since 1970.
        What was derived from the old ones is taken away; nothing may run on the store."""
        assert self.relay is None
        with sqlite3.connect(self.path) as db:
            numbers = [row[0] for row in db.execute("SELECT id FROM exchange ORDER BY id")]
            for number, (begin, first, end) in zip(numbers, times, strict=True):
                begin, first, end = (int(second * 1_000_000) for second in (begin, first, end))
                db.execute("UPDATE exchange SET accepted_at = ?, connected_at = iif(connected_at IS NULL, NULL, ?),"
                           " sent_at = iif(sent_at IS NULL, NULL, ?), first_byte_at = iif(first_byte_at IS NULL, NULL, ?),"
                           " last_byte_at = ?, committed_at = ? WHERE id = ?",
                           (begin, begin + 30_000, begin + 50_000, first, end, end + 5_000, number))
                low, high = db.execute("SELECT first_node, last_node FROM log WHERE kind = 1 AND ref = ?"
                                       " ORDER BY seq LIMIT 1", (number,)).fetchone() or (None, None)
                if low is not None:
                    db.execute("UPDATE node SET created_at = ? WHERE id BETWEEN ? AND ?", (end, low, high))
        for ending in (".catalogue", ".catalogue-wal", ".catalogue-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


class Conversation:
    """An agent's history as Anthropic's clients send it. `ask()` adds to it; what is answered becomes a part."""

    def __init__(self, recorder, session, fields=b"", model="claude-sonnet-4-5", tools=(), system=(), **parameters):
        self.recorder, self.session, self.fields, self.model = recorder, session, fields, model
        self.tools, self.system, self.parameters = list(tools), list(system), parameters
        self.history: list[dict] = []

    def request(self, path=b"/v1/messages?beta=true", **more):
        named = b"session_id: " + self.session.encode() + b"\r\n" if self.session else b""
        return messages.turn(self.history, stream=True, path=path, fields=named + self.fields, model=self.model,
                             **({"tools": self.tools} if self.tools else {}),
                             **({"system": self.system} if self.system else {}), **{**self.parameters, **more})

    def ask(self, said, answer, reason="end_turn", figures=None, keep=True):
        """`said`: a text, or content blocks, of the user."""
        self.history.append({"role": "user", "content": said})
        content = [{"type": "text", "text": answer}] if isinstance(answer, str) else answer
        self.recorder.ask(self.request(), streamed(content, reason, figures))
        if keep:
            self.history.append({"role": "assistant", "content": content})
        return self

    def result(self, call, text, answer, reason="end_turn", figures=None, error=False):
        """What a tool gave, and what is answered to it."""
        block = {"type": "tool_result", "tool_use_id": call, "content": text}
        return self.ask([{**block, "is_error": True} if error else block], answer, reason, figures)


def text(said):
    return {"type": "text", "text": said}


def call(name, arguments, id_):
    return {"type": "tool_use", "id": id_, "name": name, "input": arguments}


def thinking(thought):
    return {"type": "thinking", "thinking": thought, "signature": "c2lnbmF0dXJl"}


def refusal(status: bytes, body) -> bytes:
    """What an upstream answers that does not do what was asked."""
    return chat.answer(json.dumps(body).encode(), status=status)
