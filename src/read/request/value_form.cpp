#include "request/value_form.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

namespace tapes::read {

namespace {

constexpr std::size_t most_value_depth = 256;

/// Below these members the order of keys is the prompt's.
bool is_written_as_it_comes(std::string_view key) noexcept {
    constexpr std::array<std::string_view, 5> keys{"input", "arguments", "input_schema", "parameters",
                                                   "schema"};
    return std::ranges::find(keys, key) != keys.end();
}

std::string without_escapes(std::string_view inside) {
    return inside.find('\\') == std::string_view::npos ? std::string{inside} : text::json_unescaped(inside);
}

/// Lengths stand before contents, so that no two values have the same form.
void append_sized(char tag, std::string_view bytes, std::string& out) {
    out += tag;
    out += std::to_string(bytes.size());
    out += ':';
    out += bytes;
}

/// Moves over one value and appends its form.
class form_writer {
public:
    form_writer(std::string_view all, std::string& out) : all_{all}, at_{all}, out_{&out} {}

    request_fault write(bool ordered) {
        const bool right = write_value(ordered, 0) && at_.peek() == '\0';
        return too_deep_ ? request_fault::too_deep : right ? request_fault::none : request_fault::broken;
    }

private:
    bool write_value(bool ordered, std::size_t depth) {
        const char first = at_.peek();
        if (first == '{' || first == '[') {
            too_deep_ = too_deep_ || depth >= most_value_depth;
            return !too_deep_ && (first == '[' ? write_array(ordered, depth)
                                  : ordered    ? write_ordered(depth)
                                               : write_sorted(depth));
        }
        const auto begin = at_.offset();
        if (first == '"') {
            const auto inside = at_.string();
            inside.find('\\') == std::string_view::npos
                ? append_sized('s', inside, *out_)
                : append_sized('s', text::json_unescaped(inside), *out_);
        } else {
            at_.skip_value();
            append_sized('n', all_.substr(begin, at_.offset() - begin), *out_);
        }
        return !at_.failed();
    }

    bool write_array(bool ordered, std::size_t depth) {
        at_.take('[');
        *out_ += '[';
        for (bool first = true; !at_.take(']'); first = false) {
            if ((!first && !at_.take(',')) || !write_value(ordered, depth + 1)) {
                return false;
            }
        }
        *out_ += ']';
        return true;
    }

    bool take_key(bool first, std::string& key) {
        if (!first && !at_.take(',')) {
            return false;
        }
        key = without_escapes(at_.string());
        return !at_.failed() && at_.take(':');
    }

    bool write_ordered(std::size_t depth) {
        at_.take('{');
        *out_ += '{';
        std::string key;
        for (bool first = true; !at_.take('}'); first = false) {
            if (!take_key(first, key)) {
                return false;
            }
            append_sized('k', key, *out_);
            if (!write_value(true, depth + 1)) {
                return false;
            }
        }
        *out_ += '}';
        return true;
    }

    /// An object is the digest of its members, so that each byte is moved once, however deep it stands.
    bool write_sorted(std::size_t depth) {
        at_.take('{');
        std::vector<std::pair<std::string, std::string>> members;
        auto* const above = out_;
        std::string key;
        for (bool first = true; !at_.take('}'); first = false) {
            std::string form;
            if (!take_key(first, key)) {
                return false;
            }
            out_ = &form;
            const bool right = write_value(is_written_as_it_comes(key), depth + 1);
            out_ = above;
            if (!right) {
                return false;
            }
            members.emplace_back(std::move(key), std::move(form));
        }
        append_members(std::move(members), *out_);
        return true;
    }

public:
    static void append_members(std::vector<std::pair<std::string, std::string>> members, std::string& out) {
        std::ranges::stable_sort(members, {}, &std::pair<std::string, std::string>::first);
        std::string joined;
        for (const auto& [key, form] : members) {
            if (key != "cache_control") {
                append_sized('k', key, joined);
                joined += form;
            }
        }
        const auto digest = merkle::sha256(joined);
        out += 'd';
        out.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    }

private:
    std::string_view all_;
    text::json_cursor at_;
    std::string* out_;
    bool too_deep_ = false;
};

request_fault append_form(std::string_view value, bool ordered, std::string& out) {
    const auto before = out.size();
    const auto fault = form_writer{value, out}.write(ordered);
    if (fault != request_fault::none) {
        out.resize(before);
        append_sized('?', value, out);
    }
    return fault;
}

void drop_repeated(std::vector<json_member>& members) {
    std::unordered_map<std::string_view, std::size_t> last;
    for (std::size_t i = 0; i < members.size(); ++i) {
        last[members[i].key] = i;
    }
    if (last.size() == members.size()) {
        return;
    }
    std::vector<json_member> kept;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (last[members[i].key] == i) {
            kept.push_back(members[i]);
        }
    }
    members = std::move(kept);
}

}  // namespace

std::string_view json_members::find(std::string_view key) const noexcept {
    const auto found = std::ranges::find(all, key, &json_member::key);
    return found == all.end() ? std::string_view{} : found->value;
}

json_members read_members(std::string_view json) {
    json_members made;
    text::json_cursor at{json};
    const bool object = at.peek() == '{';
    if (!object && at.peek() != '[') {
        return made;
    }
    at.take(object ? '{' : '[');
    for (bool first = true; !at.take(object ? '}' : ']'); first = false) {
        made.rest = json.substr(at.offset());
        if (!first && !at.take(',')) {
            return made;
        }
        const auto key = object ? at.string() : std::string_view{};
        if (at.failed() || (object && !at.take(':'))) {
            return made;
        }
        at.peek();
        const auto begin = at.offset();
        made.rest = json.substr(begin);
        made.rest_key = without_escapes(key);
        at.skip_value();
        if (at.failed()) {
            return made;
        }
        made.all.push_back({std::move(made.rest_key), json.substr(begin, at.offset() - begin)});
    }
    if (object) {
        drop_repeated(made.all);
    }
    made.rest = {};
    made.rest_key.clear();
    made.whole = at.peek() == '\0';
    return made;
}

std::string string_of(std::string_view value) {
    text::json_cursor at{value};
    return at.peek() == '"' ? without_escapes(at.string()) : "";
}

request_fault append_value_form(std::string_view value, std::string& out) {
    return append_form(value, false, out);
}

request_fault append_object_form(std::vector<json_member> members, std::string& out) {
    std::vector<std::pair<std::string, std::string>> forms;
    auto fault = request_fault::none;
    for (auto& one : members) {
        std::string form;
        const auto found = append_form(one.value, is_written_as_it_comes(one.key), form);
        fault = fault == request_fault::none ? found : fault;
        forms.emplace_back(std::move(one.key), std::move(form));
    }
    form_writer::append_members(std::move(forms), out);
    return fault;
}

void append_named_form(std::string_view name, std::string_view text, std::string& out) {
    append_sized('k', name, out);
    append_sized('s', text, out);
}

}  // namespace tapes::read
