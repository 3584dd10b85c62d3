// The content blocks of Converse: objects with one member, whose name is the kind of the block.
#include "bedrock_converse/blocks.hpp"

#include "content_blocks.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::llm::bedrock_converse {
namespace {

using merkle::block;

/// So many members of an object are blocks of their own. By its documentation it has one.
constexpr std::size_t most_of_object = 2;

using blocks = std::vector<block>;

/// Each of the functions below appends what a block of its kind says; false where its value is not what is
/// documented, and then nothing is appended.
using reader = bool (*)(json_value from, blocks& to);

struct shown_source {
    std::string format;
    std::string bytes;   ///< base64
    std::string uri;     ///< in S3
    std::string source;  ///< as JSON, where it is neither
    std::string name;
    std::string more;  ///< the other members, as those of an object
};

void read_source(json_value from, shown_source& to) {
    if (!is_object(from)) {
        to.source = read_raw(from);
        return;
    }
    json_object members = from.get_object();
    for (auto [key, value] : members_of(members)) {
        if (key == "bytes") {
            read_text(value, to.bytes);
        } else if (key == "s3Location" && is_object(value)) {
            read_text_member(value, "uri", to.uri);
        }
    }
    if (to.bytes.empty() && to.uri.empty()) {
        rewind(members);
        to.source = read_raw(members);
    }
}

shown_source read_shown(json_value from) {
    shown_source read;
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "source") {
            read_source(value, read);
        } else if (key == "format") {
            read_text(value, read.format);
        } else if (key == "name") {
            read_text(value, read.name);
        } else {
            std::string member;
            merkle::append_json_string(member, key);
            const std::string json = read_raw(value);
            if (!tells_nothing(json)) {
                read.more.append(read.more.empty() ? "" : ",").append(member).append(":").append(json);
            }
        }
    }
    return read;
}

/// Returns the media type that a `format` of images, documents, videos and sounds stands for.
std::string media_type_of(std::string_view kind, const std::string& format) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> documents{{
        {"pdf", "application/pdf"},
        {"csv", "text/csv"},
        {"html", "text/html"},
        {"txt", "text/plain"},
        {"md", "text/markdown"},
        {"doc", "application/msword"},
        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"xls", "application/vnd.ms-excel"},
        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    }};
    if (kind != "document" || format.empty()) {
        return format.empty() ? std::string{} : std::string{kind}.append("/").append(format);
    }
    for (const auto& [name, type] : documents) {
        if (name == format) {
            return std::string{type};
        }
    }
    return format;
}

bool read_shown_block(std::string_view kind, json_value from, blocks& to) {
    if (!is_object(from)) {
        return false;
    }
    shown_source shown = read_shown(from);
    block made;
    made.type = kind;
    made.media_type = media_type_of(kind, shown.format);
    made.image_base64 = std::move(shown.bytes);
    made.image_url = std::move(shown.uri);
    made.name = std::move(shown.name);
    if (!shown.source.empty()) {
        shown.more.append(shown.more.empty() ? "" : ",").append("\"source\":").append(shown.source);
    }
    if (!shown.more.empty()) {
        made.raw = "{" + shown.more + "}";
    }
    to.push_back(std::move(made));
    return true;
}

bool read_image(json_value from, blocks& to) {
    return read_shown_block("image", from, to);
}
bool read_document(json_value from, blocks& to) {
    return read_shown_block("document", from, to);
}
bool read_video(json_value from, blocks& to) {
    return read_shown_block("video", from, to);
}
bool read_audio(json_value from, blocks& to) {
    return read_shown_block("audio", from, to);
}

bool read_text_block(json_value from, blocks& to) {
    std::string text;
    if (!read_text(from, text)) {
        return is_null(from);
    }
    add_text(to, std::move(text));
    return true;
}

bool read_tool_use(json_value from, blocks& to) {
    if (!is_object(from)) {
        return false;
    }
    block call;
    call.type = "tool_use";
    std::string input;
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "toolUseId") {
            read_text(value, call.tool_use_id);
        } else if (key == "name") {
            read_text(value, call.tool_name);
        } else if (key == "type") {
            read_name(value, call.type);
        } else if (key == "input" && !is_null(value)) {
            if (!read_text(value, input)) {
                input = read_raw(value);
            }
        }
    }
    set_arguments(call, std::move(input));
    to.push_back(std::move(call));
    return true;
}

/// What a tool gives as JSON is its output as text is; other parts follow, and say whose they are.
void read_output(json_value from, std::size_t result, blocks& to) {
    if (!is_array(from)) {
        return;
    }
    for (auto part : from.get_array()) {
        member_blocks made{most_of_object};
        for (auto [key, value] : members_of(part.get_object())) {
            std::string text;
            if (key == "json") {
                to[result].tool_output += read_raw(value);
            } else if (key == "text" && read_text(value, text)) {
                to[result].tool_output += text;
            } else if (!made.has_room()) {
                made.gather(key, read_raw(value));
            } else if (key == "image" || key == "document" || key == "video") {
                made.made();
                const std::string kind{key};
                if (!read_shown_block(kind, value, to)) {
                    to.push_back(raw_block(kind, read_raw(value)));
                }
            } else {
                made.made();
                std::string kind{key};
                to.push_back(raw_block(std::move(kind), read_raw(value)));
            }
        }
        made.finish(to);
    }
}

bool read_tool_result(json_value from, blocks& to) {
    if (!is_object(from)) {
        return false;
    }
    const auto at = to.size();
    to.emplace_back().type = "tool_result";
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "toolUseId") {
            read_text(value, to[at].tool_result_id);
        } else if (key == "type") {
            read_name(value, to[at].type);
        } else if (key == "status") {
            std::string status;
            read_text(value, status);
            to[at].is_error = status == "error";
        } else if (key == "content") {
            read_output(value, at, to);
        }
    }
    for (auto part = at + 1; part < to.size(); ++part) {
        to[part].tool_result_id = to[at].tool_result_id;
    }
    return true;
}

bool read_reasoning(json_value from, blocks& to) {
    if (!is_object(from)) {
        return false;
    }
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "reasoningText" && is_object(value)) {
            std::string text;
            std::string signature;
            for (auto [name, member] : members_of(value.get_object())) {
                if (name == "text") {
                    read_text(member, text);
                } else if (name == "signature") {
                    read_text(member, signature);
                }
            }
            add_thinking(to, std::move(text), std::move(signature));
        } else if (key == "redactedContent") {
            std::string sealed = read_raw(value);
            if (!tells_nothing(sealed)) {
                to.push_back(mark_if_dropped(raw_block("redacted_thinking", std::move(sealed))));
            }
        }
    }
    return true;
}

/// Text with what it is taken from.
bool read_citations(json_value from, blocks& to) {
    if (!is_object(from)) {
        return false;
    }
    std::string citations;
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "content" && is_array(value)) {
            read_content(value, to);
        } else if (key == "citations") {
            citations = read_raw(value);
        }
    }
    if (!citations.empty() && !tells_nothing(citations)) {
        to.push_back(mark_if_dropped(raw_block("citations", std::move(citations))));
    }
    return true;
}

/// Content for a guardrail: `{"text":{"text":…,"qualifiers":[…]}}`, or an image.
bool read_guarded(json_value from, blocks& to) {
    if (!is_object(from)) {
        return false;
    }
    block made;
    made.type = "guardContent";
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "text" && is_object(value)) {
            for (auto [name, member] : members_of(value.get_object())) {
                if (name == "text") {
                    read_text(member, made.text);
                } else if (name == "qualifiers") {
                    made.raw = read_raw(member);
                }
            }
            made.raw = tells_nothing(made.raw) ? std::string{} : made.raw;
        } else {
            made.raw = read_raw(value);
        }
    }
    to.push_back(std::move(made));
    return true;
}

/// A mark for the prompt cache is no content, as `cache_control` is none in Messages.
bool read_cache_point(json_value, blocks&) {
    return true;
}

constexpr std::array<std::pair<std::string_view, reader>, 11> readers{{
    {"text", read_text_block},
    {"image", read_image},
    {"document", read_document},
    {"video", read_video},
    {"audio", read_audio},
    {"toolUse", read_tool_use},
    {"toolResult", read_tool_result},
    {"reasoningContent", read_reasoning},
    {"citationsContent", read_citations},
    {"guardContent", read_guarded},
    {"cachePoint", read_cache_point},
}};

reader reader_for(std::string_view kind) noexcept {
    for (const auto& [name, read] : readers) {
        if (name == kind) {
            return read;
        }
    }
    return nullptr;
}

void read_block(json_value from, blocks& to) {
    std::string text;
    if (read_text(from, text)) {
        add_text(to, std::move(text));
        return;
    }
    if (!is_object(from)) {
        to.push_back(raw_block({}, read_raw(from)));
        return;
    }
    member_blocks made{most_of_object};
    for (auto [key, value] : members_of(from.get_object())) {
        if (is_null(value)) {
            continue;
        }
        if (!made.has_room()) {
            made.gather(key, read_raw(value));
            continue;
        }
        made.made();
        const std::string kind{key};
        const auto read = reader_for(kind);
        if (read == nullptr || !read(value, to)) {
            to.push_back(raw_block(kind, read_raw(value)));
        }
    }
    made.finish(to);
}

}  // namespace

void read_content(json_value from, std::vector<merkle::block>& to) {
    if (is_array(from)) {
        for (auto part : from.get_array()) {
            read_block(part.value(), to);
        }
    } else if (!is_null(from)) {
        read_block(from, to);
    }
}

}  // namespace tapes::llm::bedrock_converse
