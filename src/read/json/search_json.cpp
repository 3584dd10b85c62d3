#include "json/values.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/search.hpp>

#include <algorithm>
#include <string_view>

namespace tapes::read {

namespace {

/// Counts characters (code points): what follows on the first byte of one.
std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

ordered_json snippet_json(const search_snippet& from) {
    ordered_json marks = ordered_json::array();
    const std::string_view text = from.text;
    for (const auto& one : from.marks) {
        marks.push_back(
            {character_count(text.substr(0, one.first)), character_count(text.substr(one.first, one.size))});
    }
    return {{"text", from.text},
            {"marks", std::move(marks)},
            {"more_before", from.more_before},
            {"more_behind", from.more_behind}};
}

template <class Number>
ordered_json unless_zero(Number value) {
    return value == 0 ? ordered_json(nullptr) : ordered_json(value);
}

}  // namespace

ordered_json search_hit_json(const search_hit& from) {
    return {{"type", "hit"},
            {"hash", hash_json(from.hash)},
            {"node", from.node},
            {"role", from.role},
            {"part", catalogue::to_string(from.part)},
            {"place", from.place},
            {"tool", text_json(from.tool)},
            {"error", from.error},
            {"snippet", snippet_json(from.snippet)},
            {"session", text_json(from.session_name)},
            {"session_title", text_json(from.session_title)},
            {"thread", unless_zero(from.thread)},
            {"turn", unless_zero(from.turn)},
            {"exchange", text_json(from.exchange)},
            {"seq", unless_zero(from.seq)},
            {"created_at", moment_json(from.created_at_us)},
            {"model", text_json(from.model)},
            {"provider", text_json(from.provider)},
            {"agent", text_json(from.agent_name)},
            {"project", text_json(from.project)},
            {"score", unless_zero(from.score)}};
}

ordered_json search_end_json(const search_page& from) {
    return {{"type", "end"},
            {"next", text_json(from.next)},
            {"partial", from.partial},
            {"searched_to", unless_zero(from.searched_to)}};
}

}  // namespace tapes::read
