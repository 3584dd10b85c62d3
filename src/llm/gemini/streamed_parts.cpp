#include "gemini/streamed_parts.hpp"

#include "gemini/names.hpp"

#include <tapes/merkle/canonical.hpp>

#include <utility>

namespace tapes::llm::gemini {

void streamed_parts::add_content(std::size_t& held, json_value content) {
    if (is_object(content)) {
        for (auto [key, value] : members_of(content.get_object())) {
            if (key == "parts" && is_array(value)) {
                for (auto part : value.get_array()) {
                    held += add_part(part.value());
                }
            } else if (key == "parts" && !is_null(value)) {
                held += add_part(value);
            }
        }
    }
}

std::size_t streamed_parts::add_part(json_value from) {
    std::string text;
    std::string signature;
    bool thought = false;
    bool has_text = false;
    bool more = false;
    if (!is_object(from)) {
        has_text = read_piece(from, text);
        if (has_text) {
            return add_text(text, false, {});
        }
        std::string raw = read_raw(from);
        end_text();
        return sizeof(std::string) + parts_.emplace_back(std::move(raw)).size();
    }
    json_object members = from.get_object();
    for (auto [key, value] : members_of(members)) {
        if (is_null(value)) {
            continue;
        }
        if (key == "text") {
            has_text = read_piece(value, text);
            more = more || !has_text;
        } else if (key == "thought") {
            thought = read_flag(value);
        } else if (is_name(key, "thoughtSignature")) {
            read_text(value, signature);
        } else {
            more = true;
        }
    }
    if (!more) {
        return add_text(text, thought, signature);
    }
    rewind(members);
    std::string raw = read_raw(members);
    end_text();
    return sizeof(std::string) + parts_.emplace_back(std::move(raw)).size();
}

std::size_t streamed_parts::add_text(const std::string& text, bool thought, const std::string& signature) {
    if (text.empty() && signature.empty()) {
        return 0;
    }
    if (thought != thought_) {
        end_text();
        thought_ = thought;
    }
    text_.add(text);
    if (!signature.empty()) {
        end_text(signature);
    }
    return text.size() + signature.size();
}

void streamed_parts::end_text(const std::string& signature) {
    if (!text_.empty() || !signature.empty()) {
        parts_.push_back(written_text(signature));
        text_ = streamed_text();
    }
}

std::string streamed_parts::written_text(const std::string& signature) const {
    std::string out = R"({"text":)";
    merkle::append_json_string(out, text_.text());
    if (thought_) {
        out.append(R"(,"thought":true)");
    }
    if (!signature.empty()) {
        out.append(R"(,"thoughtSignature":)");
        merkle::append_json_string(out, signature);
    }
    return out.append("}");
}

void streamed_parts::write(std::string& out) const {
    const char* separator = "";
    out.push_back('[');
    for (const auto& part : parts_) {
        out.append(std::exchange(separator, ",")).append(part);
    }
    if (!text_.empty()) {
        out.append(separator).append(written_text({}));
    }
    out.push_back(']');
}

}  // namespace tapes::llm::gemini
