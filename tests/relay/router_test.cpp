#include "router.hpp"

#include "heads.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::router_test {

namespace {

options test_options() {
    options settings;
    settings.upstream = "http://up.example/base";
    settings.provider = "ollama";
    settings.openai_upstream = "https://openai.example/v1";
    settings.anthropic_upstream = "https://anthropic.example";
    settings.ollama_upstream = "http://ollama.example:11434";
    settings.openai_auth_upstream = "https://auth.example";
    return settings;
}

struct row {
    const char* target;
    const char* agent_field;  ///< "" where the request has none
    const char* upstream;
    const char* sent;
    const char* path;
    const char* agent;
    const char* provider;
};

}  // namespace

TEST_CASE("a request is routed by its target and its agent's name") {
    const router routes{test_options()};
    const char* const up = "http://up.example:80";
    const char* const openai = "https://openai.example:443";
    const row rows[] = {
        {"/v1/chat/completions", "", up, "/base/v1/chat/completions", "/v1/chat/completions", "", "ollama"},
        {"/v1/models?limit=2", "", up, "/base/v1/models?limit=2", "/v1/models", "", "ollama"},
        {"/", "", up, "/base/", "/", "", "ollama"},
        {"*", "", up, "*", "*", "", "ollama"},
        {"http://elsewhere.example/v1/x?y", "", up, "/base/v1/x?y", "/v1/x", "", "ollama"},
        {"HTTPS://elsewhere.example", "", up, "/base/", "/", "", "ollama"},
        {"/v1/x", "opencode", up, "/base/v1/x", "/v1/x", "opencode", "ollama"},
        {"/agents/claude/v1/messages", "", up, "/base/v1/messages", "/v1/messages", "claude", "ollama"},
        {"/agents/inner/providers/openai/chat/completions", "outer", openai, "/v1/chat/completions",
         "/chat/completions", "outer", "openai"},
        {"/agents/inner/v1/x", "outer", up, "/base/v1/x", "/v1/x", "outer", "ollama"},
        {"/agents/claude", "", up, "/base/", "/", "claude", "ollama"},
        {"/agents/claude?x=1", "", up, "/base/?x=1", "/", "claude", "ollama"},
        {"/agents//v1", "", up, "/base/agents//v1", "/agents//v1", "", "ollama"},
        {"/agents/", "", up, "/base/agents/", "/agents/", "", "ollama"},
        {"/agents/a/providers/openai/chat/completions?k=v", "", openai, "/v1/chat/completions?k=v",
         "/chat/completions", "a", "openai"},
        {"/agents/a/providers/anthropic/v1/messages", "", "https://anthropic.example:443", "/v1/messages",
         "/v1/messages", "a", "anthropic"},
        {"/agents/a/providers/ollama/api/chat", "", "http://ollama.example:11434", "/api/chat", "/api/chat",
         "a", "ollama"},
        {"/agents/a/providers/other/api/chat", "", up, "/base/providers/other/api/chat",
         "/providers/other/api/chat", "a", "ollama"},
        {"/agents/codex/providers/openai/oauth/token", "", "https://auth.example:443", "/oauth/token",
         "/oauth/token", "codex", "openai"},
        {"/agents/codex/providers/openai/v1/AUTH/x", "", "https://auth.example:443", "/v1/AUTH/x",
         "/v1/AUTH/x", "codex", "openai"},
        {"/agents/other/providers/openai/oauth/token", "", openai, "/v1/oauth/token", "/oauth/token", "other",
         "openai"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.target, one.agent_field);
        std::string text = std::string{"POST "} + one.target + " HTTP/1.1\r\nHost: h\r\n";
        if (*one.agent_field != 0) {
            text += std::string{"x-Tapes-agent-NAME: "} + one.agent_field + "\r\n";
        }
        const test::parsed_request request{text + "\r\n"};
        route found;
        REQUIRE(routes.find(request.head, found));
        CHECK(found.upstream->name == one.upstream);
        CHECK(found.target == one.sent);
        CHECK(found.path == one.path);
        CHECK(found.agent_name == one.agent);
        CHECK(found.provider == one.provider);
    }
}

TEST_CASE("a target that names no path is refused") {
    const router routes{test_options()};
    for (const char* const target : {"elsewhere.example:443", "v1/chat", "ftp://a/b", "http:///x"}) {
        CAPTURE(target);
        const test::parsed_request request{std::string{"GET "} + target + " HTTP/1.1\r\nHost: h\r\n\r\n"};
        route found;
        CHECK_FALSE(routes.find(request.head, found));
    }
}

TEST_CASE("without an upstream of its own Ollama is the general one") {
    auto settings = test_options();
    settings.ollama_upstream.clear();
    const router routes{settings};
    const test::parsed_request request{"GET /agents/a/providers/ollama/api/tags HTTP/1.1\r\nHost: h\r\n\r\n"};
    route found;
    REQUIRE(routes.find(request.head, found));
    CHECK(found.target == "/base/api/tags");
}

TEST_CASE("a malformed upstream is refused with the name of its setting") {
    auto settings = test_options();
    settings.anthropic_upstream = "anthropic.example";
    CHECK_THROWS_WITH(router{settings}, Catch::Contains("proxy.anthropic_upstream"));
}

}  // namespace tapes::relay::router_test
