#include "routes/caching.hpp"

#include <tapes/text/hex.hpp>
#include <tapes/text/list.hpp>

#include <chrono>
#include <cstdint>
#include <utility>

namespace tapes::api {

namespace {

/// Compares weakly, as If-None-Match wants (RFC 9110 §8.8.3.2).
std::string_view opaque(std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

/// Our tags have no commas.
bool lists_tag(std::string_view field, std::string_view tag) {
    while (!field.empty()) {
        const auto one = text::take_element(field);
        if (one == "*" || opaque(one) == opaque(tag)) {
            return true;
        }
    }
    return false;
}

response tagged(response answer, std::string_view tag, freshness fresh) {
    answer.fields.emplace_back("ETag", tag);
    answer.fields.emplace_back("Cache-Control", fresh == freshness::forever
                                                    ? "private, max-age=31536000, immutable"
                                                    : "private, no-cache");
    return answer;
}

std::optional<response> not_modified(const request& received, std::string_view tag, freshness fresh) {
    if (!lists_tag(received.field("if-none-match"), tag)) {
        return std::nullopt;
    }
    return tagged({304, {}, {}}, tag, fresh);
}

std::string tag_of(record& from) {
    static const auto process =
        text::to_hex(static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()));
    const auto seq = from.from().catalogue ? from.from().catalogue->seq() : 0;
    return "W/\"" + process + "-" + std::to_string(seq) + "-" + std::to_string(from.nodes().last_seq()) +
           "\"";
}

}  // namespace tapes::api
