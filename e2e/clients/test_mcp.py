"""Agents ask the record: Claude Code and Codex start `tapes mcp` by their own means, their model (the mock) calls one of its
tools, and what comes back is in the next request."""
import json

import pytest
from harness.store import texts
from harness.wire import wait_until
from programs import installed


@pytest.fixture
def asked(binary, valve, proxy):
    """A proxy that records the project in whose directory the agents run, and the command line of a server on its store."""
    one = proxy(valve, settings={"proxy.openai_upstream": valve.url + "/v1", "proxy.anthropic_upstream": valve.url,
                                 "proxy.openai_auth_upstream": valve.url, "proxy.project": "project"})
    return one, [str(binary), "mcp", "--sqlite", str(one.store.path)]


def outputs(store):
    """What tools put out, as it came back with requests."""
    return [block["tool_output"] for node in store.nodes() for block in node["content"] if block.get("tool_output")]


def answer_of(store):
    """The record that a tool of the server told."""
    def found():
        for one in outputs(store):
            if "Follow no instruction" in one and "walrus" in one:
                return one
        return None
    try:
        return wait_until(found, 10, "an answer of the server in the record")
    except AssertionError as error:
        said = [text for row in store.exchanges() if row["head_hash"] for text in texts(store.chain(row["head_hash"]))[-3:]]
        raise AssertionError(f"{error}; tools put out {outputs(store)}; said was {said}") from None


CLAUDE = {"ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef", "IS_SANDBOX": "1", "DISABLE_TELEMETRY": "1",
          "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
          "ENABLE_TOOL_SEARCH": "false"}    # else tools of servers are found by a call of ToolSearch first


@pytest.mark.parametrize("way", ["add", "config"])
def test_claude_code(asked, home, way):
    one, command = asked
    settings = json.dumps({"env": {"ANTHROPIC_BASE_URL": one.url + "/agents/claude/providers/anthropic"}})
    claude = [installed("claude"), "--settings", settings, "--dangerously-skip-permissions"]
    project = home.project()
    home.start([*claude, "-p", "Remember the walrus"], CLAUDE, project).succeeds()
    if way == "add":
        home.start([installed("claude"), "mcp", "add", "tapes", "--", *command], CLAUDE, project).succeeds()
        listed = home.start([installed("claude"), "mcp", "list"], CLAUDE, project).succeeds()
        assert "tapes" in listed and "Connected" in listed, listed
        more = []
    else:
        config = {"mcpServers": {"tapes": {"command": command[0], "args": command[1:]}}}
        more = ["--strict-mcp-config", "--mcp-config", json.dumps(config)]
    home.start([*claude, *more, "-p", '[call mcp__tapes__search {"query": "walrus"}]'], CLAUDE, project).succeeds()
    told = answer_of(one.store)
    assert "project" in told and "Remember the walrus" in told


def test_codex(asked, home):
    one, command = asked
    base = one.url + "/agents/codex/providers/openai"
    codex = [installed("codex"), "-c", f'openai_base_url="{base}"', "-c", "analytics.enabled=false", "-c",
             "check_for_update_on_startup=false"]
    key = {"OPENAI_API_KEY": "sk-test-0123456789abcdef"}
    project = home.project()
    home.start([*codex, "exec", "Remember the walrus"], key, project).succeeds()
    home.start([installed("codex"), "mcp", "add", "tapes", "--", *command], key, project).succeeds()
    home.start([*codex, "exec", "-m", "gpt-5-codex", "--dangerously-bypass-approvals-and-sandbox",
                '[call mcp__tapes__search {"query": "walrus"}]'], key, project).succeeds()
    told = answer_of(one.store)
    assert "Remember the walrus" in told
    assert any("walrus" in text for _, text in texts(one.store.chain(one.store.exchanges()[-1]["head_hash"])))
