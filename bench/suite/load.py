"""What is sent to the processes: wrk, our paced client, idle streams."""
import itertools
import json
import os
import pathlib
import socket
import subprocess

HERE = pathlib.Path(__file__).resolve().parents[1]
CONNECTIONS = 32
EVENTS = 200
EVENT_DELAY_MS = 2

_numbers = itertools.count(1)


def name():
    """Another one for each load, so that no turn of one load is known from another."""
    return f"{os.getpid()}.{next(_numbers)}"


def wrk(port, seconds, kind, script="turns.lua", connections=CONNECTIONS):
    """Closed loop on some connections; `kind` is "turn" or "stream"."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(HERE / script),
         f"http://127.0.0.1:{port}", "--", name(), kind, str(EVENTS), str(EVENT_DELAY_MS)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 60)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[7:])
    raise RuntimeError(f"wrk failed:\n{done.stdout}{done.stderr}")


def paced(client, port, rate, count):
    """Turns at a fixed rate, timed from when each was due; rate 0: as fast as 32 connections go."""
    done = subprocess.run([str(client), str(port), str(CONNECTIONS), f"{rate:.3f}", str(count), name()],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"the paced client failed: {done.stderr}")
    return json.loads(done.stdout)


class IdleStreams:
    """Streams that gave their first event and then nothing more."""

    def __init__(self, port, count):
        self.sockets = []
        run = name()
        for i in range(count):
            body = ('{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Idle stream '
                    f'{run}-{i}"}}]}}').encode()
            head = ("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    "X-Mock-Events: 200\r\nX-Mock-Event-Delay-Ms: 600000\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n").encode()
            s = socket.create_connection(("127.0.0.1", port), timeout=20)
            s.sendall(head + body)
            self.sockets.append(s)
        for s in self.sockets:
            seen = b""
            while b"data: " not in seen:
                got = s.recv(65536)
                if not got:
                    raise RuntimeError("an idle stream was closed")
                seen += got

    def close(self):
        for s in self.sockets:
            s.close()
