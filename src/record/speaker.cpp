#include "speaker.hpp"

#include "utf8.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

namespace tapes::record {

namespace {

/// Longer ids and names are none.
constexpr std::size_t longest_id = 256;
constexpr std::size_t longest_name = 64;
/// So much of a User-Agent is looked at.
constexpr std::size_t longest_user_agent = 1024;

struct known_name {
    std::string_view prefix;  ///< of a product in a User-Agent (RFC 9110 §10.1.5), in lower case
    std::string_view name;
};

/// Programs that name themselves, as they do so (tried with the real ones, or taken from their sources).
/// Some stand behind the library that they use, so every product is looked at.
constexpr std::array<known_name, 21> agents{{
    {"claude-cli/", "claude-code"},  // "claude-cli/2.1.37 (external, cli)"
    {"claude-code/", "claude-code"},
    {"codex_", "codex"},  // "codex_cli_rs/0.171.0 (…)", codex_exec, codex_vscode, codex_sdk_ts
    {"codex-", "codex"},  // "codex-tui/0.171.0"
    {"codex/", "codex"},
    {"opencode/", "opencode"},   // "opencode/1.18.1 ai-sdk/provider-utils/… runtime/bun/…"
    {"qwencode/", "qwen-code"},  // "QwenCode/0.15.0 (linux; x64)"
    {"qwen-code/", "qwen-code"},
    {"geminicli/", "gemini-cli"},
    {"geminicli-", "gemini-cli"},  // "GeminiCLI-tui/0.61.0/gemini-2.5-flash (linux; x64; terminal)"
    {"aider/", "aider"},
    {"charm-crush/", "crush"},
    {"crush/", "crush"},
    {"cline/", "cline"},
    {"roocode/", "roo-code"},
    {"kilo-code/", "kilo-code"},
    {"kimicli/", "kimi-cli"},
    {"goose/", "goose"},
    {"githubcopilotchat/", "github-copilot"},
    {"zed/", "zed"},
    {"pi-coding-agent/", "pi"},
}};

/// Libraries. The first product that is known counts; what two products are needed to tell ("OpenAI/Python
/// 2.9.0") is told by the first two.
constexpr std::array<known_name, 39> libraries{{
    {"openai/python", "openai-python"},
    {"asyncopenai/python", "openai-python"},
    {"azureopenai/python", "openai-python"},
    {"asyncazureopenai/python", "openai-python"},
    {"openai/js", "openai-node"},
    {"azureopenai/js", "openai-node"},
    {"openai/go", "openai-go"},
    {"openai/java", "openai-java"},
    {"openai/kotlin", "openai-java"},
    {"openai/ruby", "openai-ruby"},
    {"openai/csharp", "openai-dotnet"},
    {"openai-dotnet/", "openai-dotnet"},
    {"anthropic/python", "anthropic-python"},
    {"asyncanthropic/python", "anthropic-python"},
    {"anthropicbedrock/python", "anthropic-python"},
    {"anthropic/js", "anthropic-typescript"},
    {"anthropic/go", "anthropic-go"},
    {"anthropic/java", "anthropic-java"},
    {"anthropic/ruby", "anthropic-ruby"},
    {"agents/python", "openai-agents-python"},
    {"agents/javascript", "openai-agents-js"},
    {"google-genai-sdk/", "google-genai"},  // "google-genai-sdk/3.6.1 gl-python/3.11.2"
    {"genai-py/", "google-generativeai"},   // the library before that one
    {"ollama-python/", "ollama-python"},
    {"ollama-js/", "ollama-js"},
    {"ollama/", "ollama"},
    {"ai-sdk/", "ai-sdk"},
    {"ai/", "ai-sdk"},
    {"pydantic-ai/", "pydantic-ai"},
    {"litellm/", "litellm"},
    {"langchain", "langchain"},
    {"smolagents/", "smolagents"},
    {"mistral-client-", "mistral"},
    {"rubyllm/", "ruby_llm"},
    {"python-requests/", "python-requests"},
    {"python-httpx/", "python-httpx"},
    {"python/", "aiohttp"},  // "Python/3.12 aiohttp/3.9"
    {"go-http-client/", "go-http"},
    {"undici", "undici"},
}};

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), text::to_lower);
    return out;
}

/// Takes the next product off a User-Agent, without the comments between products; "" at the end.
std::string_view take_product(std::string_view& from) {
    int depth = 0;
    std::size_t at = 0;
    for (; at < from.size() && (depth > 0 || from[at] == ' ' || from[at] == '('); ++at) {
        depth += from[at] == '(' ? 1 : from[at] == ')' && depth > 0 ? -1 : 0;
    }
    from.remove_prefix(at);
    const auto product = from.substr(0, from.find_first_of(" ("));
    from.remove_prefix(product.size());
    return product;
}

template <class Table>
std::string_view find_name(const Table& names, std::string_view product) {
    const auto* const found = std::ranges::find_if(
        names, [product](const known_name& one) { return product.starts_with(one.prefix); });
    return found == names.end() ? std::string_view{} : found->name;
}

void read_user_agent(std::string_view value, store::speaker& out) {
    const auto text = lower(value.substr(0, longest_user_agent));
    std::string_view rest = text;
    std::string_view first;
    for (auto product = take_product(rest); !product.empty(); product = take_product(rest)) {
        first = first.empty() ? product : first;
        if (out.program.empty()) {
            out.program = find_name(agents, product);
        }
        if (out.client.empty()) {
            out.client = find_name(libraries, product);
        }
    }
    if (out.client.empty()) {
        out.client = first.substr(0, std::min(first.find('/'), longest_name));
    }
}

std::string short_id(std::string_view head, std::string_view name) {
    const auto value = http::find_value(head, name);
    std::string id{value.size() > longest_id ? std::string_view{} : value};
    make_utf8(id);
    return id;
}

}  // namespace

store::speaker speaker_of(std::string_view request_head) {
    store::speaker found;
    const auto originator = lower(short_id(request_head, "originator"));
    found.program = find_name(agents, originator);
    read_user_agent(http::find_value(request_head, "user-agent"), found);
    make_utf8(found.client);
    found.agent_id = short_id(request_head, "x-claude-code-agent-id");
    found.parent_agent_id = short_id(request_head, "x-claude-code-parent-agent-id");
    found.parent_session = short_id(request_head, "x-parent-session-id");
    return found;
}

}  // namespace tapes::record
