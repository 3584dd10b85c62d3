#include "delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace tapes::llm {
namespace {

/// What a map holds of an entry beside its key and value.
constexpr std::size_t index_bytes = 96;
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
    for (auto member : part) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "text") {
            has_text = read_text(field.value(), text);
        } else if (key == "type") {
            read_text(field.value(), type);
        } else {
            more = more || !is_null(field.value());
        }
    }
    return has_text && type == "text" && !more ? std::optional{std::move(text)} : std::nullopt;
}

}  // namespace

std::size_t delta::merge(json_value from, std::string_view key, int depth) {
    std::string piece;
    if (is_null(from)) {
        return 0;
    }
    if (read_text(from, piece)) {
        return merge_text(std::move(piece), key);
    }
    if (is_array(from)) {
        return merge_list(from, key);
    }
    if (is_object(from) && depth < deepest) {
        return merge_members(from.get_object(), depth);
    }
    text_ = read_raw(from);  // throws where that is no JSON
    what_ = kind::scalar;
    return text_.size();
}

std::size_t delta::merge_members(json_object from, int depth,
                                 std::initializer_list<std::string_view> skipped) {
    what_ = kind::object;
    std::size_t grown = 0;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (std::find(skipped.begin(), skipped.end(), key) != skipped.end()) {
            continue;
        }
        auto known = members_.find(key);
        if (known == members_.end()) {
            known = members_.emplace(std::string(key), delta()).first;
            grown += key.size() + sizeof(delta) + index_bytes;
        }
        grown += known->second.merge(field.value(), known->first, depth + 1);
    }
    return grown;
}

std::size_t delta::merge_text(std::string piece, std::string_view key) {
    const std::size_t grown = piece.size();
    if (what_ == kind::list) {
        text_.append(piece);
        return grown;
    }
    const bool repeated = (key == "name" || key == "thought_signature") && text_ == piece;
    if (what_ != kind::text) {
        what_ = kind::text;
        text_ = std::move(piece);
    } else if (names_something(key)) {
        if (!piece.empty()) {
            text_ = std::move(piece);
        }
    } else if (!repeated) {
        text_.append(piece);
    }
    return grown;
}

// Text before, between or after the elements of a list is a part of text among them.
void delta::end_text() {
    if (!text_.empty()) {
        elements_.push_back(text_part(std::exchange(text_, {})));
    }
}

std::size_t delta::merge_list(json_value from, std::string_view key) {
    if (what_ != kind::list) {
        text_.resize(what_ == kind::text ? text_.size() : 0);
        what_ = kind::list;
    }
    std::size_t grown = 0;
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
                text_.append(*text);
                grown += text->size();
                continue;
            }
            (void)part.reset().value();
            json = read_raw(part);
        } else {
            json = read_raw(value);
        }
        first = false;
        end_text();
        grown += sizeof(std::string) + elements_.emplace_back(std::move(json)).size();
    }
    return grown;
}

void delta::write_members(std::string& out) const {
    bool first = true;
    for (const auto& [key, value] : members_) {
        if (value.empty()) {
            continue;
        }
        if (!first) {
            out.push_back(',');
        }
        first = false;
        merkle::append_json_string(out, key);
        out.push_back(':');
        value.write(out);
    }
}

void delta::write(std::string& out) const {
    switch (what_) {
        case kind::nothing:
            out.append("null");
            return;
        case kind::text:
            merkle::append_json_string(out, text_);
            return;
        case kind::scalar:
            out.append(text_);
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
                out.append(elements_.empty() ? "" : ",").append(text_part(text_));
            }
            out.push_back(']');
    }
}

call_deltas::position call_deltas::locate(json_object fragment) {
    position found;
    for (auto member : fragment) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "index") {
            if (const auto index = read_integer(field.value())) {
                found.has_index = true;
                found.index = *index;
            }
        } else if (key == "id") {
            read_text(field.value(), found.id);
        } else if ((key == "function" || key == "custom") && is_object(field.value())) {
            for (auto part : field.value().get_object()) {
                json_field inner = field_of(part);
                std::string name;
                if (key_of(inner) == "name" && read_text(inner.value(), name)) {
                    found.has_function_name = !name.empty();
                }
            }
        }
    }
    return found;
}

std::size_t call_deltas::find_or_add(const position& where) {
    if (where.has_index) {
        const auto known = by_index_.find(where.index);
        if (known != by_index_.end()) {
            const std::string& id = calls_[known->second].id;
            const bool goes_on = !where.has_function_name && !by_id_.contains(where.id);
            if (where.id.empty() || id.empty() || id == where.id || goes_on) {
                return known->second;
            }
        }
    }
    // Some servers give all calls of an answer one id.
    const bool begins = where.has_index && where.has_function_name && !by_index_.contains(where.index);
    if (!where.id.empty() && !begins) {
        const auto known = by_id_.find(where.id);
        if (known != by_id_.end()) {
            return known->second;
        }
    } else if (!where.has_index && !where.has_function_name && !calls_.empty()) {
        return calls_.size() - 1;
    }
    const std::size_t added = calls_.size();
    const bool taken = where.has_index && by_index_.contains(where.index);
    calls_.emplace_back().order = where.has_index && !taken ? where.index : static_cast<std::int64_t>(added);
    if (where.has_index) {
        by_index_[where.index] = added;
    }
    return added;
}

std::size_t call_deltas::merge(json_object fragment) {
    const position where = locate(fragment);
    const std::size_t before = calls_.size();
    const std::size_t at = find_or_add(where);
    std::size_t grown = calls_.size() > before ? sizeof(call) + index_bytes : 0;
    if (!where.id.empty() && calls_[at].id != where.id) {
        calls_[at].id = where.id;
        by_id_[where.id] = at;
        grown += index_bytes + 2 * where.id.size();
    }
    (void)fragment.reset().value();
    return grown + calls_[at].members.merge_members(fragment, 0, {"index"});
}

void call_deltas::write(std::string& out) const {
    std::vector<std::size_t> order(calls_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return calls_[a].order < calls_[b].order; });
    out.push_back('[');
    for (std::size_t i = 0; i < order.size(); ++i) {
        out.append(i == 0 ? "" : ",");
        calls_[order[i]].members.write(out);
    }
    out.push_back(']');
}

std::size_t detail_deltas::merge(json_value fragment) {
    if (!is_object(fragment)) {
        last_goes_on_ = false;
        return sizeof(delta) + details_.emplace_back().merge(fragment);
    }
    std::optional<std::int64_t> index;
    std::string type;
    std::string signature;
    json_object fields = fragment.get_object();
    for (auto member : fields) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "index") {
            index = read_integer(field.value());
        } else if (key == "type") {
            read_text(field.value(), type);
        } else if (key == "signature") {
            read_text(field.value(), signature);
        }
    }
    (void)fields.reset().value();
    const bool goes_on = !index && last_goes_on_ && (type.empty() || type == last_type_);
    std::size_t at = goes_on ? details_.size() - 1 : details_.size();
    if (index) {
        at = known_.try_emplace({*index, type}, at).first->second;
    }
    last_goes_on_ = !index && signature.empty();
    last_type_ = std::move(type);
    std::size_t grown = 0;
    if (at == details_.size()) {
        details_.emplace_back();
        grown = sizeof(delta) + index_bytes;
    }
    return grown + details_[at].merge_members(fields);
}

void detail_deltas::write(std::string& out) const {
    out.push_back('[');
    for (std::size_t i = 0; i < details_.size(); ++i) {
        out.append(i == 0 ? "" : ",");
        details_[i].write(out);
    }
    out.push_back(']');
}

}  // namespace tapes::llm
