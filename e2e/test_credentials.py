"""Secrets of a request and its answer appear in no file, no log line, no event and no metric."""
import base64
import json
import re

import pytest
import zstandard

from harness import chat, messages
from harness.wire import Answering, chunk

SECRETS = {name: f"sEcReT-{name}-{number:04}-qwertyuiop" for number, name in enumerate([
    "bearer", "proxyauth", "xapikey", "apikey", "goog", "amz", "ocp", "cookie", "setcookie", "querykey",
    "queryapikey", "queryaccess", "querytoken", "referer", "mcp", "mcptool", "header", "echoed", "password"])}
S = SECRETS


def leaky_request(stream: bool) -> bytes:
    body = {"model": "gpt-4o", "stream": stream,
            "mcp_servers": [{"type": "url", "url": "https://mcp.test", "authorization_token": S["mcp"]}],
            "tools": [{"type": "mcp", "server_label": "x", "server_url": "https://mcp.test",
                       "authorization": S["mcptool"], "headers": {"X-Secret": S["header"]}}],
            "messages": [{"role": "user", "content": f"I pasted my own key {S['bearer']} here"}]}
    fields = "".join(f"{name}: {value}\r\n" for name, value in [
        ("Authorization", f"Bearer {S['bearer']}"), ("Proxy-Authorization", f"Basic {S['proxyauth']}"),
        ("x-api-key", S["xapikey"]), ("api-key", S["apikey"]), ("X-Goog-Api-Key", S["goog"]),
        ("x-amz-security-token", S["amz"]), ("Ocp-Apim-Subscription-Key", S["ocp"]),
        ("Cookie", f"theme=dark; session={S['cookie']}"),
        ("Referer", f"https://user:{S['password']}@app.test/?api_key={S['referer']}")]).encode()
    query = (f"?key={S['querykey']}&api_key={S['queryapikey']}&access_token={S['queryaccess']}"
             f"&token={S['querytoken']}&harmless=visible")
    return chat.post(chat.dumps(body), path=b"/v1/chat/completions" + query.encode(), fields=fields)


def forms(secret: str):
    """The secret in the forms in which it could hide."""
    raw = secret.encode()
    yield raw
    yield base64.b64encode(raw)[:-4]
    yield raw.hex().encode()


def all_files(directory):
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def decompressed(store) -> bytes:
    """All wire bytes, decoded: zstd would hide a secret from a plain search."""

    data = b""
    for row in store.rows("SELECT * FROM wire"):
        for name in ("request", "response"):
            blob = bytes(row[name])
            if row[f"{name}_zstd"]:
                blob = zstandard.ZstdDecompressor().decompressobj().decompress(blob)
            data += blob
        data += str(row["request_head"]).encode() + str(row["response_head"]).encode()
    return data


@pytest.mark.parametrize("stream", [False, True])
def test_credentials_appear_nowhere(proxy, upstream, workspace, stream):
    echo = f"You sent {S['xapikey']}, do not."
    cookie = b"Set-Cookie: sid=" + S["setcookie"].encode() + b"; Path=/\r\n"
    if stream:
        answer = chat.SSE_HEAD.replace(b"\r\n\r\n", b"\r\n" + cookie + b"\r\n") + \
            b"".join(map(chunk, chat.stream_events(echo))) + b"0\r\n\r\n"
    else:
        answer = chat.answer(chat.completion(echo), fields=cookie)
    script = Answering(answer)
    relay = proxy(upstream(script), settings={"record.wire": "all", "log.level": "trace"})
    request = leaky_request(stream)
    head, body = relay.fetch(request)
    # The relay itself changes nothing.
    received = script.requests[0][0]
    assert received.get(b"Authorization") == b"Bearer " + S["bearer"].encode()
    assert S["querykey"].encode() in received.target
    assert script.requests[0][1] == request.partition(b"\r\n\r\n")[2]
    assert S["setcookie"].encode() in head.get(b"Set-Cookie") and S["xapikey"].encode() in body
    row = relay.store.only()
    metrics = relay.admin("/metrics")[1]
    # An error path logs too.
    relay.fetch(b"GET /v1/x?key=" + S["querykey"].encode() + b" HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    files = all_files(workspace)  # while it runs: the WAL as well
    wire = decompressed(relay.store)
    assert relay.stop() == 0
    files |= {path.with_suffix(".after"): data for path, data in all_files(workspace).items()}
    assert b"visible" in wire and b"redacted:" in wire
    assert row["drop_reason"] in (None, "")
    for name, secret in SECRETS.items():
        for form in forms(secret):
            assert form not in relay.output.encode(), f"{name} in the log"
            assert form not in metrics.encode(), f"{name} in the metrics"
            assert form not in wire, f"{name} in the wire bytes"
            for path, data in files.items():
                assert form not in data, f"{name} in {path.name}"


KEY, OTHER = S["xapikey"], S["apikey"]
JSON = b"Content-Type: application/json\r\n"
X_KEY = JSON + b"x-api-key: " + KEY.encode() + b"\r\n"
MCP = {"mcp_servers": [{"type": "url", "url": "https://mcp.test", "name": "n", "authorization_token": KEY}]}
# Of a request the head's fields, what its body adds, and its path's beginning; what the answer's fields and text add.
ODD_PLACES = {
    "the session": (X_KEY + f"x-session-id: {KEY}\r\n".encode(), {}, "", "", ""),
    "the agent's name": (X_KEY + f"X-Tapes-Agent-Name: {KEY}\r\n".encode(), {}, "", "", ""),
    "an agent's prefix": (X_KEY, {}, f"/agents/{KEY}", "", ""),
    "a percent-encoded path": (X_KEY, {}, f"/x/{KEY.replace('-', '%2D').replace('s', '%73')}", "", ""),
    "headers of gateways": (JSON + f"Helicone-Auth: Bearer {KEY}\r\nx-bf-vk: {OTHER}\r\n".encode()
                            + b'x-portkey-config: {"api_key":"' + KEY.encode() + b'"}\r\n', {}, "", "", ""),
    "the configuration of a gateway": (JSON, {
        "user_config": {"model_list": [{"litellm_params": {"api_key": KEY, "aws_secret_access_key": OTHER}}]},
        "providerOptions": {"gateway": {"byok": {"openai": [{"apiKey": KEY}]}}},
        "extra_headers": {"Authorization": f"Bearer {OTHER}"}}, "", "", ""),
    "a source of data": (JSON, {"data_sources": [{"type": "azure_search", "parameters": {
        "authentication": {"type": "api_key", "key": KEY},
        "embedding_dependency": {"type": "endpoint", "authentication": {"type": "access_token",
                                                                        "access_token": OTHER}}}}]}, "", "", ""),
    "a container's secrets": (JSON, {"tools": [{"type": "shell", "environment": {"network_policy": {
        "type": "allowlist", "domain_secrets": [{"domain": "a.test", "name": "K", "value": KEY}]}}}]}, "", "", ""),
    "a body without a Content-Type": (b"", MCP, "", "", ""),
    "a body that is called a form": (b"Content-Type: application/x-www-form-urlencoded\r\n", MCP, "", "", ""),
    "an MCP token that comes again": (JSON, MCP, "", "", KEY),
    "the address of an MCP server": (JSON, {"mcp_servers": [
        {"type": "url", "name": "n", "url": f"https://u:{KEY}@mcp.test/sse?api_key={OTHER}"}]}, "", "", KEY),
    "a user without a password": (
        JSON + b"Authorization: Basic " + base64.b64encode(KEY.encode() + b":") + b"\r\n", {}, "", "", KEY),
    "fields that were joined": (
        JSON + f"Authorization: Bearer {KEY}, Bearer {OTHER}\r\n".encode(), {}, "", "", KEY + OTHER),
    "another field": (X_KEY + f"X-Mine: v={KEY}\r\n".encode(), {}, "", "", ""),
    "the answer's head": (X_KEY, {}, "", f'WWW-Authenticate: Bearer error="bad {KEY}"\r\n', ""),
    "the path": (X_KEY, {}, f"/x/{KEY}", "", ""),
    "a subprotocol": (
        JSON + f"Sec-WebSocket-Protocol: x, openai-insecure-api-key.{KEY}\r\n".encode(), {}, "", "", KEY),
}


@pytest.mark.parametrize("place", ODD_PLACES)
def test_credentials_in_odd_places_are_kept_nowhere(proxy, upstream, workspace, place):
    fields, more, prefix, answer_fields, echo = ODD_PLACES[place]
    body = chat.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], **more})
    answer = chat.answer(chat.dumps(messages.message("ok " + echo)), fields=answer_fields.encode())
    relay = proxy(upstream(Answering(answer)), settings={"log.level": "trace"}, provider="anthropic")
    relay.fetch(f"POST {prefix}/v1/messages HTTP/1.1\r\nHost: h\r\n".encode() + fields +
                b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert (relay.store.only()["drop_reason"] or "") == ""
    kept = decompressed(relay.store) + b"".join(all_files(workspace).values())
    assert relay.stop() == 0
    for secret in (KEY.encode(), OTHER.encode(), KEY.replace("-", "%2D").replace("s", "%73").encode()):
        assert secret not in kept and secret not in relay.output.encode()


def test_one_key_is_the_same_fingerprint_and_another_key_is_not(proxy, upstream):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("ok")))))
    for key in (b"sk-aaaaaaaaaaaa", b"sk-bbbbbbbbbbbb", b"sk-aaaaaaaaaaaa"):
        relay.fetch(chat.turn("hi", fields=b"Authorization: Bearer " + key + b"\r\n"))
    relay.store.wait_exchanges(3)
    heads = [row["request_head"] for row in relay.store.rows("SELECT request_head FROM wire ORDER BY exchange")]
    marks = [re.search(r"Authorization: Bearer (redacted:[0-9a-f]{8})", str(head)).group(1) for head in heads]
    assert marks[0] == marks[2] != marks[1]


@pytest.mark.kafka
def test_credentials_appear_in_no_event(proxy, upstream, kafka, topic):
    relay = proxy(upstream(Answering(chat.answer(chat.completion(f"echo {S['xapikey']}")))),
                  extra=("--publisher", "kafka", "--kafka-brokers", kafka.address, "--kafka-topic", topic))
    relay.fetch(leaky_request(False))
    relay.store.wait_exchanges(1)
    events = kafka.read(topic, lambda found: len(found) >= 2)
    for event in events:
        whole = event.value + json.dumps(event.headers).encode()
        for name, secret in SECRETS.items():
            for form in forms(secret):
                assert form not in whole, name


def test_user_info_of_the_upstream_is_never_shown(proxy, upstream):
    server = upstream(Answering(chat.answer(chat.completion("ok"))))
    relay = proxy(f"http://bob:{S['password']}@127.0.0.1:{server.port}")
    relay.fetch(chat.turn("hi"))
    row = relay.store.only()
    assert S["password"] not in json.dumps(row)
    assert S["password"] not in relay.output


def test_user_info_of_the_upstream_is_not_kept_where_the_upstream_echoes_it(proxy, upstream, workspace):
    pair = base64.b64encode(f"bob:{S['password']}".encode()).decode()
    server = upstream(Answering(chat.answer(chat.completion(f"you are {S['password']}, {pair}"),
                                            fields=f"X-Echo: Basic {pair}\r\n".encode())))
    relay = proxy(f"http://bob:{S['password']}@127.0.0.1:{server.port}")
    assert pair.encode() in relay.fetch(chat.turn("hi"))[1]
    relay.store.only()
    kept = decompressed(relay.store) + b"".join(all_files(workspace).values()) + relay.output.encode()
    assert relay.stop() == 0
    assert S["password"].encode() not in kept and pair.encode() not in kept


def test_a_tunnel_leaves_no_key_in_row_or_log(proxy, upstream, workspace):
    def script(peer):
        peer.take_head()
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n")
        peer.close()
    relay = proxy(upstream(script), settings={"log.level": "trace"})
    client = relay.connect()
    client.send(f"GET /x/{KEY}/{KEY.replace('-', '%2D')}?api_token={OTHER} HTTP/1.1\r\nHost: h\r\n"
                f"Upgrade: chat\r\nConnection: Upgrade\r\nx-api-key: {KEY}\r\n\r\n".encode())
    assert client.take_head().status == 101
    client.close()
    assert relay.store.only()["drop_reason"] == "tunnel"
    relay.wait_for("became a tunnel")
    kept = decompressed(relay.store) + b"".join(all_files(workspace).values()) + relay.output.encode()
    assert relay.stop() == 0
    for secret in (KEY, KEY.replace("-", "%2D"), OTHER):
        assert secret.encode() not in kept


def test_names_that_the_configuration_adds_are_redacted(proxy, upstream, workspace, run):
    settings = {"redaction.headers": "X-Tenant,x-corp-*", "redaction.fields": "tenant_pass"}
    relay = proxy(upstream(Answering(chat.answer(chat.completion(f"hello {KEY}")))), settings=settings)
    body = {"model": "m", "tenant_pass": OTHER, "messages": [{"role": "user", "content": f"it is {OTHER}"}]}
    relay.fetch(chat.post(chat.dumps(body), fields=f"X-Tenant: {KEY}\r\nx-corp-a: {S['mcp']}\r\n".encode()))
    assert not relay.store.only()["drop_reason"]
    kept = decompressed(relay.store) + b"".join(all_files(workspace).values())
    assert relay.stop() == 0
    for secret in (KEY, OTHER, S["mcp"]):
        assert secret.encode() not in kept
    code, out, _ = run("config", environment={"TAPES_REDACTION_HEADERS": "X-Tenant"})
    assert code == 0 and "redaction.headers" in out and "X-Tenant" in out
    for key, wrong in (("TAPES_REDACTION_HEADERS", "*"), ("TAPES_REDACTION_FIELDS", "messages")):
        code, out, error = run("config", environment={key: wrong})
        assert code != 0 and key in out + error and wrong in out + error


def test_config_and_errors_mask_secrets(run):
    environment = {"TAPES_ADMIN_TOKEN": S["bearer"],
                   "TAPES_PROXY_UPSTREAM": f"http://bob:{S['password']}@127.0.0.1:1"}
    code, out, error = run("config", environment=environment)
    assert code == 0
    assert S["bearer"] not in out + error and S["password"] not in out + error
    assert "admin.token" in out
    code, out, error = run("config", environment={**environment, "TAPES_PROXY_LISTEN": "nonsense"})
    assert code != 0
    assert S["bearer"] not in out + error and S["password"] not in out + error
