#include "gemini/parts.hpp"

#include "content_blocks.hpp"
#include "gemini/names.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <utility>

namespace tapes::llm::gemini {
namespace {

using merkle::block;

/// Returns JSON without white space, so that it is the same text after a client has parsed and written it.
std::string minified(std::string json) {
    std::string out(json.size(), '\0');
    std::size_t size = 0;
    if (simdjson::minify(json.data(), json.size(), out.data(), size) != simdjson::SUCCESS) {
        return json;
    }
    out.resize(size);
    return out;
}

/// Returns JSON in the form that does not depend on the order of members; as it is where a number would
/// suffer.
std::string settled(std::string json) {
    std::string canonical;
    bool exact = false;
    const auto failed = merkle::canonicalize(json, canonical, &exact);
    return failed == merkle::canonical_error::none && exact ? canonical : minified(std::move(json));
}

/// What a function gave back. By the documentation of `FunctionResponse.response`, `output` is its output and
/// `error` what went wrong; without these the whole object is its output.
void read_response(json_object from, block& result) {
    std::string only;
    std::size_t members = 0;
    bool plain = false;
    for (auto [key, value] : members_of(from)) {
        ++members;
        if (key == "output" || key == "error") {
            result.is_error = result.is_error || (key == "error" && !tells_nothing(read_raw(value)));
            plain = read_text(value, only);
        }
    }
    rewind(from);
    result.tool_output = plain && members == 1 ? std::move(only) : settled(read_raw(from));
}

std::string_view type_of_medium(std::string_view media_type) noexcept {
    if (media_type.starts_with("image/")) {
        return "image";
    }
    if (media_type.starts_with("audio/")) {
        return "audio";
    }
    if (media_type.starts_with("video/")) {
        return "video";
    }
    return media_type.starts_with("text/") || media_type == "application/pdf" ? "document" : "file";
}

}  // namespace

call_piece read_call(json_object from) {
    call_piece read;
    for (auto [key, value] : members_of(from)) {
        if (key == "name") {
            read_text(value, read.name);
        } else if (key == "args" && !is_null(value)) {
            if (!read_text(value, read.arguments)) {
                read.arguments = minified(read_raw(value));
            }
        } else if (is_name(key, "partialArgs")) {
            read.in_pieces = !is_null(value);
        } else if (is_name(key, "willContinue")) {
            read.goes_on = read_flag(value);
        }
    }
    return read;
}

void read_result_member(std::string_view key, json_value from, merkle::block& result) {
    if (key == "name") {
        read_text(from, result.tool_name);
    } else if (key == "response" && !is_null(from)) {
        if (is_object(from)) {
            read_response(from.get_object(), result);
        } else if (!read_text(from, result.tool_output)) {
            result.tool_output = settled(read_raw(from));
        }
    }
}

std::optional<merkle::block> read_medium(json_object from) {
    block medium;
    std::string name;
    for (auto [key, value] : members_of(from)) {
        if (is_name(key, "mimeType")) {
            read_text(value, medium.media_type);
        } else if (key == "data") {
            read_text(value, medium.image_base64);
        } else if (is_name(key, "fileUri")) {
            read_text(value, medium.image_url);
        } else if (is_name(key, "displayName")) {
            read_text(value, name);
        }
    }
    if (medium.image_base64.empty() && medium.image_url.empty() && medium.media_type.empty()) {
        return std::nullopt;
    }
    medium.type = type_of_medium(medium.media_type);
    medium.image_base64 = standard_base64(std::move(medium.image_base64));
    if (!name.empty()) {
        std::string member = R"("displayName":)";
        merkle::append_json_string(member, name);
        add_detail(medium, member);
    }
    return medium;
}

std::optional<merkle::block> read_other(std::string_view key, json_value from) {
    std::string type = snake_name(key);
    std::string raw = is_object(from) ? camel_members(from.get_object(), "id") : read_raw(from);
    if (tells_nothing(raw)) {
        return std::nullopt;
    }
    return raw_block(std::move(type), std::move(raw));
}

std::string camel_members(json_object from, std::string_view left_out) {
    std::string out = "{";
    for (auto [key, value] : members_of(from)) {
        if (is_null(value) || key == left_out) {
            continue;
        }
        out.append(out.size() == 1 ? "" : ",");
        merkle::append_json_string(out, camel_name(key));
        out.append(":").append(read_raw(value));
    }
    return out.append("}");
}

bool is_source(std::string_view key) noexcept {
    return is_name(key, "groundingMetadata") || is_name(key, "citationMetadata") ||
           is_name(key, "urlContextMetadata");
}

void add_detail(merkle::block& to, std::string_view member) {
    if (to.raw.empty()) {
        to.raw = "{}";
    }
    to.raw.insert(to.raw.size() - 1, std::string(to.raw.size() > 2 ? "," : "").append(member));
}

}  // namespace tapes::llm::gemini
