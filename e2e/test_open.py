"""`tapes open`: the page in a browser, by the process that serves the store, or served by the command itself."""
import json
import pathlib
import re
import urllib.parse

import pytest

from harness import chat
from harness.api import wait_catalogue
from harness.process import Process, Proxy
from harness.wire import wait_until


@pytest.fixture
def relay(proxy, mock):
    one = proxy(mock)
    one.fetch(chat.turn("hi", fields=b"session_id: early morning\r\n"))
    one.row = one.store.wait_exchanges(1)[0]
    wait_catalogue(one, 1)
    return one


@pytest.fixture
def browser(workspace):
    """A program that writes down what it was started with, and for what."""
    program = workspace / "a browser" / "fake"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{workspace}/asked.tmp"\n'
                       f'mv "{workspace}/asked.tmp" "{workspace}/asked"\n')
    program.chmod(0o755)
    return program.parent


def asked(workspace):
    return wait_until(lambda: (workspace / "asked").exists() and (workspace / "asked").read_text().splitlines(), 10,
                      "a browser")


def exchange_code(process, address):
    """Does what the page does with its address. Returns the path."""
    parts = urllib.parse.urlsplit(address)
    assert parts.netloc == f"127.0.0.1:{process.admin_port}" and parts.scheme == "http"
    assert Proxy.ask(process, parts.path, Authorization=None)[0] == 200
    code = urllib.parse.parse_qs(parts.fragment)["code"][0]
    status, head, _ = Proxy.ask(process, "/v1/browser/session", method="POST", Authorization=None,
                                body=json.dumps({"code": code}).encode())
    assert status == 200
    cookie = head["Set-Cookie"].split(";")[0]
    assert Proxy.ask(process, "/v1/sessions", Authorization=None, Cookie=cookie)[0] == 200
    return parts.path


def test_the_running_process_is_opened_in_the_browser(relay, run, workspace, browser):
    path = {"PATH": f"{browser}:/usr/bin:/bin", "BROWSER": "nothing-there:fake --new %s"}
    for arguments, wanted in (((), "/"), (("@",), "/s/early%20morning"), ((relay.row["id"],), f"/x/{relay.row['id']}"),
                              ((relay.row["id"][:20],), f"/x/{relay.row['id']}"),
                              ((relay.row["head_hash"][:12],), f"/n/{relay.row['head_hash']}")):
        code, out, err = run("open", *arguments, "-s", relay.store.path, environment=path)
        assert (code, err) == (0, "")
        assert out == f"opened http://127.0.0.1:{relay.admin_port}{wanted}\n"
        words = asked(workspace)
        assert words[0] == "--new" and len(words) == 2
        assert exchange_code(relay, words[1]) == wanted
        assert words[1].split("code=")[1] not in relay.output
        (workspace / "asked").unlink()
    code, out, _ = run("open", "@", "--json", "-s", relay.store.path, environment={**path, "BROWSER": "fake"})
    assert code == 0 and json.loads(out) == {"type": "page", "opened": True, "serving": False,
                                             "url": f"http://127.0.0.1:{relay.admin_port}/s/early%20morning"}
    assert len(asked(workspace)) == 1


def test_the_address_is_printed_where_that_is_asked_for_or_no_browser_starts(relay, run, browser):
    code, out, err = run("open", "--print", "-s", relay.store.path)
    assert (code, err) == (0, "") and exchange_code(relay, out.strip()) == "/"
    for configured in ("nothing-there", "false", "false:nothing-there %s"):
        code, out, err = run("open", "@", "-s", relay.store.path, environment={"BROWSER": configured})
        assert code == 0 and "no browser could be started" in err
        assert exchange_code(relay, out.strip()) == "/s/early%20morning"
    code, out, _ = run("open", "--print", "--json", "-s", relay.store.path)
    told = json.loads(out)
    assert code == 0 and not told["opened"] and exchange_code(relay, told["url"]) == "/"


def test_what_is_not_there_is_said(relay, run, workspace):
    code, out, err = run("open", "nothing", "-s", relay.store.path)
    assert (code, out) == (1, "") and 'there is no session, exchange or node "nothing"' in err
    code, out, err = run("open", "--print", "-s", workspace / "none.sqlite")
    assert code == 1 and out == "" and not (workspace / "none.sqlite.token").exists()
    assert run("open", "--no-such-flag")[0] == 2
    assert run("open", "a", "b")[0] == 2


class Opened(Process):
    """A `tapes open` that serves the page itself."""

    token = Proxy.token

    def __init__(self, binary, store, directory, *extra):
        super().__init__([binary, "open", "-s", store.path, "--config-dir", directory / "config", *extra],
                         {"HOME": str(directory)}, directory)
        self.store = store
        self.address = self.wait_for(r"^http://127\.0\.0\.1:\d+/\S*#code=\w+$").group()
        self.admin_port = urllib.parse.urlsplit(self.address).port


def test_a_store_that_nobody_serves_is_served_until_it_is_interrupted(relay, binary, workspace, started):
    assert relay.stop() == 0
    opened = Opened(binary, relay.store, workspace, "@", "--print")
    started.append(opened)
    assert re.search(r"no process serves \S+: it is served here until Ctrl-C", opened.output)
    assert exchange_code(opened, opened.address) == "/s/early%20morning"
    opened.signal(2)
    assert opened.wait() == 0


def test_a_process_without_an_admin_listener_does_not_stand_in_the_way(proxy, mock, binary, workspace, started):
    relay = proxy(mock, admin=False)
    relay.fetch(chat.turn("hi"))
    relay.store.wait_exchanges(1)
    opened = Opened(binary, relay.store, pathlib.Path(workspace), "--print")
    started.append(opened)
    assert "has no admin listener" in opened.output
    assert exchange_code(opened, opened.address) == "/"
