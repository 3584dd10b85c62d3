"""WebSockets as bytes (RFC 6455, RFC 7692), written apart from the code under test."""
import base64
import hashlib
import os
import struct
import zlib

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def handshake(path: bytes = b"/v1/responses", fields: bytes = b"", deflate: bool = False) -> bytes:
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" if deflate else b""
    return (b"GET " + path + b" HTTP/1.1\r\nHost: proxy.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + offer + fields + b"\r\n")


def agreement(key: bytes = b"dGhlIHNhbXBsZSBub25jZQ==", fields: bytes = b"") -> bytes:
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n" + fields + b"\r\n")


def frame(payload: bytes, opcode: int = TEXT, last: bool = True, masked: bool = False, squeezed: bool = False) -> bytes:
    head = bytes([(0x80 if last else 0) | (0x40 if squeezed else 0) | opcode])
    mask = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([mask | len(payload)])
    elif len(payload) < 65536:
        head += bytes([mask | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([mask | 127]) + struct.pack(">Q", len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    long = (key * (len(payload) // 4 + 1))[:len(payload)]
    return head + key + (int.from_bytes(payload, "big") ^ int.from_bytes(long, "big")).to_bytes(len(payload), "big")


class Squeezer:
    """A sender's side of permessage-deflate."""

    def __init__(self, takeover: bool = True):
        self.takeover = takeover
        self.state = zlib.compressobj(wbits=-15)

    def __call__(self, data: bytes) -> bytes:
        out = self.state.compress(data) + self.state.flush(zlib.Z_SYNC_FLUSH)
        if not self.takeover:
            self.state = zlib.compressobj(wbits=-15)
        assert out.endswith(b"\0\0\xff\xff")
        return out[:-4]


def take_message(peer, controls: bool = True) -> tuple[int, bytes]:
    """(opcode, payload) of the next whole message or, with `controls`, control frame; each compressed message by
    itself."""
    whole, opcode, squeezed = b"", 0, False
    while True:
        first, second = peer.take(2)
        size = second & 0x7f
        if size == 126:
            size = struct.unpack(">H", peer.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", peer.take(8))[0]
        key = peer.take(4) if second & 0x80 else b""
        payload = peer.take(size)
        if key:
            payload = bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
        if first & 8:
            if controls:
                return first & 15, payload
            continue
        if first & 15:
            opcode, squeezed = first & 15, bool(first & 0x40)
        whole += payload
        if first & 0x80:
            return opcode, zlib.decompressobj(wbits=-15).decompress(whole + b"\0\0\xff\xff") if squeezed else whole
