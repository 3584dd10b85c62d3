#include "pass/openings.hpp"

#include "pass/content.hpp"

#include <algorithm>
#include <array>

namespace tapes::catalogue {

namespace {

using namespace std::string_view_literals;

constexpr std::array side_systems{
    "Summarize this coding conversation in under 50 characters"sv,   // Claude Code 1, the title
    "Analyze if this message indicates a new conversation topic"sv,  // Claude Code 1 and 2.0, the title
    "Generate a concise, sentence-case title"sv,                     // Claude Code 2.1, the title
    "You are a title generator"sv,                                   // OpenCode, the title
    "You are a helpful AI assistant tasked with summarizing"sv,      // OpenCode and Claude Code, a summary
    "You are an expert software engineer that generates concise"sv,  // aider, a commit's message
    "*Briefly* summarize this partial conversation"sv,               // aider, a summary
    "Generate a concise 3-7 word title"sv,                           // Zed, the title
};

constexpr std::array side_questions{
    "Please write a 5-10 word title for the following conversation"sv,  // Claude Code 1, the title
    "Generate a title for this conversation"sv,                         // OpenCode, the title
    "### Task:\\nGenerate a concise, 3-5 word title"sv,                 // Open WebUI, the title
    "### Task:\\nGenerate 1-3 broad tags"sv,                            // Open WebUI, tags
    "### Task:\\nSuggest 3-5 relevant follow-up"sv,                     // Open WebUI, what to ask next
    "Provide a concise, 5-word-or-less title"sv,                        // LibreChat, the title
};

/// What is the whole question of a warm-up.
constexpr std::array warm_ups{
    "quota"sv,   // Claude Code, asks for the limits in the answer's head
    "Warmup"sv,  // Claude Code, fills the cache
};

constexpr std::array continuations{
    "This session is being continued from a previous conversation"sv,  // Claude Code
    "Another language model started to solve this problem and"sv,      // Codex, without remote compaction
    "I spoke to you previously about a number of things"sv,            // aider
};

template <class Table>
bool begins_with_any(std::string_view text, const Table& table) noexcept {
    const auto start = trimmed_escapes(text);
    return std::ranges::any_of(table, [&](std::string_view one) { return start.starts_with(one); });
}

}  // namespace

bool opens_side_query(std::string_view system, std::string_view asked) noexcept {
    return begins_with_any(system, side_systems) || begins_with_any(asked, side_questions) ||
           std::ranges::find(warm_ups, trimmed_escapes(asked)) != warm_ups.end();
}

bool opens_continuation(std::string_view asked) noexcept {
    return begins_with_any(asked, continuations);
}

bool asks_for_known_summary(std::string_view asked) noexcept {
    return trimmed_escapes(asked).starts_with("What did we do so far?");  // OpenCode
}

}  // namespace tapes::catalogue
