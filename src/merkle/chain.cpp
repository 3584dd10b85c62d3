#include "tree.hpp"

#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::merkle {
namespace {

/// What the hash of a node covers.
enum class form { full, match };

// The JSON of a block's two fields that hold JSON, canonical; made once and written to every form.
struct embedded {
    std::string tool_input;
    std::string raw;
};

// In the order of their names, as RFC 8785 has them.
constexpr auto hashed_fields = [] {
    auto fields = block_fields;
    std::ranges::sort(fields, {}, &block_field::name);
    return fields;
}();

void append_canonical_or_string(std::string& out, std::string_view json) {
    bool exact = false;
    const std::size_t begin = out.size();
    if (canonicalize(json, out, &exact) != canonical_error::none || !exact) {
        out.resize(begin);
        append_json_string(out, json);
    }
}

// Canonical JSON that is as good as absent in an optional field.
bool says_nothing(std::string_view canonical) noexcept {
    return canonical == "\"\"" || canonical == "{}" || canonical == "null";
}

embedded embed(const block& from) {
    embedded json;
    if (!from.tool_input.empty() && canonicalize(from.tool_input, json.tool_input) != canonical_error::none) {
        append_json_string(json.tool_input, from.tool_input);
    }
    if (says_nothing(json.tool_input)) {
        json.tool_input.clear();
    }
    if (!from.raw.empty()) {
        append_canonical_or_string(json.raw, from.raw);
    }
    return json;
}

// Writes the members of one object: a comma before each but the first.
class object_writer {
public:
    explicit object_writer(std::string& out) : out_(out) { out_.push_back('{'); }

    void text(std::string_view key, std::string_view value) {
        if (!value.empty()) {
            name(key);
            append_json_string(out_, value);
        }
    }
    void json(std::string_view key, std::string_view value) {
        if (!value.empty()) {
            name(key);
            out_.append(value);
        }
    }
    void name(std::string_view key) {
        out_.append(first_ ? "\"" : ",\"").append(key).append("\":");
        first_ = false;
    }
    void close() { out_.push_back('}'); }

private:
    std::string& out_;
    bool first_ = true;
};

void append_field(object_writer& members, const block& from, const embedded& json, const block_field& field) {
    if (field.form == block_field::kind::text) {
        members.text(field.name, from.*field.member);
    } else {
        members.json(field.name, field.member == &block::raw ? json.raw : json.tool_input);
    }
}

void append_type(object_writer& members, std::string& out, const block& from) {
    members.name("type");
    append_json_string(out, from.type);
}

void append_event_block(std::string& out, const block& from, const embedded& json) {
    object_writer members(out);
    for (const auto& field : block_fields) {
        if (field.member == &block::type) {
            append_type(members, out, from);
            continue;
        }
        if (field.member == &block::thinking) {
            members.json("is_error", from.is_error ? "true" : "");
        }
        append_field(members, from, json, field);
    }
    members.close();
}

void append_hashed_block(std::string& out, const block& from, const embedded& json, form covered) {
    object_writer members(out);
    for (const auto& field : hashed_fields) {
        if (field.member == &block::type) {
            append_type(members, out, from);
            continue;
        }
        if (field.member == &block::media_type) {
            members.json("is_error", from.is_error ? "true" : "false");
        }
        if (field.in_match || covered == form::full) {
            append_field(members, from, json, field);
        }
    }
    members.close();
}

// Hashes the node whose content `append_content` appends.
template <class AppendContent>
digest hash_node(const std::optional<digest>& parent, const identity& identity, std::string_view role,
                 AppendContent&& append_content) {
    constexpr std::size_t kept_capacity = std::size_t{1} << 20;
    thread_local std::string hashed;
    hashed.clear();
    hashed.append(R"({"content":)");
    object_writer bucket(hashed);
    bucket.text("agent_name", identity.agent_name);
    bucket.name("content");
    append_content(hashed);
    bucket.name("model");
    append_json_string(hashed, identity.model);
    bucket.name("provider");
    append_json_string(hashed, identity.provider);
    bucket.name("role");
    append_json_string(hashed, role);
    bucket.name("type");
    hashed.append(R"("message")");
    bucket.close();
    hashed.append(R"(,"parent":")");
    if (parent) {
        hashed.append(to_hex(*parent));
    }
    hashed.append("\"}");
    text::count_work(hashed.size());
    const digest hash = sha256(hashed);
    if (hashed.capacity() > kept_capacity) {
        hashed = std::string();
    }
    return hash;
}

digest hash_blocks(const std::optional<digest>& parent, const identity& identity, const message& message,
                   const std::vector<embedded>& json, form covered) {
    return hash_node(parent, identity, message.role, [&](std::string& out) {
        out.push_back('[');
        bool first = true;
        for (std::size_t i = 0; i < message.content.size(); ++i) {
            if (covered == form::match && message.content[i].dropped_by_clients) {
                continue;
            }
            if (!first) {
                out.push_back(',');
            }
            first = false;
            append_hashed_block(out, message.content[i], json[i], covered);
        }
        out.push_back(']');
    });
}

std::string write_event(const std::vector<block>& content, const std::vector<embedded>& json) {
    std::size_t expected = 2;
    for (const block& from : content) {
        expected += from.text.size() + from.tool_input.size() + from.tool_output.size() +
                    from.image_base64.size() + from.raw.size() + 64;
    }
    std::string event;
    event.reserve(expected + expected / 16);
    event.push_back('[');
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (i > 0) {
            event.push_back(',');
        }
        append_event_block(event, content[i], json[i]);
    }
    event.push_back(']');
    text::count_work(event.size());
    return event;
}

std::vector<embedded> embed_all(const std::vector<block>& content) {
    std::vector<embedded> json;
    json.reserve(content.size());
    for (const block& from : content) {
        json.push_back(embed(from));
    }
    return json;
}

// An optional field that is empty is not hashed; `raw` is JSON of any kind and stays.
bool left_out(std::string_view key, std::string_view canonical) noexcept {
    return key != "type" && key != "raw" && key != "is_error" && says_nothing(canonical);
}

bool append_stored_block(std::string& out, tree& content, std::size_t index) {
    if (content.values()[index].type != tree::kind::object) {
        return false;
    }
    object_writer block_members(out);
    bool error_written = false;
    for (const std::size_t member : content.members(index)) {
        const std::string_view key = content.values()[member].key;
        if (!error_written && key >= "is_error") {
            error_written = true;
            if (key != "is_error") {
                block_members.json("is_error", "false");
            }
        }
        std::string canonical;
        content.write(member, canonical);
        if (!left_out(key, canonical)) {
            std::string name;
            append_json_string(name, key);
            block_members.json(std::string_view(name).substr(1, name.size() - 2), canonical);
        }
    }
    if (!error_written) {
        block_members.json("is_error", "false");
    }
    block_members.close();
    return true;
}

}  // namespace

node make_node(const std::optional<link>& parent, const identity& identity, const message& message) {
    const std::vector<embedded> json = embed_all(message.content);
    node made;
    made.role = message.role;
    made.content = write_event(message.content, json);
    const auto parent_hash = parent ? std::optional(parent->hash) : std::nullopt;
    made.position.hash = hash_blocks(parent_hash, identity, message, json, form::full);
    const bool reshaped = is_reshaped(message);
    bool differs = reshaped || (parent && parent->hash != parent->match);
    for (const block& from : message.content) {
        differs = differs || carries_dropped(from);
    }
    const auto parent_match = parent ? std::optional(parent->match) : std::nullopt;
    if (reshaped) {
        const auto counted = match_form(message);
        made.position.match =
            hash_blocks(parent_match, identity, {message.role, counted}, embed_all(counted), form::match);
    } else {
        made.position.match =
            differs ? hash_blocks(parent_match, identity, message, json, form::match) : made.position.hash;
    }
    return made;
}

std::string event_content(const std::vector<block>& content) {
    return write_event(content, embed_all(content));
}

std::optional<digest> hash_stored(const std::optional<digest>& parent, const identity& identity,
                                  std::string_view role, std::string_view content) {
    std::string repaired;
    if (!text::valid_utf8(content)) {
        append_utf8(repaired, content);
        content = repaired;
    }
    tree parsed;
    if (parsed.parse(content, tree::deepest_content) != canonical_error::none ||
        parsed.values()[0].type != tree::kind::array) {
        return std::nullopt;
    }
    bool objects = true;
    const digest hash = hash_node(parent, identity, role, [&](std::string& out) {
        out.push_back('[');
        for (std::size_t at = 1; objects && at < parsed.values().size(); at = parsed.values()[at].end) {
            if (at > 1) {
                out.push_back(',');
            }
            objects = append_stored_block(out, parsed, at);
        }
        out.push_back(']');
    });
    return objects ? std::optional(hash) : std::nullopt;
}

}  // namespace tapes::merkle
