#include "cache/provider_reason.hpp"

#include "request/value_form.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace tapes::read {

namespace {

constexpr std::string_view anthropic_key = "cache_miss_reason";
constexpr std::string_view openai_key = "prompt_cache_diagnostics";

std::optional<std::int64_t> integer_of(std::string_view value) {
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    return read.ec == std::errc{} && read.ptr == value.data() + value.size() && number >= 0
               ? std::optional{number}
               : std::nullopt;
}

std::string bounded_type(std::string type) {
    type.resize(std::min<std::size_t>(type.size(), 256));
    return type;
}

/// Anthropic: `{"cache_miss_reason": {"type": …, "cache_missed_input_tokens": n}}`, null while it is pending.
void take_anthropic(std::string_view diagnostics, std::optional<provider_reason>& to) {
    const auto members = read_members(diagnostics);
    const auto reason = members.find(anthropic_key);
    if (reason == "null") {
        to = provider_reason{"pending", std::nullopt};
    } else if (const auto inner = read_members(reason); !inner.find("type").empty()) {
        to = provider_reason{bounded_type(string_of(inner.find("type"))),
                             integer_of(inner.find("cache_missed_input_tokens"))};
    }
}

/// OpenAI: `{"type": "cache_miss", "reason": …, "cache_missed_tokens": n}`; other types have no reason.
void take_openai(std::string_view diagnostics, std::optional<provider_reason>& to) {
    const auto members = read_members(diagnostics);
    auto type = string_of(members.find("reason"));
    type = type.empty() ? string_of(members.find("type")) : std::move(type);
    if (!type.empty()) {
        to = provider_reason{bounded_type(std::move(type)), integer_of(members.find("cache_missed_tokens"))};
    }
}

void look_into(std::string_view object, std::optional<provider_reason>& to, int depth) {
    if (object.find(anthropic_key) == std::string_view::npos &&
        object.find(openai_key) == std::string_view::npos) {
        return;
    }
    const auto members = read_members(object);
    if (const auto found = members.find("diagnostics"); found.starts_with('{')) {
        take_anthropic(found, to);
    }
    if (const auto found = members.find(openai_key); found.starts_with('{')) {
        take_openai(found, to);
    }
    for (const auto* key : {"message", "response"}) {
        if (const auto inner = members.find(key); depth == 0 && inner.starts_with('{')) {
            look_into(inner, to, 1);
        }
    }
}

}  // namespace

std::optional<provider_reason> find_provider_reason(std::string_view answer) {
    std::optional<provider_reason> found;
    const auto first = answer.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return found;
    }
    if (answer[first] == '{') {
        look_into(answer, found, 0);
        return found;
    }
    while (!answer.empty()) {
        const auto end = std::min(answer.find('\n'), answer.size());
        auto line = answer.substr(0, end);
        answer.remove_prefix(std::min(end + 1, answer.size()));
        if (line.starts_with("data:")) {
            line.remove_prefix(5);
            look_into(line, found, 0);
        }
    }
    return found;
}

}  // namespace tapes::read
