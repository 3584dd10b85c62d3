#include "text.hpp"

#include "question.hpp"

#include <tapes/text/hex.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>

namespace tapes::mock {

std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 14695981039346656037ull;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    }
    return hash;
}

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::size_t character_end(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80) {
        ++at;
    }
    return std::min(at, text.size());
}

std::string shaped(std::string text, const shape& wanted) {
    const auto least =
        std::max<std::size_t>(wanted.bytes, static_cast<std::size_t>(std::max(wanted.events, 0)) * 4);
    constexpr std::string_view more = " and so on, as things go";
    while (text.size() < least) {
        text.append(more.substr(0, least - text.size()));
    }
    if (wanted.bytes > 0 && text.size() > wanted.bytes) {
        text.resize(wanted.bytes);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80u) != 0) {
            text.pop_back();
        }
        text.resize(wanted.bytes, '.');
    }
    return text;
}

std::string string_member(const json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string text_of(const json& content) {
    if (content.is_string()) {
        return content.get<std::string>();
    }
    std::string out;
    if (content.is_array()) {
        for (const auto& part : content) {
            out += string_member(part, "text");
        }
    }
    return out;
}

std::string echo_of(const question& from) {
    const std::string start = from.answers_tool ? "The tool said: " : "You said: ";
    constexpr std::size_t longest = 200;
    if (from.text.size() <= longest) {
        return start + from.text;
    }
    return start + from.text.substr(0, character_end(from.text, longest)) + "… #" +
           text::to_hex(hash_of(from.text));
}

std::string model_name(std::string_view requested) {
    if (requested == "gpt-4o") {
        return "gpt-4o-2024-08-06";
    }
    if (requested == "gpt-4o-mini") {
        return "gpt-4o-mini-2024-07-18";
    }
    return std::string{requested};
}

}  // namespace tapes::mock
