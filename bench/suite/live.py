"""Live events: how long after its commit an exchange is at a reader."""
import calendar
import json
import pathlib
import selectors
import socket
import statistics
import threading
import time

from . import load, process
from .measure import loaded, say, summary

READERS = 8
RATE = 200  # turns a second
MANY_READERS = 50


class Reader:
    """One of GET /v1/events. Notes how long after its commit each exchange came, in ms."""

    def __init__(self, subject):
        token = pathlib.Path(f"{subject.store}.token").read_text().strip()
        self.ms = []
        self.ready = threading.Event()
        self.sock = socket.create_connection(("127.0.0.1", subject.admin), timeout=30)
        self.sock.sendall((f"GET /v1/events?kinds=exchange HTTP/1.1\r\nHost: localhost\r\n"
                           f"Authorization: Bearer {token}\r\n\r\n").encode())
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        held = b""
        while more := self.sock.recv(1 << 16):
            now = time.time()
            *lines, held = (held + more).split(b"\n")
            for line in lines:
                if line.startswith(b"data: ") and b'"type":"exchange"' in line:
                    self.ms.append((now - seconds_of(json.loads(line[6:])["committed_at"])) * 1000)
                elif line.startswith(b"event: state"):
                    self.ready.set()

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.sock.close()


class Crowd:
    """Many readers of GET /v1/events that take what comes as fast as they can, and look at none of it."""

    def __init__(self, subject, count):
        token = pathlib.Path(f"{subject.store}.token").read_text().strip()
        self.selector = selectors.DefaultSelector()
        self.bytes = self.ended = 0
        self.stopping = threading.Event()
        for _ in range(count):
            sock = socket.create_connection(("127.0.0.1", subject.admin), timeout=30)
            sock.sendall(f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
            if not sock.recv(1 << 16).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("a reader of live events was refused")
            self.selector.register(sock, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        room = bytearray(1 << 20)
        while not self.stopping.is_set():
            for key, _ in self.selector.select(0.1):
                got = key.fileobj.recv_into(room)
                self.bytes += got
                if got == 0:
                    self.ended += 1
                    self.selector.unregister(key.fileobj)

    def close(self):
        self.stopping.set()
        self.thread.join(10)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()


def cost(bench):
    """Small turns with many readers and without any, in turn: what reading along costs those who record."""
    quick = bench.options.quick
    say(f"small turns with {MANY_READERS} readers of live events and without")
    origin = bench.start(process.nginx_upstream, bench.work / "crowd-origin")
    subjects = []
    for name in ("without", "with"):
        subjects.append(bench.start(process.Tapes, bench.options.tapes, bench.work / f"crowd-{name}", origin.port))
        subjects[-1].name = name
    loaded(subjects[0], lambda: load.wrk(subjects[0].port, 1, "turn"))
    loaded(subjects[1], lambda: load.wrk(subjects[1].port, 1, "turn"))
    crowd = Crowd(subjects[1], MANY_READERS)
    found = {one.name: [] for one in subjects}
    half = {one.name: [] for one in subjects}
    for number in range(2 if quick else 5):
        for one in subjects if number % 2 == 0 else reversed(subjects):
            found[one.name].append(loaded(one, lambda: load.wrk(one.port, 2 if quick else 4, "turn")))
    rate = statistics.median(one["rps"] for one in found["without"]) / 2
    for number in range(1 if quick else 3):
        for one in subjects if number % 2 == 0 else reversed(subjects):
            half[one.name].append(loaded(one, lambda: load.paced(bench.options.client, one.port, rate,
                                                                 int(rate * (2 if quick else 4)))))
    read, ended = crowd.bytes, crowd.ended
    crowd.close()
    for one in subjects:
        if one.stop() != 0:
            raise RuntimeError(f"tapes {one.name} readers ended badly:\n{one.tail()}")
    origin.stop()
    return {"readers": MANY_READERS, "bytes_read": read, "disconnected": ended,
            "closed_loop": {name: summary(rounds) for name, rounds in found.items()},
            "half_load": {"rate": rate, **{name: summary(rounds) for name, rounds in half.items()}}}


def seconds_of(moment):
    """Of 2026-01-31T12:00:00.123456Z, since the epoch."""
    whole, _, fraction = moment.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (fraction or "0"))


def measure(bench):
    say("live events")
    origin = bench.start(process.nginx_upstream, bench.work / "live-origin")
    subject = bench.start(process.Tapes, bench.options.tapes, bench.work / "live", origin.port)
    readers = [Reader(subject) for _ in range(READERS)]
    for one in readers:
        if not one.ready.wait(20):
            raise RuntimeError("a reader of live events was told nothing")
    count = RATE * (2 if bench.options.quick else 10)
    load.paced(bench.options.client, subject.port, RATE, count)
    process.wait_until(lambda: all(len(one.ms) >= count for one in readers), 30, "events are missing")
    for one in readers:
        one.close()
    if subject.stop() != 0:
        raise RuntimeError(f"tapes with readers of live events ended badly:\n{subject.tail()}")
    origin.stop()
    times = sorted(ms for one in readers for ms in one.ms)
    return {"readers": READERS, "rate": RATE, "p50_ms": times[len(times) // 2],
            "p99_ms": times[len(times) * 99 // 100], "most_ms": times[-1]}
