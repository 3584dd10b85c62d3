"""What the five real clients said, as it is read: listed, shown, searched, compared, explained, and in the browser. Each
answer is held against the bodies that went over the wire."""
import json
import subprocess

import pytest
from harness.addresses import views
from harness.api import wait_catalogue
from harness.browser import Chromium, Tab, entrance
from harness.process import Proxy
from programs import TIMEOUT, installed
from runs import AIDER, CLAUDE, CODEX

#: Words that stand nowhere but in what each client is asked, first and then.
WORDS = {"claude": ("quokka", "numbat"), "codex": ("axolotl", "olm"), "opencode": ("pangolin", "aardvark"),
         "aider": ("narwhal", "beluga"), "llm": ("tapir", "okapi")}


def ask(runs, valve, client, prompt):
    """One run of a client, with a task for those that call tools."""
    if client == "claude":
        runs.succeeds(installed("claude"), *CLAUDE, prompt, environment={"ANTHROPIC_BASE_URL": valve.url})
    elif client == "codex":
        runs.write(".codex/config.toml", f'openai_base_url = "{valve.url}/v1"\n')
        runs.succeeds(installed("codex"), *CODEX, prompt)
    elif client == "opencode":
        runs.write_in_project("opencode.json", {"provider": {"anthropic": {"options": {"baseURL": valve.url + "/v1"}}}})
        runs.succeeds(installed("opencode"), "run", "-m", "anthropic/claude-sonnet-4-5", prompt)
    elif client == "aider":
        runs.succeeds(installed("aider"), *AIDER, prompt, environment={"OPENAI_API_BASE": valve.url + "/v1"})
    else:
        runs.succeeds(installed("llm"), "-m", "gpt-4o-mini", prompt, environment={"OPENAI_BASE_URL": valve.url + "/v1"})


@pytest.fixture
def read(runs):
    """The objects that a command tells."""
    def go(*arguments):
        done = subprocess.run([runs.binary, *arguments, "--sqlite", runs.path, "--json"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 0, (arguments, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]
    return go


def hits_of(read, word):
    return [one for one in read("search", word) if one["type"] == "hit"]


def wire_of(runs, exchange):
    """Both bodies of an exchange, as they were kept."""
    done = subprocess.run([runs.binary, "exchange", "show", exchange, "--sqlite", runs.path], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(errors="replace")


@pytest.fixture
def recorded(runs, valve):
    for number in (0, 1):
        for client, words in WORDS.items():
            ask(runs, valve, client, f"Say {words[number]}")
    return runs


def test_what_five_clients_said_is_found_shown_compared_and_explained(recorded, read, workspace, binary):
    sessions = read("log")
    assert {one["agent"] for one in sessions} == set(WORDS), sessions
    named = {}
    for client, words in WORDS.items():
        for word in words:
            hits = hits_of(read, word)
            assert hits and {hit["agent"] for hit in hits} == {client}, (word, hits)
            asked = next(hit for hit in hits if hit["role"] == "user" and hit["part"] == "text")
            assert word in wire_of(recorded, asked["exchange"])
            named[word] = asked["hash"]
            chain = read("show", asked["hash"])
            texts = [block["text"] for one in chain if one["type"] == "message" for block in one["blocks"] if block["text"]]
            assert any(word in text for text in texts), (client, word, texts)
            told = read("show", asked["session"])
            turns = [one for one in told if one["type"] == "exchange" and one["drop_reason"] is None]
            assert turns, told
            for one in turns:
                assert one["model"] in wire_of(recorded, one["id"]), one
            assert {one["type"] for one in read("tree", asked["session"])} >= {"session", "thread"}
            assert all(one["outcome"] for one in read("why", asked["session"]) if one["type"] == "cache")
        told = read("diff", named[words[0]], named[words[1]])
        changed = json.dumps([one for one in told if one["type"] == "message"])
        assert words[0] in changed and words[1] in changed, (client, told)
    assert {one["agent"] for one in read("stats", "--by", "agent") if one.get("agent")} == set(WORDS)


def test_what_five_clients_said_is_looked_at_in_the_browser(recorded, read, workspace, binary):
    exchanges = sum(one["exchanges"] for one in read("log"))
    (workspace / "look").mkdir()
    process = Proxy(binary, workspace / "look", "mock", provider="auto", sqlite=recorded.path)
    chromium = Chromium(workspace)
    try:
        wait_catalogue(process, exchanges)
        base = f"http://127.0.0.1:{process.admin_port}"
        one = Tab(chromium, base)
        one.page.goto(entrance(process))
        one.settle()
        for client, words in WORDS.items():
            first, other = (hits_of(read, word)[0]["session"] for word in words)
            for name, address in views(process, first, other, words[0]).items():
                one.open(address)
                assert not one.problems, (client, name, one.problems)
                assert one.main.locator(".trouble").count() == 0, (client, name, one.text())
            one.open(f"/n/{hits_of(read, words[0])[0]['hash']}")
            one.find_text(words[0])
        one.close()
        assert not one.problems, one.problems
    finally:
        chromium.close()
        assert process.stop() == 0
