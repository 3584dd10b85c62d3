"""The admin listener: health, readiness, metrics, and who may ask."""
import json
import pathlib
import re
import stat

import pytest

from harness import chat
from harness.wire import Answering, connect, fetch, wait_until

METRICS = ["tapes_exchanges_total", "tapes_turns_recorded_total", "tapes_exchanges_in_flight", "tapes_capture_bytes",
           "tapes_spill_bytes", "tapes_store_failing", "tapes_wal_bytes", "tapes_commit_seconds", "tapes_commit_turns",
           "tapes_store_bytes", "tapes_catalogue_lag_rows",
           "tapes_ack_timeouts_total", "tapes_upstream_seconds", "tapes_overhead_seconds", "tapes_dead_letters",
           "process_resident_memory_bytes"]


def ask(port, path=b"/healthz", host=b"127.0.0.1:%d", fields=b"", method=b"GET"):
    host = host % port if b"%d" in host else host
    return fetch(port, method + b" " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n" + fields +
                 b"Connection: close\r\n\r\n")


@pytest.fixture
def relay(proxy, upstream):
    return proxy(upstream(Answering(chat.answer(chat.completion("ok")))))


def test_health_and_readiness(relay):
    assert relay.admin("/healthz")[0] == 200
    assert relay.admin("/readyz")[0] == 200
    assert relay.admin("/nothing")[0] == 404


def test_every_metric_of_the_documentation_is_there_after_a_turn(relay):
    relay.fetch(chat.turn("hi"))
    relay.fetch(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
    relay.store.wait_exchanges(2)
    wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 0, what="settled")
    wait_until(lambda: "tapes_catalogue_lag_rows" in relay.metrics(), what="the catalogue's first look")
    status, text = relay.admin("/metrics")
    assert status == 200
    for name in METRICS + ["tapes_exchanges_dropped_total"]:
        assert re.search(rf"^{name}(_bucket|_count)?[ {{]", text, re.M), name
        assert re.search(rf"^# TYPE {name} (counter|gauge|histogram)", text, re.M), name
    metrics = relay.metrics()
    assert metrics["tapes_turns_recorded_total"] == 1
    assert metrics['tapes_exchanges_dropped_total{reason="non_turn_request"}'] == 1
    assert metrics['tapes_exchanges_total{api="openai_chat",end_reason="complete"}'] == 1
    assert relay.metric("tapes_exchanges_total") == 2
    assert metrics["tapes_capture_bytes"] == 0


@pytest.mark.kafka
def test_metrics_of_a_cursor(proxy, upstream, kafka, topic):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))),
                  extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic))
    relay.fetch(chat.turn("hi"))
    relay.store.wait_exchanges(1)
    wait_until(lambda: relay.metric("tapes_publish_total") == 2, what="two published events")
    text = relay.admin("/metrics")[1]
    for name in ("tapes_cursor_lag_rows", "tapes_cursor_lag_seconds"):
        assert re.search(rf'^{name}{{cursor="[^"]+"}} ', text, re.M), name


@pytest.mark.parametrize("host, status", [
    (b"127.0.0.1:%d", 200), (b"localhost:%d", 200), (b"LOCALHOST:%d", 200), (b"127.0.0.1", 200), (b"[::1]:%d", 200),
    (b"evil.test", 403), (b"evil.test:%d", 403), (b"127.0.0.1.evil.test:%d", 403), (b"localhost.evil.test", 403),
])
def test_host_of_another_name_is_refused(relay, host, status):
    assert ask(relay.admin_port, host=host)[0].status == status


@pytest.mark.parametrize("origin, status", [
    (b"http://127.0.0.1:%d", 200), (b"http://localhost:%d", 403), (b"http://evil.test", 403), (b"null", 403),
    (b"http://127.0.0.1.evil.test", 403),
])
def test_origin_of_another_site_is_refused(relay, origin, status):
    origin = origin % relay.admin_port if b"%d" in origin else origin
    assert ask(relay.admin_port, path=b"/metrics", fields=b"Origin: " + origin + b"\r\n")[0].status == status


@pytest.mark.parametrize("fields, status", [
    (b"", 401), (b"Authorization: Bearer wrong\r\n", 401), (b"Authorization: Bearer t0ken-of-the-testx\r\n", 401),
    (b"Authorization: Basic t0ken-of-the-test\r\n", 401), (b"Authorization: Bearer t0ken-of-the-test\r\n", 200),
])
def test_token_is_asked_for_where_one_is_set(proxy, upstream, fields, status):
    relay = proxy(upstream(Answering(b"")), settings={"admin.token": "t0ken-of-the-test"})
    assert ask(relay.admin_port, path=b"/metrics", fields=fields)[0].status == status
    assert "t0ken-of-the-test" not in relay.output


def test_without_a_configured_token_one_is_made_that_only_the_stores_owner_can_read(proxy, mock, run):
    relay = proxy(mock)
    relay.fetch(chat.turn("the secret plan"))
    node = relay.store.wait_exchanges(1)[0]["head_hash"]
    made = relay.directory / "tapes.sqlite.token"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n", made.read_text())
    for path in ("/healthz", "/readyz", "/metrics"):
        assert relay.ask(path, Authorization=None)[0] == 200, path
    contents = (f"/v1/nodes/{node}", "/v1/dead-letters", "/v1/cursors", "/v1/replays", "/v1/nothing", "/nothing", "/v1/")
    # The page's own files are for everyone, and hold nothing of the record.
    assert relay.ask("/", Authorization=None)[0] == 200 and b"plan" not in relay.ask("/")[2]
    for path in contents:
        for wrong in (None, "Bearer", "Bearer " + "0" * 64, f"Basic {relay.token()}"):
            status, fields, body = relay.ask(path, Authorization=wrong)
            assert status == 401 and fields["WWW-Authenticate"] == "Bearer" and b"plan" not in body, path
            assert fields["Content-Type"] == "application/problem+json" and json.loads(body)["status"] == 401
        assert relay.ask(path)[0] in (200, 404), path
    assert relay.token() not in relay.output
    # Who knows the token and rebinds a name is refused all the same.
    bearer = f"Authorization: Bearer {relay.token()}\r\n".encode()
    path = f"/v1/nodes/{node}".encode()
    assert ask(relay.admin_port, path, fields=bearer)[0].status == 200
    assert ask(relay.admin_port, path, b"evil.test", bearer)[0].status == 403
    assert ask(relay.admin_port, path, fields=bearer + b"Origin: http://evil.test\r\n")[0].status == 403

    # Commands find it, and it is the same after the next start.
    code, out, error = run("dlq", "retry", "--all", "--sqlite", relay.store.path)
    assert code == 0, error
    token = relay.token()
    assert relay.stop() == 0
    again = proxy(mock)
    assert again.token() == token and again.ask("/v1/cursors")[0] == 200


@pytest.mark.parametrize("spoilt", ["readable", "empty", "link", "hard link", "directory"])
def test_made_token_that_others_know_is_made_anew_and_what_is_none_is_left_alone(proxy, mock, workspace, spoilt):
    known = "k" * 64
    place, other = workspace / "tapes.sqlite.token", workspace / "other"
    other.write_text(known + "\n")
    other.chmod(0o600)
    if spoilt == "readable":
        place.write_text(known + "\n")
        place.chmod(0o640)
    elif spoilt == "empty":
        place.touch(0o600)
    elif spoilt == "link":
        place.symlink_to(other)
    elif spoilt == "hard link":
        place.hardlink_to(other)
    else:
        place.mkdir(0o700)
    if spoilt in ("readable", "empty"):
        relay = proxy(mock, directory=workspace)
        assert len(relay.token()) == 64 and relay.token() != known
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        return
    relay = proxy(mock, directory=workspace, wait=False)
    assert relay.wait() == 1
    assert str(place) in relay.output.splitlines()[-1] and known not in relay.output
    assert other.read_text() == known + "\n"


def test_wrong_method_and_wrong_bytes_do_no_harm(relay):
    assert ask(relay.admin_port, method=b"POST", fields=b"Content-Length: 0\r\n")[0].status == 401
    assert relay.ask("/healthz", method="POST", body=b"")[0] == 405
    with connect(relay.admin_port) as client:
        try:
            client.send(b"\x00\x01nonsense\r\n\r\n" + b"x" * 100_000)
            client.half_close()
            client.take_to_end()
        except Exception:  # noqa: BLE001 - a reset is as good
            pass
    assert relay.admin("/healthz")[0] == 200


def test_proxys_port_reserves_no_path(proxy, upstream):
    script = Answering(chat.answer(b'{"mine":true}'))
    relay = proxy(upstream(script))
    for path in (b"/healthz", b"/readyz", b"/metrics", b"/ping"):
        head, body = relay.fetch(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        assert json.loads(body) == {"mine": True}
    assert [head.target for head, _ in script.requests] == [b"/healthz", b"/readyz", b"/metrics", b"/ping"]


def test_no_admin_listener_where_none_is_wanted(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))), admin=False)
    assert relay.fetch(chat.turn("hi"))[0].status == 200
    relay.store.wait_exchanges(1)
    assert "admin listening" not in relay.output


def test_without_an_admin_listener_nothing_waits_for_its_readers(proxy, mock, workspace):
    def threads(name, **options):
        (workspace / name).mkdir()
        relay = proxy(mock, directory=workspace / name, settings={"proxy.threads": 1}, **options)
        relay.fetch(chat.turn("hi"))
        relay.store.wait_exchanges(1)
        return len(list(pathlib.Path(f"/proc/{relay.pid}/task").iterdir()))

    # The listener, its handlers, 4 readers, live events, and answers in flight.
    assert threads("with") - threads("without", admin=False) == 8
