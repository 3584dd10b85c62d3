"""`tapes export` and /v1/exports: the record in the forms in which it leaves, looked through for secrets."""
import os
import random
import re
import socket
import stat
import string
import subprocess
import time
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from harness import chat, hostile
from harness.api import Api, assert_all_met, wait_catalogue
from harness.wire import Answering

ALNUM = string.ascii_letters + string.digits
made = random.Random(7)
#: Made here, so that no scanner finds them in the sources.
GITHUB = "gh" + "p_" + "".join(made.choices(ALNUM, k=36))
PASSWORD = "hunt" + "er2!"
AWS = "AK" + "IA" + "".join(made.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))

CALL = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [
    {"id": "call_1", "type": "function",
     "function": {"name": "bash", "arguments": '{"command":"cat .env \\u0067hp_' + GITHUB[4:] + '"}'}}]}
QUESTION = {"role": "user", "content": f"The password: is password = \"{PASSWORD}\" <img src=x onerror=alert(1)>"}
HISTORY = [QUESTION, CALL, {"role": "tool", "tool_call_id": "call_1",
                            "content": f"AWS_ACCESS_KEY_ID={AWS}\n````\n</details>\u202e\u001b[31m"}]
SAID = "Done.\n\n```sh\nls\n```\n[link](javascript:alert(1)) ![x](http://a.test/x.png)\n\n```"
SESSION = b"session_id: secret-work\r\n"


@pytest.fixture
def relay(proxy, upstream):
    one = proxy(upstream(Answering(
        chat.answer(chat.completion(message=CALL, finish="tool_calls")), chat.answer(chat.completion(SAID)),
        chat.answer(chat.completion("ok")), chat.answer(b'{"error":{"message":"no"}}', status=b"429 Too Many Requests"))))
    one.fetch(chat.turn(messages=[QUESTION], fields=SESSION))
    one.fetch(chat.turn(messages=HISTORY, fields=SESSION))
    one.fetch(chat.turn("Something else", fields=b"session_id: other-work\r\n"))
    one.fetch(chat.turn("Too much", fields=SESSION))
    one.rows = one.store.wait_exchanges(4)
    wait_catalogue(one, 4)
    return one


@pytest.fixture
def api(relay):
    return Api(relay)


@pytest.fixture
def export(run, relay):
    def go(*arguments, code=0):
        done, out, err = run("export", *arguments, "--sqlite", relay.store.path)
        assert done == code, (out, err)
        return out, err
    return go


def assert_no_secrets(text):
    for secret in (GITHUB, PASSWORD, AWS):
        assert secret not in text and secret[4:] not in text


def details_of(markdown):
    """What a reader of CommonMark that lets HTML through makes of a transcript: the summaries of what is folded, each of
    which is closed. There is no other HTML, no link and no image, and no text stands where it looks like ours."""
    html = MarkdownIt("commonmark", {"html": True}).render(markdown)
    root = ElementTree.fromstring("<main>" + re.sub("<(hr|br) */?>", r"<\1/>", html) + "</main>")
    ours = {"main", "h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "details", "summary", "hr", "br"}
    assert {one.tag for one in root.iter()} <= ours, {one.tag for one in root.iter()} - ours
    for one in root.iter():
        assert one.attrib == {} or (one.tag == "code" and set(one.attrib) == {"class"}) or one.tag == "ol", one.attrib
    return [one.text for one in root.iter("summary")]


def test_what_was_said_can_not_leave_its_place_in_markdown(proxy, upstream, run):
    evil = [*hostile.HTML, *hostile.MARKDOWN, "```\n</details>\n\n# assistant", "- ```\n  </details>\n```\n<b>x</b>", "> ```\n<b>x</b>",
            "1. ~~~\n   </details>\n~~~\n<b>x</b>", "    ```\n<b>", "<details>\n\n", "\t```\n<i>\n```", "`````x\n```\n`````\n<u>", "~~~`\n<u>\n~~~"]
    relay = proxy(upstream(Answering(*[chat.answer(chat.completion(text)) for text in evil])))
    for text in evil:
        relay.fetch(chat.turn(text, fields=b"session_id: evil\r\n"))
    rows = relay.store.wait_exchanges(len(evil))
    wait_catalogue(relay, len(evil))
    for row, text in zip(rows, evil):
        code, out, err = run("export", row["id"], "--as", "markdown", "--sqlite", relay.store.path)
        assert code == 0, err
        assert details_of(out) == [], text
        # Both messages stand in a quote below their role.
        html = MarkdownIt("commonmark", {"html": True}).render(out)
        assert re.findall("^<h[1-6]>(user|assistant) · turn 1</h[1-6]>$", html, re.M) == ["user", "assistant"]


@pytest.mark.parametrize("form", ["markdown", "html", "otlp", "request"])
def test_names_and_parameters_are_looked_through_too(proxy, upstream, run, form):
    call_id = GITHUB if form == "otlp" else "call_1"
    call = {**CALL, "tool_calls": [{"id": call_id, "type": "function", "function": {"name": GITHUB, "arguments": "{}"}}]}
    relay = proxy(upstream(Answering(chat.answer(chat.completion(message=call, finish="tool_calls")),
                                     chat.answer(chat.completion("\u001b[1mkey\u001b[0m: \u001b[31m" + GITHUB + "\u001b[0m")))))
    history = [QUESTION, call, {"role": "tool", "tool_call_id": call_id, "content": [
        {"type": "text", "text": "token"}, {"type": "text", "text": GITHUB}]}]
    for said in (history[:1], history):
        relay.fetch(chat.turn(messages=said, stop=["END", GITHUB], fields=SESSION))
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    code, out, err = run("export", "secret-work", "--as", form, "--sqlite", relay.store.path)
    assert code == 0, err
    assert GITHUB not in out + err and "redacted: github-token" in out.replace("\\", "")


def test_markdown_is_a_transcript_without_secrets(export):
    out, err = export("secret-work", "--as", "markdown")
    assert_no_secrets(out)
    assert out.startswith("# The password: is password = \"\\[redacted: assigned-secret\\]\"")
    assert "- Session: secret-work" in out and "### user · turn 1" in out and "### assistant · turn 2" in out
    assert "<summary>bash: cat .env [redacted: github-token]</summary>" in out
    assert "AWS\\_ACCESS" not in out and "AWS_ACCESS_KEY_ID=[redacted: aws-access-key]" in out
    # The report, at the end and on standard error.
    assert "Looked through for secrets: 3 secrets: assigned-secret 1, aws-access-key 1, github-token 1." in out
    assert "taken out: 3 secrets" in err and "message 1, block 0: assigned-secret" in err
    # What somebody said stays where it is: no HTML, no link, no image, no fence of the record's ends ours.
    assert "<img" not in out and "](javascript" not in out and "![x](" not in out
    assert "\u202e" not in out and "\x1b" not in out
    assert details_of(out) == ["bash: cat .env [redacted: github-token]"]
    assert "**No turn** (upstream\\_status)" in out and "status 429" in out


def test_secrets_stay_where_they_are_asked_for(export):
    out, err = export("secret-work", "--as", "markdown", "--keep-secrets")
    assert PASSWORD in out and AWS in out and "taken out" not in err
    assert "was not looked through for secrets" in out


def test_a_file_is_whole_or_not_there(export, tmp_path, relay, run):
    file = tmp_path / "exports" / "out.md"
    file.parent.mkdir()
    file.write_text("before")
    export("secret-work", "--as", "markdown", "-o", file)
    assert file.read_text().startswith("# The password") and stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("before")
    export("secret-work", "--as", "markdown", "-o", file, "--thread", "9", code=1)
    assert file.read_text() == "before" and os.listdir(file.parent) == ["out.md"]
    _, err = export("secret-work", "--as", "markdown", "-o", tmp_path, code=1)
    assert "is a directory" in err
    _, err = export("secret-work", "--as", "markdown", "-o", tmp_path / "none" / "x", code=1)
    assert "cannot be made" in err
    _, err = export("nothing", "--as", "markdown", code=1)
    assert "there is no session" in err
    _, err = export("secret-work", "--as", "pdf", code=2)
    assert "markdown" in err
    export(relay.rows[0]["id"], "--as", "markdown", "--thread", "1", code=1)


def test_a_reader_that_leaves_ends_an_export_quietly(relay, binary):
    with subprocess.Popen([binary, "export", "secret-work", "--as", "markdown", "--sqlite", relay.store.path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(30) == 0 and b"roken" not in err and b"cannot" not in err, err


def test_the_route_gives_the_same_file(api, relay, export):
    form = "markdown"
    status, head, body = api.ask(f"/v1/exports/{form}/secret-work")
    out, _ = export("secret-work", "--as", form)
    assert status == 200 and body.decode() == out
    assert head["Content-Type"] == "application/octet-stream"
    assert re.fullmatch(r'attachment; filename="session-\d{4}-\d\d-\d\dT\d{6}\.md"', head["Content-Disposition"])
    assert head["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert head["Cross-Origin-Resource-Policy"] == "same-origin"
    kept = api.get(f"/v1/exports/{form}/secret-work?keep_secrets=true")
    assert PASSWORD.encode() in kept
    one = api.get(f"/v1/exports/{form}/{relay.rows[2]['id']}").decode()
    assert "Something else" in one and "- Exchange: " + relay.rows[2]["id"] in one
    by_hash = api.get(f"/v1/exports/{form}/{relay.rows[1]['head_hash']}").decode()
    assert "Done." in by_hash
    assert "Something else" in api.get(f"/v1/exports/{form}/other-work?thread=1").decode()


def trailer_of(relay, path):
    """The trailer fields of an answer, in the order in which they came."""
    with socket.create_connection(("127.0.0.1", relay.admin_port), timeout=30) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {relay.token()}\r\nTE: trailers\r\n\r\n".encode())
        raw = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert b"\r\nTrailer: Tapes-Left-Out, Tapes-Redacted" in head
    assert body.endswith(b"\r\n\r\n")
    fields = body[body.rindex(b"\r\n0\r\n") + 5:].decode().strip("\r\n").split("\r\n")
    return dict(field.split(": ", 1) if ": " in field else (field.rstrip(":"), "") for field in fields)


def test_what_was_taken_out_is_told_behind_the_file_and_as_a_report(api, relay):
    """As trailer fields, and as JSON for who cannot read those."""
    fields = trailer_of(relay, "/v1/exports/markdown/secret-work")
    redacted = dict(re.findall(r'"([^"]*)";count=(\d+)', fields["Tapes-Redacted"]))
    assert fields["Tapes-Left-Out"] == "" and redacted["github-token"] == "1", fields
    report = api.get("/v1/exports/markdown/secret-work/report")
    assert {one["kind"]: str(one["count"]) for one in report["redacted"]} == redacted and report["left_out"] == []
    assert report["bytes"] == len(api.get("/v1/exports/markdown/secret-work"))
    kept = api.get("/v1/exports/markdown/secret-work/report?keep_secrets=true")
    assert kept["redacted"] == [] and kept["bytes"] != report["bytes"]


def test_a_session_named_like_a_form_is_exported_by_name(proxy, mock, run, api):
    names = ["list", "har", "html", "request", "--as", "-o", "report"]
    relay = proxy(mock, sqlite=api.process.store.path.parent / "names.sqlite")
    for name in names:
        relay.fetch(chat.turn(f"this is {name}", fields=f"session_id: {name}\r\n".encode()))
    relay.store.wait_exchanges(len(names))
    wait_catalogue(relay, len(names))
    for name in names:
        given = ["--", name] if name.startswith("-") else [name]
        code, out, err = run("export", "--as", "markdown", "--sqlite", relay.store.path, *given)
        assert code == 0 and f"this is {name}" in out, (name, err)
        if not name.startswith("-"):
            code, out, err = run("export", name, "--as", "markdown", "--sqlite", relay.store.path)
            assert code == 0 and f"this is {name}" in out, (name, err)
        assert f"this is {name}".encode() in relay.ask(f"/v1/exports/markdown/{name}", 30)[2]
        assert relay.ask(f"/v1/exports/markdown/{name}/report", 30)[0] == 200


def test_a_large_piece_waits_for_nobody(proxy, mock):
    relay = proxy(mock)
    relay.fetch(chat.turn("0123456 " * 100_000, fields=b"session_id: wide\r\n"))
    relay.store.wait_exchanges(1)
    wait_catalogue(relay, 1)
    begun = time.monotonic()
    assert all(len(relay.ask(f"/v1/exports/{form}/wide", 30)[2]) > 800_000 for form in ("html", "har"))
    assert time.monotonic() - begun < 10
    # A client that leaves in the midst of it, and an end of the process while one takes nothing.
    for _ in range(3):
        line = socket.create_connection(("127.0.0.1", relay.admin_port))
        line.sendall(b"GET /v1/exports/html/wide HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + relay.token().encode() + b"\r\n\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 200")
    line.close()
    assert relay.ask("/v1/sessions")[0] == 200
    begun = time.monotonic()
    assert relay.stop() == 0 and time.monotonic() - begun < 10


def test_what_cannot_be_exported_is_told(api, relay):
    assert "there are markdown" in api.get("/v1/exports/pdf/secret-work", 404)["detail"]
    assert "there is no session" in api.get("/v1/exports/markdown/nothing", 404)["detail"]
    assert "thread" in api.get("/v1/exports/markdown/secret-work?thread=0", 400)["detail"]
    assert "no thread 9" in api.get("/v1/exports/markdown/secret-work?thread=9", 422)["detail"]
    assert "one of a session" in api.get(f"/v1/exports/markdown/{relay.rows[0]['id']}?thread=1", 422)["detail"]
    assert "carry" in api.get("/v1/exports/html/secret-work?carry=129", 400)["detail"]
    report = "/v1/exports/{}/{}/report"
    api.get(report.format("pdf", "secret-work"), 404)
    api.get(report.format("markdown", "secret-work") + "?thread=0", 400)
    api.get(report.format("markdown", "secret-work") + "?thread=9", 422)
    prefix = os.path.commonprefix([relay.rows[0]["id"], relay.rows[1]["id"]])
    assert len(api.get(f"/v1/exports/markdown/{prefix}", 409)["candidates"]) > 1
    api.get(report.format("markdown", prefix), 409)


def test_every_status_was_met(request, api):
    assert_all_met(request, api.document)
