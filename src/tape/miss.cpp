#include "miss.hpp"

#include <tapes/text/visible.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tapes::tape {
namespace {

constexpr std::size_t bytes_before = 40;
constexpr std::size_t bytes_behind = 80;

bool is_inside_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Cuts out what begins some words before `at`, on boundaries of characters.
std::string words_around(std::string_view text, std::size_t at) {
    auto begin = at > bytes_before ? at - bytes_before : 0;
    if (begin > 0) {
        const auto blank = text.find_first_of(" \n", begin);
        begin = blank != std::string_view::npos && blank < at ? blank + 1 : begin;
    }
    while (begin < text.size() && is_inside_character(text[begin])) {
        ++begin;
    }
    auto end = std::min(text.size(), at + bytes_behind);
    while (end < text.size() && end > begin && is_inside_character(text[end])) {
        --end;
    }
    return (begin > 0 ? "…" : "") + text::visible(text.substr(begin, end - begin)) +
           (end < text.size() ? "…" : "");
}

}  // namespace

differing_words first_difference(std::string_view recorded, std::string_view asked, std::size_t same) {
    // What is before the text of a message that begins with one is of no interest, and the line's end
    // neither.
    constexpr std::string_view label = "\ntype: text\ntext: ";
    if (const auto at = recorded.substr(0, same).find(label);
        at != std::string_view::npos && recorded.substr(0, at).find('\n') == std::string_view::npos) {
        const auto bytes = at + label.size();
        recorded.remove_prefix(bytes);
        asked.remove_prefix(bytes);
        same -= bytes;
    }
    while (recorded.size() > same && recorded.ends_with('\n') && asked.size() > same &&
           asked.ends_with('\n')) {
        recorded.remove_suffix(1);
        asked.remove_suffix(1);
    }
    return {words_around(recorded, std::min(same, recorded.size())),
            words_around(asked, std::min(same, asked.size()))};
}

std::string miss_body(const llm::api* api, std::string_view path, std::string_view message) {
    using nlohmann::json;
    const auto provider = api != nullptr                                     ? api->provider
                          : path.find("/messages") != std::string_view::npos ? std::string_view{"anthropic"}
                          : path.find("/api/") != std::string_view::npos     ? std::string_view{"ollama"}
                          : path.find("/v1beta/") != std::string_view::npos  ? std::string_view{"gemini"}
                                                                             : std::string_view{"openai"};
    json made;
    if (provider == "anthropic") {
        made = {{"type", "error"}, {"error", {{"type", "not_found_error"}, {"message", message}}}};
    } else if (provider == "ollama") {
        made = {{"error", message}};
    } else if (provider == "gemini" || provider == "google") {
        made = {{"error", {{"code", 404}, {"message", message}, {"status", "NOT_FOUND"}}}};
    } else {
        made = {{"error",
                 {{"message", message},
                  {"type", "invalid_request_error"},
                  {"param", nullptr},
                  {"code", "tape_miss"}}}};
    }
    return made.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tapes::tape
