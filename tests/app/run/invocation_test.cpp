#include "run/base_url.hpp"
#include "run/network.hpp"
#include "user.hpp"

#include <catch2/catch.hpp>

namespace tapes::app::run::invocation_test {

TEST_CASE("a client is found behind wrappers that run it, and nowhere else") {
    struct row {
        std::vector<std::string> command;
        std::string name;
        std::size_t at;
    };
    const row rows[] = {
        {{"claude"}, "claude", 0},
        {{"/opt/bin/claude", "-p"}, "claude", 0},
        {{"npx", "claude"}, "claude", 1},
        {{"npx", "-y", "@anthropic-ai/claude-code@2.1", "-p"}, "claude", 2},
        {{"npx", "--package=@openai/codex", "codex"}, "codex", 2},
        {{"npx", "-p", "@openai/codex", "codex"}, "codex", 3},
        {{"npx", "-c", "codex exec"}, "npx", 0},
        {{"npm", "exec", "--", "@openai/codex"}, "codex", 3},
        {{"npm", "run", "claude"}, "npm", 0},
        {{"pnpm", "dlx", "opencode-ai"}, "opencode", 2},
        {{"bunx", "opencode-ai@latest"}, "opencode", 1},
        {{"uvx", "llm==0.30", "hi"}, "llm", 1},
        {{"uvx", "--with", "llm-anthropic", "llm"}, "llm", 3},
        {{"uv", "tool", "run", "--from", "aider-chat", "aider"}, "aider", 5},
        {{"uv", "run", "--with", "x", "aider"}, "aider", 4},
        {{"pipx", "run", "--spec", "aider-chat", "aider"}, "aider", 4},
        {{"python", "-m", "aider"}, "aider", 2},
        {{"python3.11", "-m", "llm", "x"}, "llm", 2},
        {{"python3", "-m", "http.server"}, "python3", 0},
        {{"python", "claude"}, "python", 0},
        {{"env", "A=1", "B=2", "codex"}, "codex", 3},
        {{"env", "-u", "X", "nice", "-n", "5", "claude"}, "claude", 6},
        {{"env", "-i", "claude"}, "env", 0},
        {{"timeout", "-k", "5", "60", "codex", "exec"}, "codex", 4},
        {{"nohup", "stdbuf", "-oL", "claude"}, "nohup", 0},
        {{"sh", "-c", "claude"}, "sh", 0},
        {{"env"}, "env", 0},
        {{"npx"}, "npx", 0},
        {{"python", "-m"}, "python", 0},
        {{"env", "A=1"}, "env", 0},
    };
    const run_world world;
    for (const auto& one : rows) {
        CAPTURE(one.command);
        const auto found = find_invocation(one.command, world);
        CHECK(found.name == one.name);
        CHECK(found.program == one.at);
    }
    CHECK(find_invocation({"env", "A=1", "codex"}, world).variable("A") == "1");
}

TEST_CASE("OLLAMA_HOST is read as Ollama's clients read it") {
    const std::pair<const char*, const char*> rows[] = {
        {"", "http://127.0.0.1:11434"},
        {"example", "http://example:11434"},
        {"example:80", "http://example:80"},
        {":5000", "http://127.0.0.1:5000"},
        {"0.0.0.0", "http://127.0.0.1:11434"},
        {"https://example", "https://example"},
        {"http://example:5/base/", "http://example:5/base"},
        {"example/base", "http://example:11434/base"},
        {"[::1]", "http://[::1]:11434"},
        {"[::1]:9", "http://[::1]:9"},
    };
    for (const auto& [text, url] : rows) {
        CAPTURE(text);
        CHECK(ollama_url(text, "OLLAMA_HOST") == url);
    }
    CHECK_THROWS_AS(ollama_url("a b", "OLLAMA_HOST"), usage_error);
}

TEST_CASE("an HTTP proxy before an upstream is refused, and kept away from loopback") {
    struct row {
        std::map<std::string, std::string> environment;
        bool refused;
    };
    const row rows[] = {
        {{}, false},
        {{{"HTTPS_PROXY", "http://proxy:3128"}}, true},
        {{{"https_proxy", "http://proxy:3128"}}, true},
        {{{"ALL_PROXY", "socks5://proxy"}}, true},
        {{{"HTTPS_PROXY", ""}}, false},
        {{{"HTTP_PROXY", "http://proxy:3128"}}, false},
        {{{"HTTPS_PROXY", "http://p"},
          {"NO_PROXY", "localhost, .anthropic.com,api.openai.com,googleapis.com"}},
         false},
        {{{"HTTPS_PROXY", "http://p"}, {"NO_PROXY", "thropic.com,openai.com"}}, true},
        {{{"HTTPS_PROXY", "http://p"}, {"no_proxy", "*"}}, false},
        {{{"HTTPS_PROXY", "http://p"},
          {"OPENAI_BASE_URL", "http://127.0.0.1:1/v1"},
          {"ANTHROPIC_BASE_URL", "http://localhost:2"},
          {"GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:3"}},
         false},
        {{{"ALL_PROXY", "http://p"},
          {"NO_PROXY", "api.openai.com"},
          {"ANTHROPIC_BASE_URL", "http://127.example:2"}},
         true},
    };
    for (const auto& one : rows) {
        CAPTURE(one.environment);
        test::user here;
        here.world.environment = one.environment;
        const auto client = find_invocation({"x"}, here.world);
        const auto way = here.plan_for({"x"});
        if (one.refused) {
            CHECK_THROWS_AS(check_http_proxies(client, way, {}), usage_error);
        } else {
            CHECK_NOTHROW(check_http_proxies(client, way, {}));
        }
        run_request named;
        named.upstream = "https://named.example";
        CHECK_NOTHROW(check_http_proxies(client, way, named));
    }
    test::user proxied;
    proxied.world.environment = {{"HTTPS_PROXY", "http://p"},
                                 {"ANTHROPIC_BASE_URL", "http://127.0.0.1:1"},
                                 {"GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:3"}};
    CHECK_THROWS_WITH(check_http_proxies(find_invocation({"x"}, proxied.world), proxied.plan_for({"x"}), {}),
                      Catch::Matchers::Contains("--openai-upstream https://api.openai.com/v1"));
    test::user here;
    launch to;
    keep_loopback_direct(find_invocation({"x"}, here.world), to);
    CHECK(to.environment.empty());
    here.world.environment = {{"http_proxy", "http://p"}, {"no_proxy", "a.example"}};
    keep_loopback_direct(find_invocation({"x"}, here.world), to);
    CHECK(to.environment ==
          std::map<std::string, std::string>{{"NO_PROXY", "127.0.0.1,localhost"},
                                             {"no_proxy", "a.example,127.0.0.1,localhost"}});
}

}  // namespace tapes::app::run::invocation_test
