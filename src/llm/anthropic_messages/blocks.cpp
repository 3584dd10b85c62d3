// The content blocks of Anthropic Messages, of requests and of answers alike.
#include "anthropic_messages/blocks.hpp"

#include "anthropic_messages/plain_json.hpp"
#include "content_blocks.hpp"

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
    for (auto [key, value] : members_of(from)) {
        if (key == "text") {
            has_text = is_null(value) || read_text(value, text);
        } else if (key == "citations" && is_array(value)) {
            citations = plain_json(value);
        }
    }
    if (!has_text) {
        return false;
    }
    add_text(to, std::move(text));
    if (!citations.empty() && citations != "[]") {
        to.push_back(mark_if_dropped(raw_block("citations", std::move(citations))));
    }
    return true;
}

bool read_thinking(json_object from, std::string_view, blocks& to) {
    std::string thinking;
    std::string signature;
    for (auto [key, value] : members_of(from)) {
        if (key == "thinking") {
            read_text(value, thinking);
        } else if (key == "signature") {
            read_text(value, signature);
        }
    }
    add_thinking(to, std::move(thinking), std::move(signature));
    return true;
}

bool read_redacted_thinking(json_object from, std::string_view type, blocks& to) {
    for (auto [key, value] : members_of(from)) {
        if (key == "data" && !is_null(value)) {
            std::string data = read_raw(value);
            if (data != "\"\"") {
                to.push_back(mark_if_dropped(raw_block(std::string(type), std::move(data))));
            }
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
    for (auto [key, value] : members_of(members)) {
        if (key == "media_type") {
            read_text(value, read.media_type);
        } else if (key == "data") {
            read_text(value, read.data);
        } else if (key == "url") {
            read_text(value, read.url);
        }
    }
    if (read.data.empty() && read.url.empty()) {
        rewind(members);
        read.raw = plain_members(members, {});
    }
    return read;
}

source read_shown_source(json_object from) {
    source shown;
    for (auto [key, value] : members_of(from)) {
        if (key == "source") {
            shown = read_source(value);
        }
    }
    return shown;
}

bool read_image(json_object from, std::string_view type, blocks& to) {
    source shown = read_shown_source(from);
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
    source shown = read_shown_source(from);
    rewind(from);
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
    for (auto [key, value] : members_of(from)) {
        if (key == "id") {
            read_text(value, call.tool_use_id);
        } else if (key == "name") {
            read_text(value, call.tool_name);
        } else if (key == "server_name" || key == "toolset_name") {
            read_text(value, call.name);
        } else if (key == "input" && !is_null(value)) {
            is_text = read_text(value, input);
            input = is_text ? std::move(input) : read_raw(value);
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
    result.tool_output += take_text(parts);
    append_blocks(others, std::move(parts));
}

struct result {
    block made;
    blocks others;
};

result read_result_members(json_object from, std::string_view type, bool as_text) {
    result read;
    read.made.type = type;
    for (auto [key, value] : members_of(from)) {
        if (key == "tool_use_id") {
            read_text(value, read.made.tool_result_id);
        } else if (key == "toolset_name") {
            read_text(value, read.made.name);
        } else if (key == "is_error") {
            read.made.is_error = read_flag(value);
        } else if (key == "content") {
            read.others.clear();
            read.made.tool_output.clear();
            if (as_text) {
                read_output(value, read.made, read.others);
            } else if (!is_null(value)) {
                read.made.raw = plain_json(value);
            }
        }
    }
    return read;
}

bool read_tool_result(json_object from, std::string_view type, blocks& to) {
    result read = read_result_members(from, type, true);
    const std::string id = read.made.tool_result_id;
    to.push_back(std::move(read.made));
    for (block& part : read.others) {
        part.tool_result_id = id;
        to.push_back(std::move(part));
    }
    return true;
}

bool read_server_result(json_object from, std::string_view type, blocks& to) {
    to.push_back(read_result_members(from, type, false).made);
    return true;
}

bool read_compaction(json_object from, std::string_view type, blocks& to) {
    block summary;
    std::string sealed;
    for (auto [key, value] : members_of(from)) {
        if (key == "content" && !is_null(value) && !read_text(value, summary.text)) {
            return false;
        }
        if (key == "signature") {
            read_text(value, summary.signature);
        } else if (key == "encrypted_content" && !is_null(value)) {
            sealed = read_raw(value);
        }
    }
    rewind(from);
    summary.raw = plain_members(from, {"type", "content", "signature", "encrypted_content"});
    if (summary.raw == "{}") {
        summary.raw.clear();
    }
    summary.type = type;
    to.push_back(std::move(summary));
    if (!sealed.empty()) {
        to.push_back(mark_if_dropped(raw_block("encrypted_content", std::move(sealed))));
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
    std::string type;
    read_text_member(members, "type", type);
    rewind(members);
    const reader read = reader_for(type);
    const bool nested_result = in_result && type.ends_with("tool_result");
    if (read != nullptr && !nested_result) {
        if (read(members, type, to)) {
            return;
        }
        rewind(members);
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
