"""Exports of sessions as large as they come: what a command and the process hold is bounded, and so is the time."""
import os
import pathlib
import re
import socket
import subprocess
import threading

import pytest

from harness.large import SCALE, bring_result, converse, settle, so_many

#: What an export holds beside what every command does: a node's content of 8 MiB some times over.
MOST_RSS = 192 << 20
MOST_GROWTH = 128 << 20
SECONDS_PER_MB = 0.6  # of the processor, in an optimized build


def peak_of(pid):
    found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) << 10 if found else 0


@pytest.fixture
def measured(relay, told):
    """Exports with the command: the file, the seconds of the processor and the largest resident set."""
    def go(session, form, directory):
        file = directory / f"{session}.{form}"
        process = subprocess.Popen([relay.arguments[0], "export", session, "--as", form, "-o", file, "--sqlite", relay.store.path],
                                   env={"HOME": str(directory), "PATH": os.environ["PATH"]}, stderr=subprocess.PIPE)
        most, ended = 0, 0
        while not ended:
            # Of the program itself: what wait4 tells includes the test that it was forked from.
            most = max(most, peak_of(process.pid))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            threading.Event().wait(0.005)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, process.stderr.read()
        process.stderr.close()
        seconds = used.ru_utime + used.ru_stime
        told(f"{session} as {form}", f"{file.stat().st_size} bytes, {seconds:.2f} s, {most >> 20} MiB")
        assert 0 < most <= MOST_RSS
        return file, seconds
    return go


def rss_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) << 10


def test_exports_hold_little(relay, measured, told, tmp_path):
    turns = so_many(2_000)
    converse(relay, "long", turns, "word " * 50)
    bring_result(relay, "wide", int(60_000_000 * SCALE))
    settle(relay, turns + 1)
    for form in ("markdown", "html"):
        file, seconds = measured("long", form, tmp_path)
        size = file.stat().st_size
        assert size > turns * 300 and seconds <= 2 + SECONDS_PER_MB * size / 1e6
        file, seconds = measured("wide", form, tmp_path)
        # A node that is carried stands in the file twice, as JSON and as text; what is too large is left out, and said.
        assert file.stat().st_size < 18 << 20 and seconds <= 20
        if SCALE > 0.2:
            assert file.stat().st_size < 1 << 20
            assert "not in this file" in file.read_text() or "too large for this file" in file.read_text()
        # The process gives the same, and holds little of it.
        before = rss_of(relay.pid)
        status, _, body = relay.ask(f"/v1/exports/{form}/long", 120)
        told(f"the process, {form}", f"{(rss_of(relay.pid) - before) >> 20} MiB more")
        assert status == 200 and body == (tmp_path / f"long.{form}").read_bytes()
        assert rss_of(relay.pid) - before <= MOST_GROWTH


def test_a_reader_that_takes_nothing_holds_no_export_in_memory(relay, told):
    bring_result(relay, "wide", int(6_000_000 * SCALE))
    settle(relay, 1)
    before = rss_of(relay.pid)
    lines = []
    for _ in range(3):
        line = socket.create_connection(("127.0.0.1", relay.admin_port))
        line.sendall(b"GET /v1/exports/html/wide HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + relay.token().encode() + b"\r\n\r\n")
        lines.append(line)
    assert relay.ask("/v1/sessions", 30)[0] == 200
    told("the process, three exports that nobody takes", f"{(rss_of(relay.pid) - before) >> 20} MiB more")
    assert rss_of(relay.pid) - before <= MOST_GROWTH
    for line in lines:
        line.close()
    assert relay.ask("/v1/sessions", 30)[0] == 200
