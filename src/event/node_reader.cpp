#include "node_content.hpp"

#include <tapes/event/node_reader.hpp>
#include <tapes/event/types.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/rfc3339.hpp>

#include <nlohmann/json.hpp>

#include <new>
#include <stdexcept>
#include <utility>

namespace tapes::event {
namespace {

using nlohmann::json;

/// Deepest content that a hash is made of, within the event.
constexpr std::size_t deepest = 512 + 2 + 4;

/// Why an event is refused; does not leave this file.
struct refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Looks at brackets and commas outside of strings before anything is built of them.
void check_size(std::string_view text, const event_limits& limits) {
    if (text.size() > limits.bytes) {
        throw refused("it has " + std::to_string(text.size()) + " bytes, more than " +
                      std::to_string(limits.bytes));
    }
    std::size_t depth = 0;
    std::size_t values = 0;
    text::visit_json_marks(text, [&](char mark) {
        if (mark == '{' || mark == '[') {
            ++values;
            ++depth;
        } else if (mark == ',') {
            ++values;
        } else {
            depth -= depth == 0 ? 0 : 1;
        }
        return depth <= deepest;
    });
    if (depth > deepest) {
        throw refused("it is nested deeper than " + std::to_string(deepest));
    }
    if (values > limits.values) {
        throw refused("it has more than " + std::to_string(limits.values) + " JSON values");
    }
}

json parse(std::string_view text, const event_limits& limits) {
    check_size(text, limits);
    auto parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) {
        throw refused("it is no JSON in UTF-8");
    }
    if (!parsed.is_object()) {
        throw refused("it is no JSON object");
    }
    return parsed;
}

const json* member(const json& of, const char* name) {
    const auto found = of.is_object() ? of.find(name) : of.end();
    return found == of.end() || found->is_null() ? nullptr : &*found;
}

const json& object(const json& of, const char* name) {
    const auto* const found = member(of, name);
    if (found == nullptr || !found->is_object()) {
        throw refused(std::string{"it has no object "} + name);
    }
    return *found;
}

std::string text(const json& of, const char* name, bool required = false) {
    const auto* const found = member(of, name);
    if (found == nullptr) {
        if (required) {
            throw refused(std::string{"it has no "} + name);
        }
        return {};
    }
    if (!found->is_string()) {
        throw refused(std::string{name} + " is no text");
    }
    return found->get<std::string>();
}

merkle::digest digest(const json& of, const char* name) {
    const auto found = merkle::from_hex(text(of, name, true));
    if (!found) {
        throw refused(std::string{name} + " is no SHA-256 in hexadecimal digits");
    }
    return *found;
}

std::optional<std::int64_t> number(const json& of, const char* name) {
    const auto* const found = member(of, name);
    if (found == nullptr) {
        return std::nullopt;
    }
    const bool fits =
        found->is_number_integer() && (!found->is_number_unsigned() ||
                                       found->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
    if (!fits) {
        throw refused(std::string{name} + " is no whole number");
    }
    return found->get<std::int64_t>();
}

merkle::usage usage(const json& node) {
    merkle::usage used;
    const auto* const from = member(node, "usage");
    if (from == nullptr) {
        return used;
    }
    for (const auto& [name, figure] : merkle::usage_figures) {
        used.*figure = number(*from, name);
    }
    return used;
}

void read_envelope(const json& event, store::received_node& to) {
    if (const auto schema = text(event, "schema", true); schema != node_event_type) {
        throw refused("its schema is \"" + schema.substr(0, 100) + "\", not " + std::string{node_event_type});
    }
    to.root = digest(event, "root_hash");
    const auto date = text::read_rfc3339(text(event, "occurred_at", true));
    if (!date) {
        throw refused("occurred_at is no date in RFC 3339");
    }
    to.created_at_us = *date;
}

node_event read(const json& event) {
    node_event made;
    auto& to = made.node;
    read_envelope(event, to);
    const auto& node = object(event, "node");
    to.hash = digest(node, "hash");
    if (member(node, "parent_hash") != nullptr) {
        to.parent = digest(node, "parent_hash");
    } else if (to.root != to.hash) {
        throw refused("it has no parent, but another root than itself");
    }
    to.stop_reason = text(node, "stop_reason");
    to.project = text(node, "project");
    to.used = usage(node);
    const auto& bucket = object(node, "bucket");
    if (const auto type = text(bucket, "type", true); type != "message") {
        throw refused("its bucket is of type \"" + type.substr(0, 100) + "\", not message");
    }
    to.role = text(bucket, "role");
    to.identity = {text(bucket, "model"), text(bucket, "provider"), text(bucket, "agent_name")};
    if (const auto* const content = member(bucket, "content")) {
        if (auto wrong = take_content(to, *content); !wrong.empty()) {
            throw refused(wrong);
        }
        return made;
    }
    const auto& reference = object(bucket, "content_ref");
    if (digest(reference, "hash") != to.hash) {
        throw refused("its content_ref is that of another node");
    }
    made.by_reference = true;
    made.content_bytes = static_cast<std::uint64_t>(number(reference, "bytes").value_or(0));
    return made;
}

/// Runs what may refuse.
template <class Reads>
std::string guarded(Reads&& reads) {
    try {
        reads();
        return {};
    } catch (const refused& why) {
        return why.what();
    } catch (const json::exception& why) {
        return why.what();
    }
}

}  // namespace

node_event_result read_node_event(std::string_view value, const event_limits& limits) {
    node_event_result made;
    made.refusal = guarded([&] { made.event = read(parse(value, limits)); });
    return made;
}

std::string add_content(node_event& to, std::string_view found, const event_limits& limits) {
    return guarded([&] {
        const auto whole = parse(found, limits);
        const json* from = &whole;
        for (const auto* const name : {"node", "bucket"}) {
            const auto* const inner = member(*from, name);
            from = inner != nullptr ? inner : from;
        }
        const auto* const content = member(*from, "content");
        if (content == nullptr) {
            throw refused("what was found for it has no content");
        }
        if (auto wrong = take_content(to.node, *content); !wrong.empty()) {
            throw refused("with the content that was found for it " + wrong);
        }
        to.by_reference = false;
    });
}

}  // namespace tapes::event
