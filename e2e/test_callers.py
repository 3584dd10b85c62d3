"""Who may use the proxy: holders of tokens (proxy.clients) and of certificates (proxy.client_ca)."""
import json
import re
import ssl

import pytest

from harness import chat
from harness.tls import Authority
from harness.websocket import agreement, frame, handshake
from harness.wire import Answering, Closed

ALICE, BOB = "alice-0123456789abcdef", "b0b/secret+0123456789abcdef=="
FIELD = b"X-Tapes-Token: " + ALICE.encode() + b"\r\n"
PREFIX = b"/t/" + ALICE.encode()
SECRETS = [ALICE.encode(), BOB.encode(), b"b0b%2Fsecret"]


@pytest.fixture
def guarded(proxy, workspace):
    """A proxy that alice and bob may use; bob's token is in a file."""
    def start(upstream, **more):
        (workspace / "bob.token").write_text(BOB + "\n")
        settings = {"log.level": "debug", "record.wire": "all", **more.pop("settings", {})}
        return proxy(upstream, settings=settings, **more, environment={
            "TAPES_PROXY_CLIENTS": f"alice={ALICE},bob=file:{workspace}/bob.token"})
    return start


def nowhere(relay, *more: bytes):
    """Asserts that no token stands in what the relay keeps, logs and measures."""
    files = [path.read_bytes() for path in relay.store.path.parent.glob(relay.store.path.name + "*")]
    for place in [relay.raw_output, *files, *more]:
        for secret in SECRETS:
            assert secret not in place


@pytest.mark.parametrize("path, fields, name", [
    (b"/v1/chat/completions", FIELD, "alice"),
    (b"/v1/chat/completions", b"x-tapes-token: " + BOB.encode() + b"\r\n", "bob"),
    (b"/v1/chat/completions", b"Proxy-Authorization: Bearer " + ALICE.encode() + b"\r\n", "alice"),
    (PREFIX + b"/v1/chat/completions", b"", "alice"),
    (PREFIX + b"/agents/coder/v1/chat/completions?x=1", b"Referer: http://h" + PREFIX + b"/\r\n", "alice"),
    (b"/t/b0b%2Fsecret%2b0123456789abcdef%3D%3D/v1/chat/completions", b"", "bob"),
    (b"http://proxy.test" + PREFIX + b"/v1/chat/completions", b"", "alice"),
])
def test_who_has_a_token_is_let_in_by_name_and_the_token_goes_no_further(guarded, upstream, run, path, fields, name):
    script = Answering(chat.answer(chat.completion("hi")))
    relay = guarded(upstream(script))
    with relay.connect() as client:
        for text in ("one", "two"):  # a token in a body is a credential like any other
            client.send(chat.turn(text + " " + ALICE, path=path, fields=fields))
            assert client.take_message()[0].status == 200
    rows = relay.store.wait_exchanges(2)
    for row, (head, body) in zip(rows, script.requests):
        assert row["caller"] == name and row["drop_reason"] is None
        assert row["path"] == "/v1/chat/completions"
        assert head.target.split(b"?")[0] == b"/v1/chat/completions"
        assert not any(secret in head.raw for secret in SECRETS) and head.get(b"Proxy-Authorization") is None
        assert ALICE.encode() in body, "bodies pass as they are"
    assert rows[0]["agent_name"] == ("coder" if b"coder" in path else None)
    metrics = relay.admin("/metrics")[1].encode()
    code, shown, _ = run("exchange", "list", "--sqlite", relay.store.path)
    assert code == 0 and f"  from {name}  " in shown
    code, listed, _ = run("exchange", "list", "--json", "--sqlite", relay.store.path)
    assert {json.loads(line)["caller"] for line in listed.splitlines()} == {name}
    code, whole, err = run("exchange", "show", rows[0]["id"], "--sqlite", relay.store.path)
    assert f"caller {name}" in err
    code, events, err = run("replay", "--event-type", "tapes.exchange.v1", "--to", "-", "--sqlite", relay.store.path)
    assert code == 0, err
    assert [json.loads(line)["value"]["exchange"]["caller"] for line in events.splitlines()] == [name] * 2
    assert relay.stop() == 0
    assert f"caller={name}" in relay.output
    nowhere(relay, metrics, *(text.encode() for text in (shown, listed, whole, events)))


@pytest.mark.parametrize("raw, reason", [
    (chat.turn("x"), "a token is required"),
    (chat.turn("x", fields=b"X-Tapes-Token: \r\n"), "a token is required"),
    (chat.turn("x", fields=b"X-Tapes-Token: " + ALICE[:-1].encode() + b"\r\n"), "this token is not known"),
    (chat.turn("x", fields=b"X-Tapes-Token: " + ALICE.encode() + b"0\r\n"), "this token is not known"),
    (chat.turn("x", fields=b"Authorization: Bearer " + ALICE.encode() + b"\r\n"), "a token is required"),
    (chat.turn("x", path=b"/t/wrong/v1/chat/completions"), "this token is not known"),
    (chat.turn("x", path=b"/agents/a" + PREFIX + b"/v1/chat/completions"), "a token is required"),
    (chat.turn("x", path=PREFIX + b"/v1/chat/completions", fields=b"X-Tapes-Token: no\r\n"), "this token is not known"),
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "a token is required"),
    (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "a token is required"),
    (b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "a token is required"),
    (handshake(), "a token is required"),
    (chat.turn("x", path=b"/" + b"p" * 60000), "a token is required"),
])
def test_everybody_else_is_refused_and_accounted(guarded, upstream, raw, reason):
    script = Answering(chat.answer(chat.completion("hi")))
    relay = guarded(upstream(script))
    with relay.connect() as client:
        client.send(raw)
        head, body = client.take_message(raw.split(b" ")[0])
        assert head.status == 401 and head.get(b"WWW-Authenticate") and head.get(b"Connection") == b"close"
        if raw[:4] != b"HEAD":
            assert json.loads(body)["error"] == reason + " (proxy.clients)"
        with pytest.raises(Closed):
            client.take_message()
    row = relay.store.only()
    assert row["drop_reason"] == "unauthorized" and row["end_reason"] == "protocol_error" and row["caller"] is None
    assert row["status"] is None and row["request_bytes"] == 0 and len(row["path"]) <= 256 and len(row["target"]) <= 256
    assert relay.store.rows("SELECT count(*) AS n FROM wire")[0]["n"] == 0, "nothing of what strangers send is kept"
    assert script.requests == []
    assert relay.metrics()['tapes_exchanges_dropped_total{reason="unauthorized"}'] == 1
    assert relay.stop() == 0
    relay.store.assert_balanced()
    assert relay.store.totals()["dropped.unauthorized"] == 1
    assert re.search(rf"warning a request from 127\.0\.0\.1:\d+ was refused: {reason}", relay.output)
    nowhere(relay)


def test_a_websocket_has_its_callers_name(guarded, upstream):
    def script(peer):
        head = peer.take_head()
        assert not any(secret in head.raw for secret in SECRETS)
        peer.send(agreement())
        peer.close()
    relay = guarded(upstream(script))
    with relay.connect() as client:
        client.send(handshake(path=PREFIX + b"/v1/responses"))
        assert client.take_head().status == 101
    assert relay.store.only()["caller"] == "alice"


def test_what_is_answered_on_a_websocket_has_its_callers_name(guarded, mock):
    relay = guarded(mock)
    asked = {"type": "response.create", "model": "gpt-5", "input": [{"role": "user", "content": "hi"}]}
    with relay.connect() as client:
        client.send(handshake(path=PREFIX + b"/v1/responses"))
        assert client.take_head().status == 101
        client.send(frame(json.dumps(asked).encode(), masked=True))
        assert relay.store.only()["caller"] == "alice"
    assert relay.store.only()["api"] == "openai_responses"


def test_without_clients_nothing_changes(proxy, upstream):
    script = Answering(chat.answer(chat.completion("hi")))
    relay = proxy(upstream(script))
    relay.fetch(chat.turn("x", path=PREFIX + b"/v1/chat/completions", fields=FIELD))
    assert script.requests[0][0].target == PREFIX + b"/v1/chat/completions", "the proxy's port reserves no path"
    assert script.requests[0][0].get(b"X-Tapes-Token") is None
    assert relay.store.only()["caller"] is None
    assert "proxy.clients" not in relay.output


def test_a_listener_that_others_reach_warns(proxy, mock, guarded):
    extra = ("--listen", "0.0.0.0:0")
    open_to_all = proxy(mock, extra=extra)
    open_to_all.wait_for("warning .*proxy.clients")
    assert open_to_all.stop() == 0
    assert "warning" not in guarded(mock, extra=extra).output


def test_tokens_are_masked_and_bad_ones_refused(run, workspace):
    environment = {"TAPES_PROXY_CLIENTS": f"alice={ALICE}"}
    for command in (["config"], ["config", "get", "proxy.clients"], ["config", "get", "proxy.clients.alice"]):
        code, out, _ = run(*command, environment=environment)
        assert code == 0 and "********" in out and ALICE not in out
    for value in ("alice=", "alice=short", f"alice=file:{workspace}/none"):
        code, _, err = run("serve", "proxy", "--upstream", "mock", "--listen", "127.0.0.1:0", "--admin-listen", "",
                           environment={"TAPES_PROXY_CLIENTS": value})
        assert code == 1 and "proxy.clients" in err and "short" not in err


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("callers-ca"))


@pytest.fixture
def mutual(proxy, upstream, authority):
    def start(script, **settings):
        certificate, key = authority.issue()
        return proxy(upstream(script), settings={"proxy.tls_cert": certificate, "proxy.tls_key": key,
                                                 "proxy.client_ca": authority.certificate, **settings})
    return start


def client_context(authority, files=None):
    context = authority.client_context()
    if files:
        context.load_cert_chain(*files)
    return context


def test_a_certificate_is_verified_and_gives_the_name(mutual, authority):
    script = Answering(chat.answer(chat.completion("hi")))
    relay = mutual(script)
    for _ in range(2):
        with relay.connect(context=client_context(authority, authority.issue("build-7.example"))) as client:
            client.send(chat.turn("x"))
            assert client.take_message()[0].status == 200
    assert [row["caller"] for row in relay.store.wait_exchanges(2)] == ["build-7.example"] * 2


@pytest.mark.parametrize("case, reason", [("none", "none was shown"), ("stranger", "unable to "),
                                          ("expired", "certificate has expired")])
def test_without_a_certificate_that_holds_there_is_401(mutual, authority, tmp_path, case, reason):
    files = {"none": lambda: None, "stranger": lambda: Authority(tmp_path / "other", "other").issue("x.example"),
             "expired": lambda: authority.issue("old.example", days=-1)}[case]()
    script = Answering(chat.answer(chat.completion("hi")))
    relay = mutual(script, **{"proxy.clients": f"alice={ALICE}"})
    with relay.connect(context=client_context(authority, files)) as client:
        client.send(chat.turn("x", fields=FIELD))
        head, body = client.take_message()
        assert head.status == 401 and json.loads(body)["error"] == "a client certificate is required (proxy.client_ca)"
    assert relay.store.only()["drop_reason"] == "unauthorized"
    relay.wait_for("was refused: a client certificate is required .proxy.client_ca.: " + reason)
    assert script.requests == []


def test_with_both_a_certificate_and_a_token_are_needed(mutual, authority):
    script = Answering(chat.answer(chat.completion("hi")))
    relay = mutual(script, **{"proxy.clients": f"alice={ALICE}"})
    files = authority.issue("build-7.example")
    with relay.connect(context=client_context(authority, files)) as client:
        client.send(chat.turn("x"))
        assert client.take_message()[0].status == 401
    with relay.connect(context=client_context(authority, files)) as client:
        client.send(chat.turn("x", fields=FIELD))
        assert client.take_message()[0].status == 200
    assert [row["caller"] for row in relay.store.wait_exchanges(2)] == ["build-7.example", "alice"]


def test_wrong_certificates_are_named_at_start(run, workspace, authority):
    certificate, key = authority.issue()
    (workspace / "junk.pem").write_text("junk")
    for settings in (["--set", "proxy.client_ca=x.pem"],
                     ["--set", f"proxy.tls_cert={certificate}", "--set", f"proxy.tls_key={key}",
                      "--set", "proxy.client_ca=junk.pem"]):
        code, _, err = run("serve", "proxy", "--upstream", "mock", "--listen", "127.0.0.1:0", "--admin-listen", "",
                           *settings)
        assert code in (1, 2) and "proxy.client_ca" in err
