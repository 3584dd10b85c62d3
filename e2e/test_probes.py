"""Probes of the admin listener are answered whatever else is asked of it."""
import json
import socket
import threading
import time

import pytest

from harness.wire import wait_until

PROBES = ("/healthz", "/readyz", "/metrics")
LONGEST = 1.0  # seconds; what is measured are milliseconds


def probe(relay) -> float:
    """The longest time that a probe takes now."""
    longest = 0.0
    for path in PROBES:
        begun = time.monotonic()
        status, _ = relay.admin(path, timeout=20)
        longest = max(longest, time.monotonic() - begun)
        assert status == 200
    return longest


NODE = json.dumps({"hash": "0" * 64, "content": [{"type": "text", "text": "x" * 8}] * 4}).encode()


@pytest.mark.parametrize("path, body", [
    (b"nodes", b'{"nodes":[' + b",".join([NODE] * 150_000) + b"]}"),
    (b"known", b'{"hashes":[' + b",".join([b"{}"] * 4_000_000) + b"]}"),
], ids=("many nodes", "no hashes"))
def test_probes_are_answered_during_a_large_import(proxy, mock, path, body):
    relay = proxy(mock)

    def send():
        with socket.create_connection(("127.0.0.1", relay.admin_port), timeout=60) as client:
            client.sendall(b"POST /v1/import/%s HTTP/1.1\r\nHost: localhost\r\n" % path)
            client.sendall(b"Authorization: Bearer %s\r\n" % relay.token().encode())
            client.sendall(b"Content-Length: %d\r\n\r\n" % len(body))
            client.sendall(body)
            answers.append(client.recv(100))
    answers: list[bytes] = []
    sender = threading.Thread(target=send)
    sender.start()
    longest = 0.0
    while sender.is_alive():
        longest = max(longest, probe(relay))
    sender.join()
    assert answers and longest < LONGEST


def test_half_open_connections_keep_no_probe_out(proxy, mock):
    relay = proxy(mock)
    silent = []
    try:
        for i in range(400):  # more than are open at a time
            one = socket.create_connection(("127.0.0.1", relay.admin_port), timeout=10)
            one.sendall((b"", b"GET /healthz HTTP/1.1\r\nHost: localho", b"POST /v1/import/nodes HTTP/1.1\r\n")[i % 3])
            silent.append(one)
        assert probe(relay) < LONGEST
        silent[0].settimeout(10)
        assert silent[0].recv(1) == b"", "the oldest is closed first"
    finally:
        for one in silent:
            one.close()
    relay.wait_for("warning admin listener: .* closed to make room")
    wait_until(lambda: probe(relay) < LONGEST, 10, "probes")
