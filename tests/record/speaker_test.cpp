#include "speaker.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::record::speaker_test {

namespace {

store::speaker ask(const std::string& fields) {
    return speaker_of("POST /v1/messages HTTP/1.1\r\nHost: h\r\n" + fields);
}

}  // namespace

TEST_CASE("programs and libraries are told by their User-Agent and originator") {
    struct row {
        const char* fields;
        const char* program;
        const char* client;
    };
    const row rows[] = {
        {"User-Agent: claude-cli/2.1.37 (external, cli)\r\n", "claude-code", "claude-cli"},
        {"User-Agent: codex_cli_rs/0.171.0 (Debian 12; x86_64) xterm\r\n", "codex", "codex_cli_rs"},
        {"originator: codex_exec\r\n", "codex", ""},
        {"Originator: codex_vscode\r\nUser-Agent: reqwest/0.12\r\n", "codex", "reqwest"},
        {"User-Agent: opencode/1.18.1 ai-sdk/provider-utils/4.0.1 runtime/bun/1.3.5\r\n", "opencode",
         "ai-sdk"},
        {"User-Agent: ai-sdk/anthropic/2.0.1 opencode/1.18\r\n", "opencode", "ai-sdk"},
        {"User-Agent: QwenCode/0.15.0 (linux; x64)\r\n", "qwen-code", "qwencode"},
        {"User-Agent: Aider/0.86.1 +https://aider.chat\r\n", "aider", "aider"},
        {"User-Agent: OpenAI/Python 2.9.0\r\n", "", "openai-python"},
        {"User-Agent: google-genai-sdk/3.6.1 gl-python/3.11.2\r\n", "", "google-genai"},
        {"User-Agent: GeminiCLI-tui/0.61.0/gemini-2.5-flash (linux; x64; terminal)\r\n", "gemini-cli",
         "geminicli-tui"},
        {"User-Agent: GeminiCLI/0.61.0/gemini-3-pro (linux; x64; terminal) google-genai-sdk/2.10.0\r\n",
         "gemini-cli", "google-genai"},
        {"User-Agent: AsyncOpenAI/Python 2.9.0\r\n", "", "openai-python"},
        {"User-Agent: OpenAI/JS 6.1.0\r\n", "", "openai-node"},
        {"User-Agent: Anthropic/Python 0.75.0\r\n", "", "anthropic-python"},
        {"User-Agent: Anthropic/JS 0.70.0\r\n", "", "anthropic-typescript"},
        {"User-Agent: ollama-python/0.6.3 (x86_64 linux) Python/3.12.1\r\n", "", "ollama-python"},
        {"User-Agent: litellm/1.80.0\r\n", "", "litellm"},
        {"User-Agent: curl/8.5.0\r\n", "", "curl"},
        {"User-Agent: (only a comment (nested) ) Some-Tool\r\n", "", "some-tool"},
        {"User-Agent: (never closed codex_cli_rs/1\r\n", "", ""},
        {"User-Agent:\r\n", "", ""},
        {"", "", ""},
    };
    for (const auto& one : rows) {
        INFO(one.fields);
        const auto found = ask(one.fields);
        CHECK(found.program == one.program);
        CHECK(found.client == one.client);
    }
}

TEST_CASE("the ids of agents and of the session before are read, and are short") {
    const auto found =
        ask("X-Claude-Code-Agent-Id: a1\r\nx-claude-code-parent-agent-id: a0\r\n"
            "X-Parent-Session-Id: ses_1\r\n");
    CHECK(found.agent_id == "a1");
    CHECK(found.parent_agent_id == "a0");
    CHECK(found.parent_session == "ses_1");
    CHECK(ask("x-parent-session-id: " + std::string(300, 'x') + "\r\n").parent_session.empty());
    CHECK(ask("x-parent-session-id: \xff\r\n").parent_session == "\xef\xbf\xbd");
    CHECK(ask("User-Agent: " + std::string(100, 'x') + "\r\n").client.size() == 64);
}

}  // namespace tapes::record::speaker_test
