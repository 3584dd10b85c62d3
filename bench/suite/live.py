"""Live events: how long after its commit an exchange is at a reader."""
import calendar
import json
import pathlib
import socket
import threading
import time

from . import load, process
from .measure import say

READERS = 8
RATE = 200  # turns a second


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
