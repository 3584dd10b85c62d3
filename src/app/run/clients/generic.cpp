#include "run/base_url.hpp"
#include "run/client.hpp"

#include <array>

namespace tapes::app::run {

namespace {

/// The variables of OpenAI's SDKs and of those that take after them. Which of two counts differs from program
/// to program: LiteLLM prefers the first, LangChain the second. So where one is set, only that is replaced.
constexpr std::array<const char*, 2> openai_variables{"OPENAI_BASE_URL", "OPENAI_API_BASE"};

/// LiteLLM's and LangChain's win over that of the SDK, which is always set.
constexpr std::array<const char*, 2> other_anthropic_variables{"ANTHROPIC_API_BASE", "ANTHROPIC_API_URL"};

/// Replaces a variable by the base URL of the upstream `key`.
struct replaced_variable {
    std::string name;
    std::string key;
};

void add_openai(const invocation& client, const named_upstreams& named, plan& to,
                std::vector<replaced_variable>& replaced) {
    bool any = false;
    if (named.openai.empty()) {
        for (const auto* const name : openai_variables) {
            const auto value = client.variable(name);
            if (value.empty()) {
                continue;
            }
            const std::string key = any ? "openai-2" : "openai";
            to.upstreams[key] = {base_url(value, name), "openai"};
            replaced.push_back({name, key});
            any = true;
        }
    }
    if (!any) {
        to.upstreams["openai"] =
            named.openai.empty()
                ? client_upstream{openai_default, "openai", true}
                : client_upstream{base_url(named.openai, "--openai-upstream"), "openai", true};
        for (const auto* const name : openai_variables) {
            replaced.push_back({name, "openai"});
        }
    }
}

void add_anthropic(const invocation& client, const named_upstreams& named, plan& to,
                   std::vector<replaced_variable>& replaced) {
    const auto value = client.variable("ANTHROPIC_BASE_URL");
    if (!named.anthropic.empty()) {
        to.upstreams["anthropic"] = {base_url(named.anthropic, "--anthropic-upstream"), "anthropic", true};
    } else if (!value.empty()) {
        to.upstreams["anthropic"] = {base_url(value, "ANTHROPIC_BASE_URL"), "anthropic"};
    } else {
        // Vercel's AI SDK leaves the version out where the variable is set; Anthropic's own does not.
        to.upstreams["anthropic"] = {std::string{anthropic_default} + "/v1", "anthropic", true};
    }
    replaced.push_back({"ANTHROPIC_BASE_URL", "anthropic"});
    int number = 1;
    for (const auto* const name : other_anthropic_variables) {
        const auto other = client.variable(name);
        if (!other.empty()) {
            const auto key = "anthropic-" + std::to_string(++number);
            to.upstreams[key] = named.anthropic.empty() ? client_upstream{base_url(other, name), "anthropic"}
                                                        : to.upstreams["anthropic"];
            replaced.push_back({name, key});
        }
    }
}

void add_ollama(const invocation& client, const named_upstreams& named, plan& to,
                std::vector<replaced_variable>& replaced) {
    const auto& words = client.words;
    const auto next = client.program + 1;
    const bool serves =
        client.name == "ollama" && next < words.size() && (words[next] == "serve" || words[next] == "start");
    if (serves) {
        return;  // there the variable says where it listens
    }
    const auto value = client.variable("OLLAMA_HOST");
    to.upstreams["ollama"] = {
        named.ollama.empty() ? ollama_url(value, "OLLAMA_HOST") : base_url(named.ollama, "--ollama-upstream"),
        "ollama"};
    replaced.push_back({"OLLAMA_HOST", "ollama"});
}

/// Google's SDKs read it in Python, JavaScript and Go.
void add_gemini(const invocation& client, const named_upstreams& named, plan& to,
                std::vector<replaced_variable>& replaced) {
    constexpr const char* variable = "GOOGLE_GEMINI_BASE_URL";
    const auto value = client.variable(variable);
    to.upstreams["gemini"] = {!named.gemini.empty() ? base_url(named.gemini, "--gemini-upstream")
                              : !value.empty()      ? base_url(value, variable)
                                                    : std::string{gemini_default},
                              "gemini"};
    replaced.push_back({variable, "gemini"});
}

}  // namespace

plan plan_generic(const invocation& client, const named_upstreams& named) {
    plan made;
    made.agent = client.name;
    std::vector<replaced_variable> replaced;
    add_openai(client, named, made, replaced);
    add_anthropic(client, named, made, replaced);
    add_ollama(client, named, made, replaced);
    add_gemini(client, named, made, replaced);
    made.point = [replaced](const base_urls& at, launch& to) {
        for (const auto& one : replaced) {
            to.environment[one.name] = at(one.key);
        }
    };
    return made;
}

}  // namespace tapes::app::run
