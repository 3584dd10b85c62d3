"""Whoever reads standard error may stop to do so: the log is dropped and counted, and nothing waits for it."""
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from harness import chat
from harness.store import Store
from harness.wire import connect, fetch, wait_until


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def unread(binary, workspace, mock):
    """A proxy whose standard error is a small pipe that nobody reads: (child, port, the pipe's end, store)."""
    children = []

    def start(form="text", level="info"):
        reading, writing = os.pipe()
        fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)
        port = free_port()
        env = {key: value for key, value in os.environ.items() if not key.startswith("TAPES_")}
        store = workspace / "tapes.sqlite"
        child = subprocess.Popen(
            [binary, "serve", "proxy", "--listen", f"127.0.0.1:{port}", "--admin-listen", "", "--upstream", mock.url,
             "--sqlite", store, "--config-dir", workspace / "config", "--set", f"log.format={form}",
             "--set", f"log.level={level}"],
            stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, env=env)
        os.close(writing)
        children.append((child, reading))

        def listening():
            try:
                connect(port).close()
                return True
            except OSError:
                return False
        wait_until(listening, what="a listener")
        return child, port, reading, Store(store)
    yield start
    for child, reading in children:
        if child.poll() is None:
            child.kill()
        child.wait()
        os.close(reading)


def many_lines(port, count):
    with connect(port) as client:
        for number in range(count):
            client.send(b"GET /%s-%d HTTP/1.1\r\nHost: proxy.test\r\n\r\n" % (b"x" * 3000, number))
            client.take_message()


def many_turns(port, count):
    with connect(port) as client:
        for number in range(count):
            client.send(chat.turn(f"turn-{number}"))
            assert client.take_message()[0].status == 200


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nobody_reads_standard_error_and_everything_goes_on(unread, form, number):
    child, port, _, store = unread(form)
    many_turns(port, 300)
    begun = time.monotonic()
    child.send_signal(number)
    assert child.wait(10) == 0
    assert time.monotonic() - begun < 6
    assert len(store.exchanges()) == 300


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_was_dropped_is_counted_when_the_log_flows_again(unread, form):
    child, port, reading, store = unread(form)
    turns = 600
    many_lines(port, turns)
    store.wait_exchanges(turns, 30)
    text = b""
    os.set_blocking(reading, False)
    end = time.monotonic() + 15
    sent = False
    while time.monotonic() < end:
        try:
            part = os.read(reading, 1 << 16)
        except BlockingIOError:
            time.sleep(0.02)
            if b"were dropped" in text and not sent:
                sent = True
                child.send_signal(signal.SIGTERM)
            continue
        if not part:
            break
        text += part
    assert child.wait(5) == 0
    lines = text.decode().splitlines()
    dropped = sum(int(found.group(1)) for line in lines if (found := re.search(r"log: (\d+) lines were dropped", line)))
    seen = sum(("exchange" in line and "status" in line) for line in lines)
    assert dropped > 0 and seen + dropped >= turns and seen + dropped < turns + 20
    assert "stopped:" in lines[-1], "the log of a normal end is written"
    if form == "json":
        for line in lines:
            json.loads(line)


def test_the_last_lines_are_there_after_a_normal_end(proxy, mock):
    relay = proxy(mock)
    for number in range(50):
        assert fetch(relay.port, chat.turn(f"turn-{number}"))[0].status == 200
    assert relay.stop() == 0
    assert relay.output.count(" exchange ") == 50 and "stopped: 50 accepted, 50 recorded" in relay.lines[-1]
