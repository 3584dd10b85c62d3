#include "difference/head_comparison.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace tapes::read {

namespace {

constexpr std::size_t most_fields = 256;
constexpr std::size_t most_field_bytes = 1024;

/// Differ from one message to the next, whatever is asked: RFC 9110 (Date, Content-Length), RFC 6265, and
/// what Cloudflare, OpenAI and Anthropic number their requests by.
constexpr std::array<std::string_view, 14> changing_fields{"date",
                                                           "content-length",
                                                           "set-cookie",
                                                           "cookie",
                                                           "age",
                                                           "cf-ray",
                                                           "request-id",
                                                           "x-request-id",
                                                           "anthropic-request-id",
                                                           "traceparent",
                                                           "tracestate",
                                                           "x-envoy-upstream-service-time",
                                                           "openai-processing-ms",
                                                           "x-client-request-id"};

std::string small_letters(std::string_view name) {
    std::string made{name};
    std::ranges::transform(made, made.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return made;
}

/// All values of each name.
std::map<std::string, std::string> fields_of(std::string_view head) {
    std::map<std::string, std::string> fields;
    auto at = head.find('\n');
    while (at != std::string_view::npos && fields.size() < most_fields) {
        const auto end = std::min(head.find('\n', at + 1), head.size());
        const auto line = head.substr(at + 1, end - at - 1);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && colon != 0) {
            auto& value = fields[small_letters(line.substr(0, colon))];
            const auto more = text::trimmed(line.substr(colon + 1), " \t\r");
            value += (value.empty() ? "" : ", ") + std::string{more};
        }
        at = end == head.size() ? std::string_view::npos : end;
    }
    return fields;
}

std::string shortened_value(const std::string& value) {
    return value.substr(0, text::character_start(value, std::min(value.size(), most_field_bytes)));
}

}  // namespace

std::vector<field_difference> compare_heads(std::string_view left, std::string_view right) {
    const auto lefts = fields_of(left);
    const auto rights = fields_of(right);
    std::map<std::string, field_difference> all;
    for (const auto& [name, value] : lefts) {
        all[name].left = value;
    }
    for (const auto& [name, value] : rights) {
        all[name].right = value;
    }
    std::vector<field_difference> made;
    for (auto& [name, one] : all) {
        if (one.left != one.right && std::ranges::find(changing_fields, name) == changing_fields.end()) {
            made.push_back({name, shortened_value(one.left), shortened_value(one.right)});
        }
    }
    return made;
}

}  // namespace tapes::read
