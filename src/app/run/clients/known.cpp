#include "run/client.hpp"

#include <algorithm>
#include <array>

namespace tapes::app::run {

namespace {

constexpr std::array<known_client, 7> known_clients{{
    {"claude", plan_claude_code},
    {"codex", plan_codex},
    {"opencode", plan_opencode},
    {"aider", plan_aider},
    {"llm", plan_llm},
    {"qwen", plan_qwen_code},
    {"gemini", plan_gemini_cli},
}};

}  // namespace

const known_client* find_client(std::string_view program) {
    const auto* const found = std::ranges::find(known_clients, program, &known_client::program);
    return found == known_clients.end() ? nullptr : found;
}

}  // namespace tapes::app::run
