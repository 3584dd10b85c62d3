"""mitmproxy: what it recorded at the same time, imported from its HAR file, has the hashes that the proxy gave."""
import json
import re
import signal

import pytest
from harness import chat, messages
from harness.process import Process
from harness.store import Store
from programs import CACHE

LISTENING = re.compile(r"listening at (?:http://)?127\.0\.0\.1:(\d+)")


@pytest.fixture
def middle(loopback_only, mock, workspace):
    """mitmproxy between the proxy under test and the mock: (its URL, a function that ends it and returns its HAR file)."""
    program = CACHE / "mitmproxy" / "bin" / "mitmdump"
    assert program.exists(), "run scripts/setup clients"
    file = workspace / "mitm.har"
    process = Process([program, "--mode", f"reverse:{mock.url}", "--listen-host", "127.0.0.1", "--listen-port", "0",
                       "--set", f"hardump={file}", "--set", f"confdir={workspace / 'mitm'}"], {"PYTHONUNBUFFERED": "1"})

    def end():
        process.signal(signal.SIGINT)
        assert process.wait(60) == 0, process.output
        return file
    try:
        yield f"http://127.0.0.1:{process.wait_for(LISTENING, 60).group(1)}", end
    finally:
        process.kill()


def test_its_har_gives_the_hashes_that_recording_gives(middle, proxy, run, workspace):
    url, end = middle
    relay = proxy(url, provider="auto", settings={"proxy.openai_upstream": url + "/v1", "proxy.anthropic_upstream": url})

    def send(request):
        before = len(relay.store.exchanges())
        answered = relay.fetch(request, 30)
        relay.store.wait_exchanges(before + 1)
        return answered
    send(chat.turn("hi", stream=True))
    send(chat.turn("packed", fields=b"X-Mock-Encoding: gzip\r\n"))
    send(messages.turn([{"role": "user", "content": "hi \u20ac \U0001f600"}], stream=True, system="Be brief."))
    send(messages.turn([{"role": "user", "content": "once"}]))
    send(chat.post(b'{"model":"gpt","input":"hi"}', path=b"/v1/responses"))
    file = end()
    assert len(json.loads(file.read_text())["log"]["entries"]) == 5
    other = workspace / "other.sqlite"
    code, out, error = run("import", file, "--sqlite", other, timeout=60)
    assert code == 0, error
    assert {node["hash"] for node in Store(other).nodes()} == {node["hash"] for node in relay.store.nodes()}
    kept = {row["head_hash"]: row for row in relay.store.exchanges() if row["head_hash"]}
    for row in Store(other).exchanges():
        assert (row["api"], row["streamed"], row["total_tokens"], row["response_id"]) == tuple(
            kept[row["head_hash"]][name] for name in ("api", "streamed", "total_tokens", "response_id"))
