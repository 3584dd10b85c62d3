// The content blocks of Anthropic Messages, of requests and of answers alike.
#include "anthropic_messages/blocks.hpp"

#include "anthropic_messages/plain.hpp"
#include "content_blocks.hpp"

#include <tapes/merkle/dropped.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::llm::anthropic_messages {
namespace {

using merkle::block;
using blocks = std::vector<block>;

block& add(blocks& to, std::string_view type) {
    block& added = to.emplace_back();
    added.type = type;
    return added;
}

// Each of the functions below appends what a block of its type says; false where its shape is another one
// than is documented, and then nothing is appended.

bool read_text_block(json_object from, std::string_view, blocks& to) {
    std::string text;
    std::string citations;
    bool has_text = false;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "text") {
            has_text = is_null(field.value()) || read_text(field.value(), text);
        } else if (key == "citations" && is_array(field.value())) {
            citations = plain(field.value());
        }
    }
    if (!has_text) {
        return false;
    }
    add_text(to, std::move(text));
    if (!citations.empty() && citations != "[]") {
        block& cited = add(to, "citations");
        cited.raw = std::move(citations);
        cited.dropped_by_clients = merkle::is_dropped_type(cited.type);
    }
    return true;
}

bool read_thinking(json_object from, std::string_view, blocks& to) {
    std::string thinking;
    std::string signature;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "thinking") {
            read_text(field.value(), thinking);
        } else if (key == "signature") {
            read_text(field.value(), signature);
        }
    }
    add_thinking(to, std::move(thinking), std::move(signature));
    return true;
}

bool read_redacted_thinking(json_object from, std::string_view type, blocks& to) {
    for (auto member : from) {
        json_field field = field_of(member);
        if (key_of(field) == "data" && !is_null(field.value())) {
            block& thought = add(to, type);
            thought.raw = read_raw(field.value());
            thought.dropped_by_clients = merkle::is_dropped_type(type);
        }
    }
    return true;
}

struct source {
    std::string media_type;
    std::string data;
    std::string url;
    std::string raw;  ///< of one that is neither data nor URL (a file's id, content blocks, ...)
};

source read_source(json_value from) {
    source read;
    if (!is_object(from)) {
        return read;
    }
    json_object members = from.get_object();
    for (auto member : members) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "media_type") {
            read_text(field.value(), read.media_type);
        } else if (key == "data") {
            read_text(field.value(), read.data);
        } else if (key == "url") {
            read_text(field.value(), read.url);
        }
    }
    if (read.data.empty() && read.url.empty()) {
        (void)members.reset().value();
        read.raw = plain_members(members, {});
    }
    return read;
}

bool read_image(json_object from, std::string_view type, blocks& to) {
    source shown;
    for (auto member : from) {
        json_field field = field_of(member);
        if (key_of(field) == "source") {
            shown = read_source(field.value());
        }
    }
    if (shown.data.empty() && shown.url.empty() && shown.raw.empty()) {
        return false;
    }
    block& image = add(to, type);
    image.image_base64 = std::move(shown.data);
    image.media_type = std::move(shown.media_type);
    image.image_url = std::move(shown.url);
    image.raw = std::move(shown.raw);
    return true;
}

// A source with data stands where the reference puts it; title, context and other sources have no field.
bool read_document(json_object from, std::string_view type, blocks& to) {
    source shown;
    for (auto member : from) {
        json_field field = field_of(member);
        if (key_of(field) == "source") {
            shown = read_source(field.value());
        }
    }
    (void)from.reset().value();
    block& document = add(to, type);
    document.raw =
        shown.data.empty() ? plain_members(from, {"type"}) : plain_members(from, {"type", "source"});
    if (!shown.data.empty()) {
        document.image_base64 = std::move(shown.data);
        document.media_type = std::move(shown.media_type);
        if (document.raw == "{}") {
            document.raw.clear();
        }
    }
    return true;
}

bool read_tool_use(json_object from, std::string_view type, blocks& to) {
    block call;
    std::string input;
    bool is_text = false;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), call.tool_use_id);
        } else if (key == "name") {
            read_text(field.value(), call.tool_name);
        } else if (key == "server_name" || key == "toolset_name") {
            read_text(field.value(), call.name);
        } else if (key == "input" && !is_null(field.value())) {
            is_text = read_text(field.value(), input);
            input = is_text ? std::move(input) : read_raw(field.value());
        }
    }
    call.type = type;
    set_arguments(call, std::move(input));
    if (!is_text && !call.raw.empty()) {
        call.raw = plain_text(call.raw);
    }
    to.push_back(std::move(call));
    return true;
}

void read_block(json_value from, blocks& to, bool in_result);

// Text is one output; other parts follow, and say whose they are.
void read_output(json_value from, block& result, blocks& others) {
    blocks parts;
    if (is_array(from)) {
        for (auto part : from.get_array()) {
            read_block(part.value(), parts, true);
        }
    } else if (!is_null(from)) {
        read_block(from, parts, true);
    }
    for (block& part : parts) {
        if (part.type == "text" && part.raw.empty()) {
            result.tool_output += part.text;
        } else {
            others.push_back(std::move(part));
        }
    }
}

struct result {
    block said;
    blocks others;
};

result read_result_members(json_object from, std::string_view type, bool as_text) {
    result read;
    read.said.type = type;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "tool_use_id") {
            read_text(field.value(), read.said.tool_result_id);
        } else if (key == "toolset_name") {
            read_text(field.value(), read.said.name);
        } else if (key == "is_error") {
            bool error = false;
            read.said.is_error = field.value().get_bool().get(error) == simdjson::SUCCESS && error;
        } else if (key == "content") {
            read.others.clear();
            read.said.tool_output.clear();
            if (as_text) {
                read_output(field.value(), read.said, read.others);
            } else if (!is_null(field.value())) {
                read.said.raw = plain(field.value());
            }
        }
    }
    return read;
}

bool read_tool_result(json_object from, std::string_view type, blocks& to) {
    result read = read_result_members(from, type, true);
    const std::string id = read.said.tool_result_id;
    to.push_back(std::move(read.said));
    for (block& part : read.others) {
        part.tool_result_id = id;
        to.push_back(std::move(part));
    }
    return true;
}

bool read_server_result(json_object from, std::string_view type, blocks& to) {
    to.push_back(read_result_members(from, type, false).said);
    return true;
}

bool read_compaction(json_object from, std::string_view type, blocks& to) {
    block summary;
    std::string sealed;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "content" && !is_null(field.value()) && !read_text(field.value(), summary.text)) {
            return false;
        }
        if (key == "signature") {
            read_text(field.value(), summary.signature);
        } else if (key == "encrypted_content" && !is_null(field.value())) {
            sealed = read_raw(field.value());
        }
    }
    (void)from.reset().value();
    summary.raw = plain_members(from, {"type", "content", "signature", "encrypted_content"});
    if (summary.raw == "{}") {
        summary.raw.clear();
    }
    summary.type = type;
    to.push_back(std::move(summary));
    if (!sealed.empty()) {
        block& metadata = to.emplace_back(raw_block("encrypted_content", std::move(sealed)));
        metadata.dropped_by_clients = merkle::is_dropped_type(metadata.type);
    }
    return true;
}

using reader = bool (*)(json_object, std::string_view, blocks&);

struct kind {
    std::string_view type;
    reader read;
};

constexpr std::array<kind, 12> kinds{{
    {"text", read_text_block},
    {"", read_text_block},
    {"thinking", read_thinking},
    {"redacted_thinking", read_redacted_thinking},
    {"image", read_image},
    {"document", read_document},
    {"tool_use", read_tool_use},
    {"server_tool_use", read_tool_use},
    {"mcp_tool_use", read_tool_use},
    {"tool_result", read_tool_result},
    {"mcp_tool_result", read_tool_result},
    {"compaction", read_compaction},
}};

reader reader_for(std::string_view type) noexcept {
    for (const kind& known : kinds) {
        if (known.type == type) {
            return known.read;
        }
    }
    // web_search_tool_result, web_fetch_tool_result, code_execution_tool_result and their like.
    return type.ends_with("_tool_result") ? read_server_result : nullptr;
}

std::string type_of(json_object from) {
    std::string type;
    for (auto member : from) {
        json_field field = field_of(member);
        if (key_of(field) == "type") {
            read_text(field.value(), type);
        }
    }
    return type;
}

// Kinds without a reader whose members are all known.
bool is_known(std::string_view type) noexcept {
    return type == "search_result" || type == "container_upload" || type == "fallback" ||
           type == "tool_reference";
}

void read_block(json_value from, blocks& to, bool in_result) {
    std::string text;
    if (read_text(from, text)) {
        add_text(to, std::move(text));
        return;
    }
    if (!is_object(from)) {
        to.push_back(raw_block({}, read_raw(from)));
        return;
    }
    json_object members = from.get_object();
    std::string type = type_of(members);
    (void)members.reset().value();
    const reader read = reader_for(type);
    const bool nested_result = in_result && type.ends_with("tool_result");
    if (read != nullptr && !nested_result) {
        if (read(members, type, to)) {
            return;
        }
        (void)members.reset().value();
    }
    const left_out below =
        read != nullptr || is_known(type) ? left_out::cache_control_and_null : left_out::cache_control;
    std::string raw = plain_members(members, {}, below);
    to.push_back(raw_block(std::move(type), std::move(raw)));
}

}  // namespace

void read_content(json_value from, std::vector<merkle::block>& to) {
    if (is_array(from)) {
        for (auto part : from.get_array()) {
            read_block(part.value(), to, false);
        }
    } else if (!is_null(from)) {
        read_block(from, to, false);
    }
}

}  // namespace tapes::llm::anthropic_messages
