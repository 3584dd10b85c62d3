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
    settings.gemini_upstream = "https://gemini.example";
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
        {"/agents/a/providers/gemini/v1beta/models/m:generateContent?key=k", "", "https://gemini.example:443",
         "/v1beta/models/m:generateContent?key=k", "/v1beta/models/m:generateContent", "a", "gemini"},
        {"/agents/a/providers/google/v1beta/models", "", "https://gemini.example:443", "/v1beta/models",
         "/v1beta/models", "a", "gemini"},
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

namespace {

/// What the rooms above know of APIs, in short.
std::string_view api_provider(std::string_view method, std::string_view path) {
    if (method != "POST") {
        return {};
    }
    return path.ends_with("/messages")                                           ? "anthropic"
           : path.ends_with("/chat/completions") || path.ends_with("/responses") ? "openai"
           : path.ends_with("/api/chat")                                         ? "ollama"
           : path.ends_with(":generateContent")                                  ? "gemini"
                                                                                 : "";
}

options auto_options(const char* upstream, const char* openai = "", const char* anthropic = "",
                     const char* ollama = "") {
    options settings;
    settings.provider = auto_provider;
    settings.provider_of_api = api_provider;
    settings.upstream = upstream;
    settings.openai_upstream = openai;
    settings.anthropic_upstream = anthropic;
    settings.ollama_upstream = ollama;
    settings.gemini_upstream = "";
    settings.openai_auth_upstream = "";
    return settings;
}

struct told {
    const char* line;    ///< method and target
    const char* fields;  ///< of the head, each ended by CR LF
    const char* provider;
};

route find_in(const router& routes, const std::string& line, const std::string& fields = "") {
    const test::parsed_request request{line + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"};
    route found;
    REQUIRE(routes.find(request.head, found));
    return found;
}

}  // namespace

TEST_CASE("a model that the upstream's base path names stands in the path of the API") {
    struct row {
        const char* upstream;
        const char* target;
        const char* path;
        const char* sent;
    };
    const row rows[] = {
        {"http://up.example/secret/openai/deployments/a", "/chat/completions",
         "/openai/deployments/a/chat/completions", "/secret/openai/deployments/a/chat/completions"},
        {"http://up.example/openai/deployments/a", "/chat/completions?api-version=1",
         "/openai/deployments/a/chat/completions", "/openai/deployments/a/chat/completions?api-version=1"},
        {"http://up.example/openai/deployments/a", "/agents/x/chat/completions",
         "/openai/deployments/a/chat/completions", "/openai/deployments/a/chat/completions"},
        {"http://up.example/openai/deployments/a", "/openai/deployments/b/chat/completions",
         "/openai/deployments/b/chat/completions",
         "/openai/deployments/a/openai/deployments/b/chat/completions"},
        {"http://up.example/openai/deployments/a", "/models", "/models", "/openai/deployments/a/models"},
        {"http://up.example/openai", "/v1/chat/completions", "/v1/chat/completions",
         "/openai/v1/chat/completions"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.upstream, one.target);
        options settings;
        settings.upstream = one.upstream;
        settings.names_model = [](std::string_view, std::string_view path) {
            return path.find("/openai/deployments/") != std::string_view::npos &&
                   path.ends_with("/chat/completions");
        };
        const router routes{settings};
        const auto found = find_in(routes, std::string{"POST "} + one.target);
        CHECK(found.path == one.path);
        CHECK(found.target == one.sent);
    }
}

TEST_CASE("with auto a request tells whose API it speaks") {
    const router routes{auto_options("http://up.example")};
    const told rows[] = {
        {"POST /v1/messages", "", "anthropic"},
        {"POST /v1/messages", "Authorization: Bearer t\r\n", "anthropic"},
        {"POST /v1/messages?beta=true", "", "anthropic"},
        {"POST /v1/models/m:generateContent", "Authorization: Bearer t\r\n", "gemini"},
        {"POST /v1beta/openai/chat/completions", "Authorization: Bearer t\r\n", "gemini"},
        {"POST /v1internal:loadCodeAssist", "Authorization: Bearer t\r\n", "gemini"},
        {"GET /v1beta/models", "", "gemini"},
        {"GET /v1/models", "x-goog-api-key: k\r\n", "gemini"},
        {"POST /v1/chat/completions", "", "openai"},
        {"POST /v1/chat/completions", "x-api-key: k\r\nanthropic-version: 2023-06-01\r\n", "openai"},
        {"POST /api/v1/chat/completions", "", "openai"},
        {"POST /v1/responses", "", "openai"},
        {"GET /v1/responses", "Connection: Upgrade\r\nUpgrade: websocket\r\n", "openai"},
        {"POST /api/chat", "", "ollama"},
        {"GET /api/tags", "Authorization: Bearer t\r\n", "ollama"},
        {"POST /api/show", "", "ollama"},
        {"GET /api/v1/models", "Authorization: Bearer t\r\n", "openai"},
        {"GET /v1/models", "Authorization: Bearer t\r\n", "openai"},
        {"GET /v1/models", "authorization: bearer t\r\n", "openai"},
        {"GET /v1/models", "Authorization: Basic dTpw\r\n", "openai"},
        {"GET /v1/models", "api-key: k\r\n", "openai"},
        {"GET /v1/models", "X-Api-Key: k\r\n", "anthropic"},
        {"GET /v1/models", "Authorization: Bearer t\r\nanthropic-version: 2023-06-01\r\n", "anthropic"},
        {"POST /v1/messages/count_tokens", "anthropic-version: 2023-06-01\r\n", "anthropic"},
        {"GET /", "User-Agent: ollama-python/0.6.3 (x86_64 linux) Python/3.11\r\n", "ollama"},
        {"HEAD /", "User-Agent: ollama/0.12 (amd64 linux) Go/go1.24\r\nAuthorization: Bearer t\r\n",
         "ollama"},
        {"POST /agents/x/v1/messages", "", "anthropic"},
        {"POST /agents/x/providers/openai/v1/messages", "", "openai"},
        {"GET /", "", "openai"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.line, one.fields);
        const auto found = find_in(routes, one.line, one.fields);
        CHECK(found.provider == one.provider);
        REQUIRE(found.upstream != nullptr);
        CHECK(found.upstream->name == "http://up.example:80");
    }
}

TEST_CASE("with auto who serves an API of another goes to the upstream of that API") {
    const auto find = [](options settings, const char* provider) {
        settings.provider_of_api = [provider](std::string_view, std::string_view) {
            return std::string_view{provider};
        };
        const router routes{settings};
        const auto found = find_in(routes, "POST /x");
        CHECK(found.provider == provider);
        return found.upstream == nullptr ? std::string{} : found.upstream->name;
    };
    const auto several =
        auto_options("http://up.example", "https://openai.example", "https://anthropic.example");
    CHECK(find(several, "azure") == "https://openai.example:443");
    CHECK(find(several, "databricks") == "https://openai.example:443");
    CHECK(find(several, "vertex") == "https://anthropic.example:443");
    CHECK(find(several, "bedrock") == "http://up.example:80");
    CHECK(find(auto_options("http://up.example"), "azure") == "http://up.example:80");
    CHECK(find(auto_options("", "https://openai.example"), "bedrock").empty());
}

TEST_CASE("with auto each provider goes to the upstream that is named for it") {
    const router several{auto_options("", "https://openai.example/v1", "https://anthropic.example",
                                      "http://ollama.example:11434")};
    struct row {
        const char* line;
        const char* upstream;
        const char* sent;
    };
    const row rows[] = {
        {"POST /v1/messages", "https://anthropic.example:443", "/v1/messages"},
        {"POST /v1/chat/completions", "https://openai.example:443", "/v1/chat/completions"},
        {"POST /chat/completions?a=b", "https://openai.example:443", "/v1/chat/completions?a=b"},
        {"POST /v1/responses", "https://openai.example:443", "/v1/responses"},
        {"GET /v1?x", "https://openai.example:443", "/v1/?x"},
        {"GET /v11/x", "https://openai.example:443", "/v1/v11/x"},
        {"POST /api/chat", "http://ollama.example:11434", "/api/chat"},
        {"POST /agents/x/providers/anthropic/v1/messages", "https://anthropic.example:443", "/v1/messages"},
        {"POST /agents/x/providers/openai/chat/completions", "https://openai.example:443",
         "/v1/chat/completions"},
        // No other place is known to sign in at.
        {"POST /agents/codex/providers/openai/oauth/token", "https://openai.example:443", "/v1/oauth/token"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.line);
        const auto found = find_in(several, one.line);
        REQUIRE(found.upstream != nullptr);
        CHECK(found.upstream->name == one.upstream);
        CHECK(found.target == one.sent);
    }
    const router general{auto_options("http://up.example/v1", "", "https://anthropic.example")};
    CHECK(find_in(general, "POST /v1/messages").upstream->name == "https://anthropic.example:443");
    CHECK(find_in(general, "POST /v1/chat/completions").upstream->name == "http://up.example:80");
    CHECK(find_in(general, "POST /v1/chat/completions").target == "/v1/chat/completions");
    CHECK(find_in(general, "POST /api/chat").target == "/v1/api/chat");
}

TEST_CASE("with auto the version stands once in what one upstream for all is asked for") {
    const router plain{auto_options("http://up.example")};
    CHECK(find_in(plain, "POST /v1/chat/completions").target == "/v1/chat/completions");
    CHECK(find_in(plain, "POST /agents/x/providers/openai/chat/completions").target ==
          "/v1/chat/completions");
    CHECK(find_in(plain, "POST /agents/x/providers/openai/v1/responses").target == "/v1/responses");
    CHECK(find_in(plain, "POST /agents/x/providers/anthropic/v1/messages").target == "/v1/messages");
    CHECK(find_in(plain, "POST /agents/x/providers/ollama/api/chat").target == "/api/chat");
    const router versioned{auto_options("http://up.example/gateway/v1")};
    CHECK(find_in(versioned, "POST /v1/messages").target == "/gateway/v1/messages");
    CHECK(find_in(versioned, "OPTIONS *").target == "*");
}

TEST_CASE("with auto nothing goes to an upstream that nobody named") {
    const router only_anthropic{auto_options("", "", "https://anthropic.example")};
    CHECK(find_in(only_anthropic, "POST /v1/messages").upstream != nullptr);
    CHECK(find_in(only_anthropic, "GET /").provider == "anthropic");  // no other can be meant
    for (const char* line :
         {"POST /v1/chat/completions", "POST /api/chat", "GET /api/tags",
          "POST /agents/codex/providers/openai/responses", "POST /agents/codex/providers/openai/oauth/token",
          "POST /agents/x/providers/ollama/api/chat"}) {
        CAPTURE(line);
        CHECK(find_in(only_anthropic, line).upstream == nullptr);
    }
    CHECK(find_in(only_anthropic, "GET /v1/models", "Authorization: Bearer t\r\n").upstream == nullptr);
}

TEST_CASE("a request at an entrance goes to the entrance's upstreams and nowhere else") {
    entrance_table entrances;
    const auto id = entrances.open({"aider",
                                    "here",
                                    {{"openai", {"https://gateway.example/v1", "openai", false}},
                                     {"anthropic", {"https://api.anthropic.com/v1", "anthropic", true}},
                                     {"own-2.x", {"http://127.0.0.1:9/base", "auto", false}}}});
    auto settings = auto_options("");
    settings.anthropic_upstream = "https://elsewhere.example";
    const router routes{settings, &entrances};
    struct row {
        const char* below;  ///< the ID
        const char* upstream;
        const char* sent;
        const char* path;
        const char* provider;
    };
    const row rows[] = {
        {"/openai/chat/completions?a=b", "https://gateway.example:443", "/v1/chat/completions?a=b",
         "/chat/completions", "openai"},
        {"/openai/v1/models", "https://gateway.example:443", "/v1/v1/models", "/v1/models", "openai"},
        {"/openai", "https://gateway.example:443", "/v1/", "/", "openai"},
        {"/openai/auth/x", "https://gateway.example:443", "/v1/auth/x", "/auth/x", "openai"},
        {"/anthropic/v1/messages", "https://api.anthropic.com:443", "/v1/messages", "/v1/messages",
         "anthropic"},
        {"/anthropic/messages", "https://api.anthropic.com:443", "/v1/messages", "/messages", "anthropic"},
        {"/own-2.x/v1/messages", "http://127.0.0.1:9", "/base/v1/messages", "/v1/messages", "anthropic"},
        {"/own-2.x/v1/responses", "http://127.0.0.1:9", "/base/v1/responses", "/v1/responses", "openai"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.below);
        const auto found = find_in(routes, "POST /runs/" + id + one.below);
        REQUIRE(found.upstream != nullptr);
        CHECK(found.upstream->name == one.upstream);
        CHECK(found.target == one.sent);
        CHECK(found.path == one.path);
        CHECK(found.provider == one.provider);
        CHECK(found.agent_name == "aider");
        REQUIRE(found.entrance != nullptr);
        CHECK(found.entrance->project == "here");
    }
    CHECK(find_in(routes, "POST /runs/" + id + "/openai/x", "X-Tapes-Agent-Name: named\r\n").agent_name ==
          "named");
    for (const char* below : {"", "/", "/?x", "/ollama/api/chat", "//v1/messages", "/agents/x/v1/messages"}) {
        CAPTURE(below);
        CHECK(find_in(routes, "POST /runs/" + id + below).upstream == nullptr);
    }
    // Any other path is an upstream's.
    const auto plain = find_in(routes, "POST /runs/0123/v1/messages");
    CHECK(plain.entrance == nullptr);
    CHECK(plain.target == "/runs/0123/v1/messages");
    // Who found the entrance before it was closed goes on with it.
    const auto before = find_in(routes, "POST /runs/" + id + "/openai/x");
    CHECK(entrances.close(id).has_value());
    CHECK_FALSE(entrances.close(id).has_value());
    CHECK(before.upstream->name == "https://gateway.example:443");
    CHECK(find_in(routes, "POST /runs/" + id + "/anthropic/x").entrance == nullptr);
}

TEST_CASE("an entrance with a malformed upstream is refused") {
    entrance_table entrances;
    const entrance wrong[] = {
        {"a", "p", {{"openai", {"gateway.example", "openai", false}}}},
        {"a", "p", {{"openai", {"ftp://gateway.example", "openai", false}}}},
        {"a", "p", {{"openai", {"https://user:word@gateway.example", "openai", false}}}},
        {"a", "p", {{"openai", {"https://gateway.example", "nobody", false}}}},
        {"a", "p", {{"", {"https://gateway.example", "openai", false}}}},
        {"a", "p", {{"a/b", {"https://gateway.example", "openai", false}}}},
    };
    for (const auto& one : wrong) {
        CHECK_THROWS_AS(entrances.open(one), std::invalid_argument);
    }
    std::string last;
    for (std::size_t i = 0; i < entrance_table::most_open; ++i) {
        last = entrances.open({"a", "p", {}});
    }
    CHECK(last.size() == 32);
    CHECK_THROWS_AS(entrances.open({"a", "p", {}}), std::runtime_error);
    CHECK(entrances.close(last).has_value());
    CHECK_NOTHROW(entrances.open({"a", "p", {}}));
}

}  // namespace tapes::relay::router_test
