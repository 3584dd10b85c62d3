"""What the worst shapes cost at 1 to 16 MB: work must grow with bytes, whatever they are."""
import contextlib
import http.client
import http.server
import pathlib
import sqlite3
import threading

from . import process
from .measure import say

SHAPES = pathlib.Path(__file__).resolve().parents[2] / "tests" / "fuzz" / "corpus" / "growth"
MEGABYTE = 1 << 20
SIZES = [1, 2, 4, 8, 16]  # MB
PATHS = ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat", "/api/generate", "/v1/completions",
         "/v1/fim/completions", "/model/m/converse", "/v1beta/models/m:generateContent"]
REQUEST = (b'{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}],"input":"hi","prompt":"hi",'
           b'"contents":[{"role":"user","parts":[{"text":"hi"}]}]}')
ANSWERS = dict(zip(PATHS, [
    process.ANSWER,
    '{"id":"r","object":"response","model":"m","status":"completed","output":[{"type":"message","role":"assistant",'
    '"content":[{"type":"output_text","text":"ok"}]}]}',
    '{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"ok"}],'
    '"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}',
    '{"model":"m","message":{"role":"assistant","content":"ok"},"done":true}',
    '{"model":"m","response":"ok","done":true}',
    '{"id":"c","object":"text_completion","model":"m","choices":[{"index":0,"text":"ok","finish_reason":"stop"}]}',
    process.ANSWER,
    '{"output":{"message":{"role":"assistant","content":[{"text":"ok"}]}},"stopReason":"end_turn"}',
    '{"candidates":[{"content":{"role":"model","parts":[{"text":"ok"}]},"finishReason":"STOP"}]}']))
BUDGET = "4GiB"  # of captured and parsed bytes, so that no shape is given up for want of memory


class Shape:
    """A file of the fuzz target `growth`: what it is, and a text that is repeated between two others."""

    def __init__(self, path):
        first, self.repeated, self.after = path.read_text().split("\n", 2)
        self.name, self.kind = path.name.replace("_", " "), first[0]
        self.before, self.repeated, self.after = (self.lines(one) for one in (first[1:], self.repeated, self.after))

    @staticmethod
    def lines(text):
        return text.replace("\\n", "\n").replace("\\r", "\r")

    def text(self, size):
        parts, length, number = [self.before], len(self.before), 0
        while length < size:
            parts.append(self.repeated.replace("#", str(number)))
            length += len(parts[-1])
            number += 1
        return "".join([*parts, self.after]).encode()

    def place(self):
        """Where the text stands: the path, the direction, and its type; None where it is no body of an API."""
        for kinds, place in (("01234FGHO", ("request", "application/json")), ("56789IJKP", ("answer", "application/json")),
                             ("ABCDELMNQ", ("answer", "text/event-stream"))):
            if self.kind in kinds:
                return PATHS[kinds.index(self.kind)], *place
        return {"b": (PATHS[0], "request", "application/json"),
                "l": (PATHS[0], "answer", "text/event-stream")}.get(self.kind)


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answer, content_type = b"", ""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.content_type)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_):
        pass


def send(port, path, body):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    client.request("POST", path, body, {"Content-Type": "application/json"})
    client.getresponse().read()
    client.close()


def cost(tapes, shape, size):
    """CPU seconds of one exchange."""
    path, direction, content_type = shape.place()
    text = shape.text(size * MEGABYTE)
    in_answer = direction == "answer"
    Upstream.answer = text if in_answer else ANSWERS[path].encode()
    Upstream.content_type = content_type if in_answer else "application/json"
    before = tapes.cpu_when_idle()
    send(tapes.port, path, REQUEST if in_answer else text)
    return tapes.cpu_when_idle(limit=120) - before


def measure(bench):
    sizes = SIZES[:3] if bench.options.quick else SIZES
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tapes = bench.start(process.Tapes, bench.options.tapes, bench.work / "curves", server.server_port, "--set",
                        f"record.budget_bytes={BUDGET}")
    out = {}
    for shape in map(Shape, sorted(SHAPES.iterdir())):
        if shape.place():
            say(f"{shape.name}, up to {sizes[-1]} MB")
            out[shape.name] = {"place": " of ".join(shape.place()[1::-1]),
                               "seconds": {size: cost(tapes, shape, size) for size in sizes}}
    tapes.stop()
    server.shutdown()
    reasons = dropped(tapes.store)
    for index, one in enumerate(out.values()):
        one["dropped"] = dict(zip(sizes, reasons[index * len(sizes):]))
    return out


def dropped(store):
    """The drop reasons of the exchanges, in their order; "" of those that became turns."""
    with contextlib.closing(sqlite3.connect(store)) as db:
        return [reason or "" for reason, in db.execute("SELECT drop_reason FROM exchanges ORDER BY seq")]
