"""An upstream's name with several addresses, of which one is silent (RFC 8305)."""
import os
import socket
import subprocess
import time

import pytest

from harness import chat
from harness.process import Proxy
from harness.tls import Authority
from harness.wire import Answering

ANSWER = chat.answer(chat.completion("ok"))


@pytest.fixture
def named(binary, workspace, started):
    """Factory of proxies that know `two.test`: 127.0.0.1, and then 127.0.0.2."""
    hosts = workspace / "hosts"
    hosts.write_text("127.0.0.1 localhost\n127.0.0.1 two.test\n127.0.0.2 two.test\n")
    wrapper = workspace / "tapes"
    wrapper.write_text(f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind {hosts} /etc/hosts && exec \"$@\"' x "
                       f"{binary} \"$@\"\n")
    wrapper.chmod(0o755)
    if os.geteuid() != 0 or subprocess.run([wrapper, "--version"], capture_output=True).returncode != 0:
        pytest.skip("needs a mount namespace")

    def start(url, **settings):
        settings.setdefault("proxy.threads", "1")
        process = Proxy(wrapper, workspace, url, settings=settings)
        started.append(process)
        return process
    return start


@pytest.fixture
def silent():
    """Factory of listeners whose queue is full: who connects gets no answer."""
    made = []

    def start(address, port):
        made.append(listener := socket.create_server((address, port), backlog=0))
        for _ in range(6):
            made.append(one := socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        return listener.getsockname()[1]
    yield start
    for one in made:
        one.close()


def timed(relay, count):
    took = []
    for number in range(count):
        began = time.monotonic()
        head, body = relay.fetch(chat.turn(f"turn {number}"))
        took.append(time.monotonic() - began)
        assert (head.status, body) == (200, chat.completion("ok"))
    return took


def test_silent_address_costs_a_share_of_the_time_once_and_is_named(named, upstream, silent):
    def once(peer):
        peer.take_message()
        peer.send(chat.answer(chat.completion("ok"), fields=b"Connection: close\r\n"))
    server = upstream(once, host="127.0.0.2")
    silent("127.0.0.1", server.port)
    relay = named(f"http://two.test:{server.port}", **{"proxy.connect_timeout": "5s"})
    took = timed(relay, 4)
    assert max(took) < 3
    assert took[0] > 0.25 > min(took[1:])
    relay.wait_for(rf"127\.0\.0\.1:{server.port} \(no answer\); 127\.0\.0\.2:{server.port} is used")


def test_address_that_is_silent_in_tls_costs_its_share(named, upstream, workspace):
    authority = Authority(workspace / "ca")
    server = upstream(Answering(ANSWER), context=authority.server_context("two.test"), host="127.0.0.2")
    with socket.create_server(("127.0.0.1", server.port)):  # accepts, and never says a word
        relay = named(f"https://two.test:{server.port}",
                      **{"proxy.connect_timeout": "4s", "proxy.upstream_ca": str(authority.certificate)})
        assert max(timed(relay, 2)) < 3.8


def test_all_addresses_silent_is_504_after_the_time_to_connect(named, silent):
    port = silent("127.0.0.1", 0)
    silent("127.0.0.2", port)
    relay = named(f"http://two.test:{port}", **{"proxy.connect_timeout": "3s"})
    began = time.monotonic()
    assert relay.fetch(chat.turn("hi"))[0].status == 504
    assert 2.7 < time.monotonic() - began < 7
