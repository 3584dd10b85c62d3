"""TLS on either side, with certificates of a CA that only the test knows."""
import socket

import pytest

from harness import chat
from harness.store import texts
from harness.tls import Authority
from harness.wire import Answering, Closed, Peer, chunk

BODY = chat.completion("over TLS")


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"), "somebody else")


def trusting(authority):
    return {"settings": {"proxy.upstream_ca": authority.certificate}}


def test_upstream_of_a_configured_ca_is_reached_with_its_name(proxy, upstream, authority):
    names = []
    context = authority.server_context()
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    script = Answering(chat.answer(BODY))
    server = upstream(script, context=context)
    relay = proxy(server, **trusting(authority))
    with relay.connect() as client:
        for _ in range(3):
            client.send(chat.turn("hi"))
            assert client.take_message()[1] == BODY
    assert names == ["localhost"], "one connection, used three times"
    assert script.requests[0][0].all(b"Host") == [server.authority]
    row = relay.store.wait_exchanges(3)[0]
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "hi"), ("assistant", "over TLS")]


@pytest.mark.parametrize("case", ["unknown CA", "other name", "expired", "name in CN alone", "wildcard in part"])
def test_upstream_that_cannot_be_verified_is_not_talked_to(proxy, upstream, authority, stranger, case):
    context = {"unknown CA": lambda: stranger.server_context(),
               "other name": lambda: authority.server_context("other.test"),
               "expired": lambda: authority.server_context(days=-1),
               "name in CN alone": lambda: authority.server_context(names=()),  # RFC 9525 §2
               "wildcard in part": lambda: authority.server_context(names=("local*",))}
    script = Answering(chat.answer(BODY))
    server = upstream(script, context=context[case]())
    relay = proxy(server, **trusting(authority))
    head, body = relay.fetch(chat.turn("hi"))
    assert head.status == 502
    assert body.startswith(b'{"error":')
    assert script.requests == []
    assert relay.store.only()["end_reason"] == "upstream_unreachable"


def test_our_ca_is_not_trusted_unless_configured(proxy, upstream, authority):
    script = Answering(chat.answer(BODY))
    relay = proxy(upstream(script, context=authority.server_context()))
    assert relay.fetch(chat.turn("hi"))[0].status == 502
    assert script.requests == []


def test_tls_body_that_ends_without_close_notify_is_truncated(proxy, upstream, authority):
    def script(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY)
        # The TCP connection ends, TLS was never told: an attacker could have cut here.
        peer.sock.shutdown(socket.SHUT_RDWR)
    relay = proxy(upstream(script, context=authority.server_context()), **trusting(authority))
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        head = client.take_head()
        with pytest.raises(Closed) as end:
            client.take_chunked_raw() if head.get(b"Transfer-Encoding") else client.take_to_end()
        assert head.get(b"Transfer-Encoding") or not end.value.clean
    assert relay.store.only()["end_reason"] == "upstream_closed"


def test_tls_body_that_ends_with_close_notify_is_complete(proxy, upstream, authority):
    def script(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY)
        try:
            peer.sock.unwrap()
        except OSError:
            pass
    relay = proxy(upstream(script, context=authority.server_context()), **trusting(authority))
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        head = client.take_head()
        got = client.take_body(head)
    assert got == BODY
    assert relay.store.only()["end_reason"] == "complete"


def test_listener_speaks_tls_and_streams(proxy, upstream, authority):
    certificate, key = authority.issue()
    events = chat.stream_events("one ", "two")
    raw = b"".join(map(chunk, events)) + b"0\r\n\r\n"
    relay = proxy(upstream(Answering(chat.SSE_HEAD + raw, chat.answer(BODY))),
                  settings={"proxy.tls_cert": certificate, "proxy.tls_key": key})
    with relay.connect(context=authority.client_context()) as client:
        client.send(chat.turn("hi", stream=True))
        client.take_head()
        assert client.take_chunked_raw() == raw
        client.send(chat.turn("again"))
        assert client.take_message()[1] == BODY
    rows = relay.store.wait_exchanges(2)
    assert [row["end_reason"] for row in rows] == ["complete", "complete"]


@pytest.mark.parametrize("case, reason", [
    ("no such certificate", "No such file or directory"),
    ("no such CA", "No such file or directory"),
    ("another's key", "key values mismatch"),
    ("key with a pass phrase", "interrupted or cancelled"),
])
def test_files_that_tls_cannot_be_set_up_with_are_one_clear_line_and_no_question(run, workspace, authority, case,
                                                                                 reason):
    certificate, key = authority.issue()
    keys = {"proxy.tls_cert": certificate, "proxy.tls_key": key}
    if case == "no such certificate":
        keys["proxy.tls_cert"] = workspace / "none.pem"
    elif case == "no such CA":
        keys = {"proxy.upstream_ca": workspace / "none.pem"}
    else:
        keys["proxy.tls_key"] = authority.key if case == "another's key" else authority.encrypted(key)
    code, out, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "",
                           "--sqlite", workspace / "x.sqlite", *(f"--set={name}={at}" for name, at in keys.items()))
    assert code == 1 and out == ""
    assert error.startswith("tapes: proxy.") and error.endswith(f": {reason}\n")
    assert error.count("\n") == 1


def test_listener_ends_tls_properly(proxy, upstream, authority):
    certificate, key = authority.issue()

    def script(peer):
        peer.take_message()
        peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" + BODY)
    relay = proxy(upstream(script), settings={"proxy.tls_cert": certificate, "proxy.tls_key": key})
    sock = socket.create_connection(("127.0.0.1", relay.port), timeout=10)
    sock = authority.client_context().wrap_socket(sock, server_hostname="localhost", suppress_ragged_eofs=False)
    with Peer(sock) as client:
        client.send(chat.turn("hi"))
        head = client.take_head()
        # take_to_end raises where the connection ends without close_notify.
        assert client.take_body(head) == BODY
        client.expect_closed()


def test_plain_http_on_the_tls_port_does_no_harm(proxy, upstream, authority):
    certificate, key = authority.issue()
    relay = proxy(upstream(Answering(chat.answer(BODY))),
                  settings={"proxy.tls_cert": certificate, "proxy.tls_key": key})
    with relay.connect() as client:
        client.send(chat.turn("hi"))
        try:
            data = client.take_to_end()
        except Closed as error:
            data = error.held
        assert b"200 OK" not in data
    with relay.connect(context=authority.client_context()) as client:
        client.send(chat.turn("hi"))
        assert client.take_message()[0].status == 200


def test_certificate_without_key_is_an_error_at_start(run, authority, workspace):
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--sqlite", workspace / "x.sqlite",
                         "--set", f"proxy.tls_cert={authority.certificate}")
    assert code in (1, 2)
    assert "tls_key" in error
    assert len(error.strip().splitlines()) == 1
