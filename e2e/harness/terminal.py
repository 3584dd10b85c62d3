"""What a person's terminal would do with the bytes of an output."""
import os
import pty
import subprocess
import unicodedata

# What names may hold that acts on a terminal, or is not seen: as bytes of a client, and as text in a store.
HOSTILE = ("evil\n     7  01a222c2-1602-72d0-a8f7-7095efc146c4  2026-11-28T15:24:34Z  200  POST /v1/x  fake  complete"
           "\x1b[2J\x1b]52;c;cm0gLXJmIH4=\x07\x1b[31m\x9b31m\x85\x7f\r\u061c\u200b\u200e\u202egnp.exe\u2066\u2028\u2029\ufeff"
           "\U000e0041 end")


def hidden(output: bytes) -> list[str]:
    """What in an output is neither a visible character nor a newline: controls (Cc), formats such as those of
    direction (Cf), separators of lines and paragraphs (Zl, Zp), and bytes that are no UTF-8."""
    text = output.decode(errors="surrogateescape")
    return [f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") and c != "\n"]


def on_terminal(arguments, directory, environment) -> bytes:
    """The standard output of a program that ends, as a terminal gets it (whose line ends are CR LF)."""
    leader, follower = pty.openpty()
    child = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=follower,
                             stderr=subprocess.DEVNULL, cwd=directory, env=environment)
    os.close(follower)
    output = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        output += piece
    os.close(leader)
    assert child.wait(timeout=20) == 0, output
    return output.replace(b"\r\n", b"\n")
