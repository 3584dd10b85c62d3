#include "client_rewrites.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tapes::llm {
namespace {

// How the first line of a system block begins that a client rewrites.
constexpr std::array<std::string_view, 1> rewritten_lines{
    // Claude Code from 2.1.29 on: "x-anthropic-billing-header: cc_version=2.1.177.01c; cc_entrypoint=cli;
    // cch=36ee5;" as the first system block, or as the first line of it; the end of cc_version and cch follow
    // the request's content. Sources: github.com/anthropics/claude-code issues 24168, 40652 and 68900,
    // ggml-org/llama.cpp pull request 20623, ollama/ollama pull request 14918.
    "x-anthropic-billing-header:",
};

}  // namespace

bool is_client_rewrite(std::string_view text) noexcept {
    return std::any_of(rewritten_lines.begin(), rewritten_lines.end(),
                       [text](std::string_view line) { return text.starts_with(line); });
}

void drop_client_rewrites(std::vector<merkle::block>& system) {
    std::erase_if(system, [](merkle::block& one) {
        if (one.type != "text" || !is_client_rewrite(one.text)) {
            return false;
        }
        const std::size_t end = std::min(one.text.find_first_of("\r\n"), one.text.size());
        one.text.erase(0, std::min(one.text.find_first_not_of("\r\n", end), one.text.size()));
        return one.text.empty();
    });
}

}  // namespace tapes::llm
