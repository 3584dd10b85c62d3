#pragma once

#include <tapes/app/run.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app::run {

/// Where requests of a client go behind the proxy.
struct client_upstream {
    std::string url;
    std::string provider;       ///< "anthropic", "openai", "ollama", "gemini" or "auto"
    bool version_once = false;  ///< see relay::entrance_upstream
};

/// What a command is started with.
struct launch {
    std::vector<std::string> command;
    std::map<std::string, std::string> environment;
    std::vector<std::string> notes;  ///< what a person should know, a line each
    /// Removes what was made for the command; may be empty. Called when it has ended.
    std::function<void()> clean_up;
};

/// Returns the base URL of an upstream, by its key.
using base_urls = std::function<std::string(std::string_view key)>;

/// How a client is pointed at the proxy.
struct plan {
    std::string agent;
    std::map<std::string, client_upstream> upstreams;            ///< by their keys
    std::function<void(const base_urls& at, launch& to)> point;  ///< changes what the command is started with
    std::vector<std::string> notes;
};

/// A command as its client sees it: wrappers before it are left out.
struct invocation {
    std::vector<std::string> words;                  ///< program and arguments
    std::size_t program = 0;                         ///< the index of the client in `words`
    std::map<std::string, std::string> environment;  ///< with what `env X=1` adds
    const run_world& world;
    std::string name;  ///< of the client's program: "claude"

    /// Returns a variable, "" where it is not set.
    std::string variable(const std::string& name) const {
        const auto found = environment.find(name);
        return found == environment.end() ? std::string{} : found->second;
    }
};

/// Where a person wants requests to go, by provider; "" where it is to be found out.
struct named_upstreams {
    std::string openai{}, anthropic{}, ollama{}, gemini{};
};

/// Makes a client's plan. Throws usage_error where it cannot be found out where its requests would go.
using planner = plan (*)(const invocation&, const named_upstreams&);

/// A client that is known.
struct known_client {
    std::string_view program;  ///< the name of its executable
    planner make;
};

/// Returns the client of that executable; null where none is known.
const known_client* find_client(std::string_view program);

/// Makes the plan for any program on the SDKs.
plan plan_generic(const invocation&, const named_upstreams&);
plan plan_claude_code(const invocation&, const named_upstreams&);
plan plan_codex(const invocation&, const named_upstreams&);
plan plan_opencode(const invocation&, const named_upstreams&);
plan plan_aider(const invocation&, const named_upstreams&);
plan plan_qwen_code(const invocation&, const named_upstreams&);
plan plan_gemini_cli(const invocation&, const named_upstreams&);
plan plan_llm(const invocation&, const named_upstreams&);

/// Finds the client in a command, behind wrappers that run another program: `env`, `npx`, `uvx`, `python -m`
/// and others.
invocation find_invocation(const std::vector<std::string>& command, const run_world& world);

}  // namespace tapes::app::run
