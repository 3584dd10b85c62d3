// Redaction of bodies. The first byte is the format, the rest of the first line the credentials with tabs
// between them, what follows the body.
#include "fuzz.hpp"

#include <tapes/http/redaction.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace {

using namespace tapes;
using fuzz::require;

const http::redactor& redactor() {
    static const http::redactor one{"0123456789abcdef0123456789abcdef"};
    return one;
}

/// True where no token ("redacted:" and 8 hexadecimal digits) can hold, begin or end the value.
bool apart_from_tokens(std::string_view value) {
    return std::string_view{"redacted:0123456789abcdef"}.find(value.front()) == std::string_view::npos &&
           value.find('r') == std::string_view::npos;
}

std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> values;
    while (!line.empty()) {
        const auto end = std::min(line.find('\t'), line.size());
        const auto value = line.substr(0, end);
        if (value.size() >= 8) {
            values.emplace_back(value);
        }
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    std::ranges::stable_sort(values, std::ranges::greater{}, &std::string::size);
    return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto body = fuzz::text_of(data, size);
    auto line = fuzz::take_line(body);
    if (line.empty()) {
        return 0;
    }
    const auto format = static_cast<http::body_format>(static_cast<unsigned char>(line.front()) % 4);
    line.remove_prefix(1);
    const auto credentials = split(line);
    const std::string copy{body};
    const auto changed = redactor().redact_body(copy, credentials, format);
    const std::string result = changed.value_or(copy);
    if (!std::ranges::all_of(credentials, apart_from_tokens)) {
        return 0;
    }
    for (const auto& one : credentials) {
        require(result.find(one) == std::string::npos, "no credential is left");
    }
    // Of an event whose lines are no JSON until they are joined, another part may be read the second time;
    // and where a credential that holds a '&', or a quote or backslash, goes, the fields of a form or of JSON
    // stand otherwise. Behind an error in JSON the search goes on at the next name, and what was replaced may
    // be a part of that error.
    const std::string_view between = format == http::body_format::form ? "&" : "\"\\";
    const bool moves_fields = std::ranges::any_of(
        credentials, [&](const auto& one) { return one.find_first_of(between) != std::string::npos; });
    const bool broken = format == http::body_format::json &&
                        (!nlohmann::json::accept(copy) || copy.find('\0') != std::string::npos);
    if (format != http::body_format::lines && !moves_fields && !broken) {
        require(!redactor().redact_body(result, credentials, format), "a redacted body stays as it is");
    }
    return 0;
}
