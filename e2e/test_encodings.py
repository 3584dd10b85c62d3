"""Bodies in every content coding: relayed byte for byte, recorded as what they say."""
import gzip
import zlib

import brotli
import pytest
import zstandard

from harness import chat
from harness.store import texts
from harness.wire import Answering, chunk


def _raw_deflate(data: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(data) + coder.flush()


def _members(one):
    """Two members, cut in the middle of a character."""
    def make(data: bytes) -> bytes:
        middle = data.find(b"\xe2\x82\xac") + 1
        return one(data[:middle]) + one(data[middle:])
    return make


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


CODINGS = {
    "gzip": (b"gzip", gzip.compress),
    "x-gzip": (b"x-gzip", gzip.compress),
    "deflate, zlib": (b"deflate", zlib.compress),
    "deflate, raw": (b"deflate", _raw_deflate),
    "br": (b"br", brotli.compress),
    "zstd": (b"zstd", _zstd),
    "gzip, br": (b"gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    "three": (b"deflate,GZIP , zstd", lambda data: _zstd(gzip.compress(zlib.compress(data)))),
    "identity": (b"identity", bytes),
    "identity, gzip": (b"identity, gzip", gzip.compress),
    "gzip members": (b"gzip", _members(gzip.compress)),
    "zstd frames": (b"zstd", _members(_zstd)),
}
ALREADY = {"gzip", "deflate, zlib", "br", "zstd"}  # one-shot: test_relay_transparency.py


def encoded(names: bytes) -> bytes:
    return b"Content-Encoding: " + names + b"\r\n"


def sse_head(names: bytes) -> bytes:
    return chat.SSE_HEAD.replace(b"\r\n\r\n", b"\r\n" + encoded(names) + b"\r\n")


@pytest.mark.parametrize("case", sorted(CODINGS.keys() - ALREADY))
def test_both_bodies_pass_byte_for_byte_and_are_recorded(proxy, upstream, case):
    names, encode = CODINGS[case]
    request, reply = encode(chat.request_body("ask \u20ac")), encode(chat.completion("say \u20ac"))
    script = Answering(chat.answer(reply, fields=encoded(names)))
    relay = proxy(upstream(script))
    head, body = relay.fetch(chat.post(request, fields=encoded(names)))
    assert (head.get(b"Content-Encoding"), body) == (names.strip(), reply)
    assert script.requests[0][1] == request
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "ask \u20ac"), ("assistant", "say \u20ac")]


@pytest.mark.parametrize("case", sorted(CODINGS))
def test_stream_passes_byte_for_byte_and_is_recorded(proxy, upstream, case):
    names, encode = CODINGS[case]
    raw = encode(b"".join(chat.stream_events("say ", "\u20ac", usage=(3, 4))))
    wire = b"".join(chunk(raw[at:at + 17]) for at in range(0, len(raw), 17)) + b"0\r\n\r\n"
    relay = proxy(upstream(Answering(sse_head(names) + wire)))
    with relay.connect() as client:
        client.send(chat.turn("ask", stream=True))
        assert client.take_head().get(b"Content-Encoding") == names.strip()
        assert client.take_chunked_raw() == wire
    row = relay.store.only()
    assert (row["end_reason"], row["streamed"], row["prompt_tokens"]) == ("complete", 1, 3)
    assert texts(relay.store.chain(row["head_hash"]))[-1] == ("assistant", "say \u20ac")


def _flushing_zlib(wbits):
    coder = zlib.compressobj(wbits=wbits)
    return lambda data: coder.compress(data) + coder.flush(zlib.Z_SYNC_FLUSH)


def _flushing_brotli():
    coder = brotli.Compressor()
    return lambda data: coder.process(data) + coder.flush()


def _flushing_zstd():
    coder = zstandard.ZstdCompressor().compressobj()
    return lambda data: coder.compress(data) + coder.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


FLUSHING = {b"gzip": lambda: _flushing_zlib(31), b"deflate": lambda: _flushing_zlib(15), b"br": _flushing_brotli,
            b"zstd": _flushing_zstd}


@pytest.mark.parametrize("names", FLUSHING)
def test_stream_that_breaks_off_within_its_coding_is_recorded_as_far_as_it_came(proxy, upstream, names):
    encode = FLUSHING[names]()
    said = encode(b"".join(chat.stream_events("one ", "two ")[:3]))
    rest = encode(b"".join(chat.stream_events("three ", "four")))
    raw = said + rest[:len(rest) // 3]
    relay = proxy(upstream(Answering(sse_head(names) + chunk(raw) + b"0\r\n\r\n")))
    assert relay.fetch(chat.turn("count", stream=True))[1] == raw
    row = relay.store.only()
    assert (row["end_reason"], row["drop_reason"] or "") == ("complete", "")
    node = relay.store.node(row["head_hash"])
    assert node["content"][0]["text"].startswith("one two ")
    assert node["stop_reason"] == "incomplete"


def test_body_whose_coding_misses_only_its_end_is_read(proxy, upstream):
    request, reply = gzip.compress(chat.request_body("ask"))[:-8], gzip.compress(chat.completion("say"))[:-3]
    relay = proxy(upstream(Answering(chat.answer(reply, fields=encoded(b"gzip")))))
    assert relay.fetch(chat.post(request, fields=encoded(b"gzip")))[1] == reply
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "ask"), ("assistant", "say")]


@pytest.mark.parametrize("case", ["gzip", "deflate, raw", "br", "zstd", "gzip, br"])
@pytest.mark.parametrize("broken", ["request", "answer"])
def test_body_that_breaks_off_in_mid_json_is_no_turn_and_passes_as_it_is(proxy, upstream, case, broken):
    names, encode = CODINGS[case]
    request, reply = encode(chat.request_body("ask " * 99)), encode(chat.completion("say " * 99))
    request, reply = (request[:-15], reply) if broken == "request" else (request, reply[:-15])
    script = Answering(chat.answer(reply, fields=encoded(names)))
    relay = proxy(upstream(script))
    assert relay.fetch(chat.post(request, fields=encoded(names)))[1] == reply
    assert script.requests[0][1] == request
    assert relay.store.only()["drop_reason"] == {"request": "request_decode", "answer": "response_decode"}[broken]


def _wide_zstd(data: bytes) -> bytes:
    """Asks for a window of 64 MiB."""
    wide = zstandard.ZstdCompressionParameters(window_log=26, write_content_size=0)
    coder = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    return coder.compress(data) + coder.flush()


def _layers(count: int):
    def encode(data: bytes) -> bytes:
        for _ in range(count):
            data = gzip.compress(data)
        return data
    return encode


MISSED = {
    "unknown": (b"compress", lambda data: b"\x1f\x9d\x90" + data),
    "unknown below a known one": (b"sdch, gzip", lambda data: gzip.compress(b"\x00\x01" + data)),
    "six layers": (b"gzip, gzip, gzip, gzip, gzip, gzip", _layers(6)),
    "a window that is too wide": (b"zstd", _wide_zstd),
}
# The name says one thing, the bytes another: what can be read is taken.
TAKEN = {
    "a charset": (b"UTF-8", bytes, "plain"),
    "none": (b"none", bytes, "plain"),
    "an unknown name": (b"compress", bytes, "plain"),
    "a known name": (b"gzip", bytes, "plain"),
    "another known name": (b"br", bytes, "plain"),
    "raw deflate": (b"deflate", bytes, "plain"),
    "six names": (b"gzip, gzip, gzip, gzip, gzip, gzip", bytes, "plain"),
    "another coding": (b"br", gzip.compress, "other_coding"),
    "an unknown name below a known one": (b"utf-8, gzip", gzip.compress, "other_coding"),
    "identity": (b"Identity", bytes, ""),
}


@pytest.mark.parametrize("case", TAKEN)
@pytest.mark.parametrize("stream", [False, True])
def test_what_can_be_read_is_taken_whatever_coding_is_named(proxy, upstream, case, stream):
    names, encode, reading = TAKEN[case]
    request = encode(chat.request_body("ask", stream=stream))
    if stream:
        reply = encode(b"".join(chat.stream_events("say")))
        answer = sse_head(names) + chunk(reply) + b"0\r\n\r\n"
    else:
        reply = encode(chat.completion("say"))
        answer = chat.answer(reply, fields=encoded(names))
    script = Answering(answer)
    relay = proxy(upstream(script))
    assert relay.fetch(chat.post(request, fields=encoded(names)))[1] == reply
    assert script.requests[0][1] == request
    row = relay.store.only()
    assert (row["drop_reason"] or "") == ""
    assert (row["reading"] or "") == (f"request_{reading},{reading}" if reading else "")
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "ask"), ("assistant", "say")]


# What the answer's Content-Type says, its body, and how it is read.
LABELS = {
    "one-shot JSON as a stream": ("text/event-stream", lambda one, events: one, "one_shot"),
    "one-shot JSON and [DONE]": ("text/event-stream", lambda one, events: one + b"\n\ndata: [DONE]\n\n", "one_shot"),
    "a stream as JSON": ("application/json", lambda one, events: b": hi\n\n" + b"".join(events), "events"),
    "a stream as text, with id and retry": (
        "text/plain", lambda one, events: b"\xef\xbb\xbfid: 1\nretry: 9\n" + b"".join(events), "events"),
    "JSON behind a mark": ("application/json", lambda one, events: b"\xef\xbb\xbf" + one, ""),
    "lines of JSON": ("application/json", lambda one, events: b"".join(
        event[6:] for event in events if not event.startswith(b"data: [DONE]")), "values"),
}


@pytest.mark.parametrize("case", LABELS)
def test_an_answer_under_another_type_is_read(proxy, upstream, case):
    kind, make, reading = LABELS[case]
    reply = make(chat.completion("say"), list(chat.stream_events("say")))
    answer = (f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n".encode() + b"Content-Length: %d\r\n\r\n" % len(reply)
              + reply)
    relay = proxy(upstream(Answering(answer)))
    assert relay.fetch(chat.turn("ask"))[1] == reply
    row = relay.store.only()
    assert (row["drop_reason"] or "") == ""
    assert (row["reading"] or "") == reading
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "ask"), ("assistant", "say")]


@pytest.mark.parametrize("case", MISSED)
@pytest.mark.parametrize("of", ["request", "answer"])
def test_coding_that_cannot_be_undone_is_told_and_passes_as_it_is(proxy, upstream, case, of):
    names, encode = MISSED[case]
    request, reply = chat.request_body("ask"), chat.completion("say")
    if of == "request":
        request = encode(request)
    else:
        reply = encode(reply)
    script = Answering(chat.answer(reply, fields=encoded(names) if of == "answer" else b""))
    relay = proxy(upstream(script))
    head, body = relay.fetch(chat.post(request, fields=encoded(names) if of == "request" else b""))
    assert (head.status, body) == (200, reply)
    assert script.requests[0][1] == request
    assert relay.store.only()["drop_reason"] == {"request": "request_decode", "answer": "response_decode"}[of]
    relay.store.assert_balanced()


ZEROS = bytes(160 << 20)
BOMBS = {
    "gzip": lambda: (b"gzip", gzip.compress(ZEROS)),
    "gzip twice": lambda: (b"gzip, gzip", gzip.compress(gzip.compress(ZEROS))),
    "br": lambda: (b"br", brotli.compress(ZEROS, quality=5)),
    "zstd": lambda: (b"zstd", _zstd(ZEROS)),
}


@pytest.mark.parametrize("case", BOMBS)
def test_bomb_in_an_answer_is_given_up_within_bounded_memory(proxy, upstream, case):
    names, bomb = BOMBS[case]()
    relay = proxy(upstream(Answering(chat.answer(bomb, fields=encoded(names)),
                                     sse_head(names) + chunk(bomb) + b"0\r\n\r\n",
                                     chat.answer(chat.completion("alive")))))
    assert relay.fetch(chat.turn("boom"), timeout=30)[1] == bomb
    assert relay.fetch(chat.turn("boom", stream=True), timeout=30)[1] == bomb
    relay.fetch(chat.turn("still there?"))
    rows = relay.store.wait_exchanges(3, timeout=30)
    assert rows[0]["drop_reason"] in ("response_decode", "over_budget")
    assert rows[1]["drop_reason"] in ("response_decode", "empty_response", "over_budget")
    assert (rows[2]["drop_reason"] or "") == ""
    assert relay.peak_rss_bytes() < (256 + 100) << 20


def test_codings_named_on_several_lines_are_one_stack(proxy, upstream):
    fields = encoded(b"gzip") + b"X: y\r\n" + encoded(b"br")
    request, reply = (brotli.compress(gzip.compress(body)) for body in (chat.request_body("ask"),
                                                                        chat.completion("say")))
    relay = proxy(upstream(Answering(chat.answer(reply, fields=fields))))
    head, body = relay.fetch(chat.post(request, fields=fields))
    assert (head.all(b"Content-Encoding"), body) == ([b"gzip", b"br"], reply)
    row = relay.store.only()
    assert texts(relay.store.chain(row["head_hash"])) == [("user", "ask"), ("assistant", "say")]
