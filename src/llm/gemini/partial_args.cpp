#include "gemini/partial_args.hpp"

#include "gemini/names.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace tapes::llm::gemini {
namespace {

using step = std::variant<std::string, std::size_t>;

/// Takes `name` off `.name…`.
std::optional<step> take_name(std::string_view& path) {
    path.remove_prefix(1);
    const auto end = std::min(path.find_first_of(".["), path.size());
    if (end == 0) {
        return std::nullopt;
    }
    step name{std::string{path.substr(0, end)}};
    path.remove_prefix(end);
    return name;
}

/// Takes `['name']` or `[0]`.
std::optional<step> take_bracket(std::string_view& path) {
    path.remove_prefix(1);
    const char quote = path.empty() ? '\0' : path.front();
    if (quote == '\'' || quote == '"') {
        std::string name;
        std::size_t at = 1;
        for (; at < path.size() && path[at] != quote; ++at) {
            at += path[at] == '\\' && at + 1 < path.size() ? 1 : 0;
            name.push_back(path[at]);
        }
        if (at + 1 >= path.size() || path[at + 1] != ']') {
            return std::nullopt;
        }
        path.remove_prefix(at + 2);
        return name;
    }
    std::size_t index = 0;
    const char* const end = path.data() + path.size();
    const auto read = std::from_chars(path.data(), end, index);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != ']') {
        return std::nullopt;
    }
    path.remove_prefix(static_cast<std::size_t>(read.ptr - path.data()) + 1);
    return index;
}

}  // namespace

/// Reads `$.a['b'][0]`; nothing where it is no such path.
std::vector<partial_args::step> partial_args::steps_of(std::string_view path) {
    std::vector<step> steps;
    if (path.starts_with('$')) {
        path.remove_prefix(1);
    }
    while (!path.empty()) {
        const char first = path.front();
        auto next = first == '.' ? take_name(path) : first == '[' ? take_bracket(path) : std::nullopt;
        if (!next || steps.size() == deepest_path) {
            return {};
        }
        steps.push_back(*std::move(next));
    }
    const bool named = !steps.empty() && std::holds_alternative<std::string>(steps.front());
    return named ? steps : std::vector<step>{};
}

partial_args::piece partial_args::read(json_object from) {
    piece found;
    found.json = "null";
    for (auto [key, value] : members_of(from)) {
        if (is_name(key, "jsonPath")) {
            read_text(value, found.path);
        } else if (is_name(key, "stringValue")) {
            if (read_piece(value, found.text)) {
                found.json.clear();
            }
        } else if (is_name(key, "numberValue") || is_name(key, "boolValue")) {
            if (!is_null(value)) {
                found.json = read_raw(value);
            }
        }
    }
    return found;
}

/// Returns how many steps of a path lead to what is there already.
std::size_t partial_args::known_of(const std::vector<step>& steps) const {
    const auto* place = &root_;
    std::size_t known = 0;
    for (const auto& next : steps) {
        if (const auto* const name = std::get_if<std::string>(&next)) {
            const auto found = place->members.find(*name);
            place = found == place->members.end() ? nullptr : &found->second;
        } else {
            const auto index = std::get<std::size_t>(next);
            place = index < place->elements.size() ? &place->elements[index] : nullptr;
        }
        if (place == nullptr) {
            break;
        }
        ++known;
    }
    return known;
}

/// Tells whether what a path leads to may be made: each piece may make a few values, or more where those
/// before it made fewer.
bool partial_args::has_room_for(const std::vector<step>& steps) {
    constexpr std::size_t values_of_piece = 6;
    spare_ += values_of_piece;
    const auto fresh = steps.size() - known_of(steps);
    if (fresh > spare_) {
        return false;
    }
    spare_ -= fresh;
    return true;
}

/// Returns where a path leads to, made where it is new. An index may go on a list by one.
partial_args::value& partial_args::at(std::string_view path) {
    auto* place = &root_;
    auto steps = steps_of(path);
    if (!has_room_for(steps)) {
        steps.clear();
    }
    for (const auto& next : steps) {
        if (const auto* const name = std::get_if<std::string>(&next)) {
            place->form = value::kind::object;
            place = &place->members[*name];
            continue;
        }
        const auto index = std::get<std::size_t>(next);
        if (index > place->elements.size()) {
            place = &root_;
            break;
        }
        place->form = value::kind::list;
        if (index == place->elements.size()) {
            place->elements.emplace_back();
        }
        place = &place->elements[index];
    }
    if (place == &root_) {
        root_.form = value::kind::object;
        place = &root_.members[std::string{path}];
    }
    return *place;
}

void partial_args::add(json_value pieces) {
    const auto take = [this](json_object one) {
        auto next = read(one);
        auto& place = at(next.path);
        if (!next.json.empty()) {
            place.form = value::kind::json;
            place.text.set(std::move(next.json));
        } else {
            if (place.form != value::kind::text) {
                place.form = value::kind::text;
                place.text = streamed_text();
            }
            place.text.add(next.text);
        }
    };
    if (is_object(pieces)) {
        take(pieces.get_object());
    } else if (is_array(pieces)) {
        for (auto one : pieces.get_array()) {
            take(one.get_object());
        }
    }
}

void partial_args::value::write(std::string& out) const {
    const char* separator = "";
    switch (form) {
        case kind::nothing:
            out.append("null");
            return;
        case kind::text:
            merkle::append_json_string(out, text.text());
            return;
        case kind::json:
            out.append(text.joined());
            return;
        case kind::object:
            out.push_back('{');
            for (const auto& [key, member] : members) {
                out.append(std::exchange(separator, ","));
                merkle::append_json_string(out, key);
                out.push_back(':');
                member.write(out);
            }
            out.push_back('}');
            return;
        case kind::list:
            out.push_back('[');
            for (const auto& element : elements) {
                out.append(std::exchange(separator, ","));
                element.write(out);
            }
            out.push_back(']');
    }
}

void partial_args::write(std::string& out) const {
    if (root_.form == value::kind::object) {
        root_.write(out);
    } else {
        out.append("{}");
    }
}

}  // namespace tapes::llm::gemini
