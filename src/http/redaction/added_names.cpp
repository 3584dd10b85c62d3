#include "redaction/names.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

constexpr std::size_t longest_added = 128;

/// Returns the first of `names` that an added name covers, "" where it covers none.
template <std::size_t N>
std::string_view covered(std::string_view added, name_place where,
                         const std::array<std::string_view, N>& names) {
    const auto shape = canonical_name(added, where);
    const auto* const found = std::ranges::find_if(
        names, [&](auto one) { return matches_shape(shape, canonical_name(one, where)); });
    return found == names.end() ? std::string_view{} : *found;
}

std::string fault_of(std::string_view name, std::string_view allowed_marks) {
    const auto is_allowed = [&](char c) {
        return text::is_letter(c) || text::is_digit(c) || allowed_marks.find(c) != std::string_view::npos;
    };
    if (name.empty()) {
        return "an empty name covers nothing";
    }
    if (name.size() > longest_added) {
        return "a name has at most 128 characters";
    }
    if (!std::ranges::all_of(name, is_allowed)) {
        return "a character in it is none of a name";
    }
    return name.find_first_not_of('*') == std::string_view::npos ? "it would cover every name" : "";
}

}  // namespace

std::string header_name_fault(std::string_view name) {
    // What a stored exchange is read again by.
    static constexpr std::array<std::string_view, 9> read_here{
        "content-type", "content-encoding", "content-length", "transfer-encoding",       "host",
        "connection",   "upgrade",          "user-agent",     "sec-websocket-extensions"};
    auto fault = fault_of(name, "!#$%&'*+-.^_`|~");  // RFC 9110 §5.6.2
    if (const auto one = covered(name, name_place::header, read_here); fault.empty() && !one.empty()) {
        fault = "it covers \"" + std::string{one} + "\", which is needed to read what was recorded";
    }
    return fault;
}

std::string field_name_fault(std::string_view name) {
    static constexpr std::array<std::string_view, 21> conversation{
        "messages", "input",   "system", "instructions", "prompt", "content", "role",
        "type",     "text",    "tools",  "model",        "stream", "id",      "object",
        "usage",    "choices", "output", "response",     "event",  "status",  "previous_response_id"};
    auto fault = fault_of(name, "*-._ $@:/");
    if (const auto one = covered(name, name_place::member, conversation); fault.empty() && !one.empty()) {
        fault = "it covers \"" + std::string{one} + "\", which every API has";
    }
    return fault;
}

}  // namespace tapes::http
