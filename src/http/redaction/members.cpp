#include "redaction/members.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
    return std::ranges::find(names, name) != names.end();
}

/// Members that lead to credentials, and how the names of addresses end.
constexpr std::array<std::string_view, 5> leading_names{"mcp_servers", "mcpServers", "network_policy",
                                                        "data_sources", "dataSources"};
constexpr std::array<std::string_view, 5> address_endings{"url", "uri", "base", "endpoint", "host"};

}  // namespace

bool may_lead_to_credentials(letter_set letters) noexcept {
    static constexpr auto leading = letters_of_each(leading_names);
    static constexpr auto endings = letters_of_each(address_endings);
    return may_hold_any(letters, endings) || may_hold_any(letters, leading);
}

bool leads_to_credentials(std::string_view name) noexcept {
    return is_one_of(leading_names, name);
}

bool names_address(std::string_view name) noexcept {
    constexpr std::string_view last_letters = "lietLIET";
    return !name.empty() && last_letters.find(name.back()) != std::string_view::npos &&
           std::ranges::any_of(address_endings,
                               [&](auto end) { return text::ends_ignoring_case(name, end); });
}

bool is_conversation(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 26> names{"input",         "system",
                                                            "instructions",  "prompt",
                                                            "suffix",        "template",
                                                            "content",       "contents",
                                                            "choices",       "candidates",
                                                            "output",        "message",
                                                            "delta",         "item",
                                                            "part",          "content_block",
                                                            "arguments",     "tool_calls",
                                                            "function_call", "logprobs",
                                                            "thinking",      "reasoning",
                                                            "prediction",    "documents",
                                                            "tool_choice",   "system_instruction"};
    return is_one_of(names, name) || is_messages_or_schema(name);
}

bool is_messages_or_schema(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 12> names{
        "messages",      "tools",           "functions",  "schema", "json_schema", "input_schema",
        "output_schema", "response_format", "properties", "$defs",  "definitions", "guided_json"};
    return is_one_of(names, name);
}

}  // namespace tapes::http
