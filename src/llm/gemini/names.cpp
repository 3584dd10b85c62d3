#include "gemini/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::llm::gemini {
namespace {

constexpr bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}

constexpr bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}

constexpr bool is_base64(char c) noexcept {
    return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// The values that the documentation names, as they stand there, and as bytes.
constexpr std::array<std::string_view, 4> no_signatures{
    "skip_thought_signature_validator",
    "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=", "context_engineering_is_the_way_to_go",
    "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv"};

}  // namespace

std::string plain_model(std::string name) {
    constexpr std::string_view prefix = "models/";
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string camel_name(std::string_view key) {
    std::string out;
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == '_' && at > 0 && at + 1 < key.size() && is_lower(key[at + 1])) {
            out.push_back(static_cast<char>(key[++at] - ('a' - 'A')));
        } else {
            out.push_back(key[at]);
        }
    }
    return out;
}

std::string snake_name(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (is_upper(c) && !out.empty()) {
            out.push_back('_');
        }
        out.push_back(is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c);
    }
    return out;
}

std::string standard_base64(std::string text) {
    std::string out;
    bool padded = false;
    out.reserve(text.size() + 2);
    for (const char c : text) {
        if (c == '\r' || c == '\n') {
            continue;
        }
        if (c == '=') {
            padded = true;
            continue;
        }
        const char standard = c == '-' ? '+' : c == '_' ? '/' : c;
        if (padded || !is_base64(standard)) {
            return text;
        }
        out.push_back(standard);
    }
    constexpr std::size_t group = 4;
    if (out.size() % group == 1) {
        return text;
    }
    out.append((group - out.size() % group) % group, '=');
    return out;
}

std::string thought_signature(std::string text) {
    if (std::ranges::find(no_signatures, text) != no_signatures.end()) {
        return {};
    }
    return standard_base64(std::move(text));
}

}  // namespace tapes::llm::gemini
