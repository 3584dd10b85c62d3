#include <tapes/llm/finite_json.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::llm {
namespace {

constexpr std::string_view not_finite[]{"NaN", "-Infinity", "Infinity"};

/// Returns the length of the string literal at the start of `json`.
std::size_t string_length(std::string_view json) noexcept {
    for (std::size_t at = 1; at < json.size(); ++at) {
        if (json[at] == '"') {
            return at + 1;
        }
        at += json[at] == '\\' ? 1 : 0;
    }
    return json.size();
}

}  // namespace

bool names_odd_numbers(std::string_view json) noexcept {
    return json.find("NaN") != std::string_view::npos || json.find("Infinity") != std::string_view::npos;
}

std::optional<std::string> with_finite_numbers(std::string_view json) {
    if (!names_odd_numbers(json)) {
        return std::nullopt;
    }
    text::count_work(json.size());
    std::string finite;
    std::size_t copied = 0;
    for (std::size_t at = 0; at < json.size();) {
        const auto rest = json.substr(at);
        const auto* const word =
            std::ranges::find_if(not_finite, [rest](std::string_view one) { return rest.starts_with(one); });
        if (word == std::end(not_finite)) {
            at += rest.front() == '"' ? string_length(rest) : 1;
            continue;
        }
        finite.append(json.substr(copied, at - copied)).append("\"").append(*word).append("\"");
        copied = at += word->size();
    }
    return copied == 0 ? std::nullopt : std::optional{finite.append(json.substr(copied))};
}

}  // namespace tapes::llm
