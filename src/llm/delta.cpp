#include "delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tapes::llm {
namespace {

constexpr int deepest = 64;  // beyond, a value is taken as a whole

bool names_something(std::string_view key) noexcept {
    return key == "id" || key == "type" || key == "role" || key == "format";
}

std::string text_part(std::string_view text) {
    std::string part = R"({"type":"text","text":)";
    merkle::append_json_string(part, text);
    return part.append("}");
}

/// What a part says that is a text and nothing else.
std::optional<std::string> plain_text(json_object part) {
    std::string type;
    std::string text;
    bool more = false;
    bool has_text = false;
    for (auto [key, value] : members_of(part)) {
        if (key == "text") {
            has_text = read_piece(value, text);
        } else if (key == "type") {
            read_text(value, type);
        } else {
            more = more || !is_null(value);
        }
    }
    return has_text && type == "text" && !more ? std::optional{std::move(text)} : std::nullopt;
}

}  // namespace

void delta::merge(std::size_t& held, json_value from, std::string_view key, int depth) {
    std::string piece;
    if (is_null(from)) {
        return;
    }
    if (read_piece(from, piece)) {
        held += merge_text(piece, key);
    } else if (is_array(from)) {
        merge_list(held, from, key);
    } else if (is_object(from) && depth < deepest) {
        merge_members(held, from.get_object(), depth);
    } else {
        text_.set(read_raw(from));  // throws where that is no JSON
        kind_ = kind::scalar;
        held += text_.held_bytes();
    }
}

void delta::merge_members(std::size_t& held, json_object from, int depth,
                          std::initializer_list<std::string_view> skipped) {
    kind_ = kind::object;
    for (auto [key, value] : members_of(from)) {
        if (std::find(skipped.begin(), skipped.end(), key) != skipped.end()) {
            continue;
        }
        auto known = members_.find(key);
        if (known == members_.end()) {
            known = members_.emplace(std::string(key), delta()).first;
            held += key.size() + sizeof(delta) + index_bytes;
        }
        known->second.merge(held, value, known->first, depth + 1);
    }
}

std::size_t delta::merge_text(std::string_view piece, std::string_view key) {
    if (kind_ == kind::list) {
        text_.add(piece);
        return piece.size();
    }
    const bool first = kind_ != kind::text;
    if (first) {
        kind_ = kind::text;
        text_ = streamed_text();
    }
    const bool repeated = (key == "name" || key == "thought_signature") && text_.joined() == piece;
    is_json_ = key == "arguments";
    if (!names_something(key)) {
        text_.add(repeated ? std::string_view() : piece);
    } else if (first || (!piece.empty() && piece != "null")) {
        text_.set(std::string(piece));
    }
    return piece.size();
}

// Text before, between or after the elements of a list is a part of text among them.
void delta::end_text() {
    if (!text_.empty()) {
        elements_.push_back(text_part(std::exchange(text_, {}).text()));
    }
}

void delta::merge_list(std::size_t& held, json_value from, std::string_view key) {
    if (kind_ != kind::list) {
        if (kind_ != kind::text) {
            text_ = streamed_text();
        }
        kind_ = kind::list;
    }
    bool first = true;
    for (auto element : from.get_array()) {
        std::string json;
        json_value value = element.value();
        if (key == "content" && is_object(value)) {
            json_object part = value.get_object();
            if (auto text = plain_text(part)) {
                // Of one delta each part is one of its own, but the first goes on with what came before.
                if (!first) {
                    end_text();
                }
                first = false;
                text_.add(*text);
                held += text->size();
                continue;
            }
            rewind(part);
            json = read_raw(part);
        } else {
            json = read_raw(value);
        }
        first = false;
        end_text();
        held += sizeof(std::string) + elements_.emplace_back(std::move(json)).size();
    }
}

bool delta::says_something() const noexcept {
    switch (kind_) {
        case kind::nothing:
            return false;
        case kind::object:
            return !members_.empty();
        case kind::list:
            return !elements_.empty() || !text_.empty();
        default:
            return !text_.empty();
    }
}

const delta* delta::member(std::string_view key) const noexcept {
    const auto found = members_.find(key);
    return found == members_.end() ? nullptr : &found->second;
}

void delta::write_members(std::string& out, const delta* other) const {
    bool first = true;
    const auto write_member = [&](const std::string& key, const delta& value) {
        out.append(std::exchange(first, false) ? "" : ",");
        merkle::append_json_string(out, key);
        out.push_back(':');
        value.write(out);
    };
    const auto says = [](const delta* from, const std::string& key) {
        const delta* const value = from == nullptr ? nullptr : from->member(key);
        return value != nullptr && value->says_something();
    };
    for (const auto& [key, value] : members_) {
        if (!value.empty() && (value.says_something() || !says(other, key))) {
            write_member(key, value);
        }
    }
    if (other == nullptr) {
        return;
    }
    for (const auto& [key, value] : other->members_) {
        if (value.says_something() && !says(this, key)) {
            write_member(key, value);
        }
    }
}

void delta::write(std::string& out) const {
    switch (kind_) {
        case kind::nothing:
            out.append("null");
            return;
        case kind::text:
            merkle::append_json_string(out, is_json_ ? text_.json() : text_.text());
            return;
        case kind::scalar:
            out.append(text_.joined());
            return;
        case kind::object:
            out.push_back('{');
            write_members(out);
            out.push_back('}');
            return;
        case kind::list:
            out.push_back('[');
            for (std::size_t i = 0; i < elements_.size(); ++i) {
                out.append(i == 0 ? "" : ",").append(elements_[i]);
            }
            if (!text_.empty()) {
                out.append(elements_.empty() ? "" : ",").append(text_part(text_.text()));
            }
            out.push_back(']');
    }
}

}  // namespace tapes::llm
