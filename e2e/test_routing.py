"""Agents and providers: what is taken off the request, and where it goes."""
import pytest

from harness import chat
from harness.wire import Answering

OK = chat.answer(chat.completion("routed"))


@pytest.fixture
def sites(proxy, upstream):
    """A proxy with an upstream of its own for each place where requests can go."""
    scripts = {name: Answering(OK) for name in ("default", "openai", "anthropic", "ollama", "auth")}
    servers = {name: upstream(script) for name, script in scripts.items()}

    def start(provider="openai", ollama=True):
        settings = {"proxy.openai_upstream": servers["openai"].url + "/v1",
                    "proxy.anthropic_upstream": servers["anthropic"].url,
                    "proxy.openai_auth_upstream": servers["auth"].url}
        if ollama:
            settings["proxy.ollama_upstream"] = servers["ollama"].url
        return proxy(servers["default"], provider=provider, settings=settings)
    start.scripts, start.servers = scripts, servers
    return start


def reached(sites):
    """The one site that was reached, and with which target."""
    found = [(name, head) for name, script in sites.scripts.items() for head, _ in script.requests]
    assert len(found) == 1, found
    return found[0][0], found[0][1].target


@pytest.mark.parametrize("path, site, target", [
    (b"/v1/chat/completions?x=1", "default", b"/v1/chat/completions?x=1"),
    (b"/agents/claude/v1/chat/completions?x=%20", "default", b"/v1/chat/completions?x=%20"),
    (b"/agents/claude", "default", b"/"),
    (b"/agents/claude/", "default", b"/"),
    (b"/agents/claude?x=1", "default", b"/?x=1"),
    (b"/agents/a/providers/openai/chat/completions?q", "openai", b"/v1/chat/completions?q"),
    (b"/agents/a/providers/anthropic/v1/messages?beta=true", "anthropic", b"/v1/messages?beta=true"),
    (b"/agents/a/providers/ollama/api/chat", "ollama", b"/api/chat"),
    (b"/agents/codex/providers/openai/oauth/token?a=b", "auth", b"/oauth/token?a=b"),
    (b"/agents/codex/providers/openai/AUTH/x", "auth", b"/AUTH/x"),
    (b"/agents/codex/providers/openai/v1/oauth/t", "auth", b"/v1/oauth/t"),
    (b"/agents/codex/providers/openai/V1/Auth/t", "auth", b"/V1/Auth/t"),
    (b"/agents/codex/providers/openai/api/oauth/t", "auth", b"/api/oauth/t"),
    (b"/agents/codex/providers/openai/api/auth/t", "auth", b"/api/auth/t"),
    (b"/agents/other/providers/openai/oauth/token", "openai", b"/v1/oauth/token"),
    (b"/agents/codex/providers/anthropic/oauth/token", "anthropic", b"/oauth/token"),
])
def test_path_chooses_the_upstream(sites, path, site, target):
    relay = sites()
    head, _ = relay.fetch(chat.turn("hi", path=path))
    assert head.status == 200
    assert reached(sites) == (site, target)
    received = sites.scripts[site].requests[0][0]
    assert received.all(b"Host") == [sites.servers[site].authority]


def test_ollama_goes_to_the_configured_upstream_by_default(sites):
    relay = sites(ollama=False)
    relay.fetch(chat.turn("hi", path=b"/agents/a/providers/ollama/api/chat"))
    assert reached(sites) == ("default", b"/api/chat")


def test_codex_sign_in_without_prefix_goes_to_the_auth_host(sites):
    relay = sites()
    relay.fetch(chat.turn("hi", path=b"/oauth/token", fields=b"X-Tapes-Agent-Name: codex\r\n"))
    assert reached(sites) == ("auth", b"/oauth/token")


def test_agent_of_the_header_wins_beside_the_prefix_and_is_not_forwarded(sites):
    relay = sites()
    relay.fetch(chat.turn("hi", path=b"/agents/inner/v1/chat/completions",
                          fields=b"X-Tapes-Agent-Name:   outer  \r\n"))
    name, target = reached(sites)
    assert (name, target) == ("default", b"/v1/chat/completions")
    assert sites.scripts["default"].requests[0][0].get(b"X-Tapes-Agent-Name") is None
    assert relay.store.only()["agent_name"] == "outer"


def test_agent_and_provider_are_recorded_with_the_turn(sites):
    relay = sites()
    relay.fetch(chat.turn("hi", path=b"/agents/codex/providers/openai/chat/completions"))
    row = relay.store.only()
    assert (row["agent_name"], row["provider"], row["api"]) == ("codex", "openai", "openai_chat")
    assert row["path"].endswith("/chat/completions")
    for node in relay.store.chain(row["head_hash"]):
        assert (node["agent_name"], node["provider"]) == ("codex", "openai")


@pytest.mark.parametrize("path", [b"/agents/%ff%fe/v1/models", b"/agents/\xff/v1/models", b"/agents//v1/models",
                                  b"/agents/a/providers/nobody/v1/models", b"/agents/a/providers/",
                                  b"/agents/a/providers/openai", b"/agents/" + b"n" * 4000 + b"/v1/models"])
def test_odd_agent_paths_are_answered_and_harm_nothing(sites, path):
    relay = sites()
    head, _ = relay.fetch(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert 200 <= head.status < 600
    assert relay.fetch(chat.turn("alive"))[0].status == 200


def test_agent_header_that_is_no_utf8_harms_nothing(sites):
    relay = sites()
    head, _ = relay.fetch(chat.turn("hi", fields=b"X-Tapes-Agent-Name: \xff\xfe\r\n"))
    assert head.status in (200, 400)
    assert relay.fetch(chat.turn("alive"))[0].status == 200
    relay.store.wait_exchanges(2)


def test_upstream_path_prefix_stands_before_the_target(proxy, upstream):
    script = Answering(OK)
    server = upstream(script)
    relay = proxy(server.url + "/base/v9")
    relay.fetch(chat.turn("hi", path=b"/chat/completions?a=b"))
    assert script.requests[0][0].target == b"/base/v9/chat/completions?a=b"


ANTHROPIC = b"x-api-key: k\r\nanthropic-version: 2023-06-01\r\n"
BEARER = b"Authorization: Bearer sk-0123456789abcdef\r\n"


@pytest.fixture
def auto(proxy, upstream):
    """A proxy with `--provider auto` and a site for each upstream that is named."""
    scripts = {}

    def start(*names):
        servers = {}
        for name in names:
            scripts[name] = Answering(OK)
            servers[name] = upstream(scripts[name])
        settings = {f"proxy.{name}_upstream": servers[name].url + ("/v1" if name == "openai" else "")
                    for name in names if name != "all"}
        return proxy(servers.get("all", ""), provider="auto", settings=settings)
    start.scripts = scripts
    return start


@pytest.mark.parametrize("path, fields, provider, target", [
    (b"/v1/chat/completions", BEARER, "openai", b"/v1/chat/completions"),
    (b"/v1/responses", BEARER, "openai", b"/v1/responses"),
    (b"/v1/messages", ANTHROPIC, "anthropic", b"/v1/messages"),
    (b"/v1/messages?beta=true", BEARER, "anthropic", b"/v1/messages?beta=true"),
    (b"/api/chat", b"", "ollama", b"/api/chat"),
    (b"/api/show", b"", "ollama", b"/api/show"),
    (b"/v1/messages/count_tokens", ANTHROPIC, "anthropic", b"/v1/messages/count_tokens"),
    (b"/v1/embeddings", BEARER, "openai", b"/v1/embeddings"),
])
@pytest.mark.parametrize("names", [("all",), ("openai", "anthropic", "ollama"), ("all", "anthropic")])
def test_auto_takes_the_provider_from_the_request(auto, names, path, fields, provider, target):
    relay = auto(*names)
    assert relay.fetch(chat.turn("hi", path=path, fields=fields))[0].status == 200
    site = provider if provider in names else "all"
    assert reached(auto) == (site, target)
    assert relay.store.only()["provider"] == provider


def test_auto_sends_nothing_to_an_upstream_that_nobody_named(auto):
    relay = auto("anthropic")
    for path in (b"/v1/chat/completions", b"/agents/codex/providers/openai/responses", b"/api/chat"):
        head, body = relay.fetch(chat.turn("hi", path=path, fields=BEARER))
        assert head.status == 404, body
        assert b"no upstream is named for" in body and b"_upstream or proxy.upstream" in body, body
    assert auto.scripts["anthropic"].requests == []
    assert [row["status"] for row in relay.store.wait_exchanges(3)] == [None] * 3


def test_auto_without_any_upstream_does_not_start(run):
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--provider", "auto")
    assert code == 1 and "proxy.provider is auto" in error and "--upstream" in error, error
