#include "difference/sequence_diff.hpp"

#include <tapes/read/text_difference.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/utf8.hpp>
#include <tapes/text/work_meter.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

namespace tapes::read {

namespace {

using json = nlohmann::json;

constexpr std::size_t most_json_bytes = std::size_t{1} << 20;
constexpr int deepest_json = 64;
constexpr std::size_t most_values = 512;
constexpr std::size_t most_path = 1024;
constexpr std::size_t most_value_bytes = 4096;

/// Nested values are compared by functions that call themselves.
bool is_shallow(std::string_view text) {
    int depth = 0;
    bool shallow = true;
    text::visit_json_marks(text, [&](char c) {
        depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
        shallow = shallow && depth <= deepest_json;
        return shallow;
    });
    return shallow;
}

json parsed(std::string_view text) {
    return text.size() > most_json_bytes || !is_shallow(text)
               ? json(json::value_t::discarded)
               : json::parse(text.begin(), text.end(), nullptr, false);
}

excerpt excerpt_of(const json& value) {
    auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    const auto bytes = text.size();
    text.resize(text::character_start(text, std::min(bytes, most_value_bytes)));
    return {std::move(text), bytes};
}

/// A step of a JSON Pointer (RFC 6901 §3).
std::string pointer_step(std::string_view key) {
    std::string made{"/"};
    for (const char c : key.substr(0, most_path)) {
        made += c == '~' ? "~0" : c == '/' ? "~1" : std::string{c};
    }
    return made;
}

class json_comparer {
public:
    json_comparer(json_comparison& out, text_unit unit) : out_{out}, unit_{unit} {}

    void compare(const std::string& path, const json& left, const json& right);

private:
    void compare_objects(const std::string& path, const json& left, const json& right);
    void compare_arrays(const std::string& path, const json& left, const json& right);
    void compare_gap(const std::string& path, const json& left, const json& right, const matched_run& from,
                     const matched_run& to);
    void add(const std::string& path, change kind, const json* left, const json* right);

    json_comparison& out_;
    text_unit unit_;
    std::uint64_t work_ = most_diff_work;
};

void json_comparer::add(const std::string& path, change kind, const json* left, const json* right) {
    if (out_.values.size() == most_values) {
        ++out_.more;
        return;
    }
    auto& made = out_.values.emplace_back();
    made.path = path.substr(0, text::character_start(path, std::min(path.size(), most_path)));
    made.kind = kind;
    if (left != nullptr && right != nullptr && left->is_string() && right->is_string()) {
        made.text =
            show_difference(left->get_ref<const std::string&>(), right->get_ref<const std::string&>(), unit_);
        return;
    }
    made.left = left == nullptr ? excerpt{} : excerpt_of(*left);
    made.right = right == nullptr ? excerpt{} : excerpt_of(*right);
}

void json_comparer::compare(const std::string& path, const json& left, const json& right) {
    text::count_work(1);
    if (left == right && left.type() == right.type()) {
        return;
    }
    if (left.is_object() && right.is_object()) {
        compare_objects(path, left, right);
    } else if (left.is_array() && right.is_array()) {
        compare_arrays(path, left, right);
    } else if (left != right) {
        add(path, change::changed, &left, &right);
    }
}

void json_comparer::compare_objects(const std::string& path, const json& left, const json& right) {
    auto other = right.begin();
    const auto add_before = [&](const std::string* key) {
        for (; other != right.end() && (key == nullptr || other.key() < *key); ++other) {
            add(path + pointer_step(other.key()), change::added, nullptr, &*other);
        }
    };
    for (auto one = left.begin(); one != left.end(); ++one) {
        add_before(&one.key());
        const auto below = path + pointer_step(one.key());
        if (other != right.end() && other.key() == one.key()) {
            compare(below, *one, *other);
            ++other;
        } else {
            add(below, change::removed, &*one, nullptr);
        }
    }
    add_before(nullptr);
}

void json_comparer::compare_arrays(const std::string& path, const json& left, const json& right) {
    std::unordered_map<std::size_t, std::uint32_t> known;
    const auto number = [&](const json& all) {
        std::vector<std::uint32_t> numbers;
        for (const auto& one : all) {
            numbers.push_back(known.emplace(std::hash<json>{}(one), static_cast<std::uint32_t>(known.size()))
                                  .first->second);
        }
        return numbers;
    };
    const auto lefts = number(left);
    const auto rights = number(right);
    auto match = match_sequences(lefts, rights, work_);
    match.runs.push_back({left.size(), right.size(), 0});
    matched_run from;
    for (const auto& run : match.runs) {
        compare_gap(path, left, right, {from.left + from.count, from.right + from.count, 0}, run);
        for (std::size_t i = 0; i < run.count; ++i) {  // numbers of values may be the same by chance
            compare(path + "/" + std::to_string(run.right + i), left[run.left + i], right[run.right + i]);
        }
        from = run;
    }
}

void json_comparer::compare_gap(const std::string& path, const json& left, const json& right,
                                const matched_run& from, const matched_run& to) {
    auto at_left = from.left;
    auto at_right = from.right;
    for (; at_left < to.left && at_right < to.right; ++at_left, ++at_right) {
        compare(path + "/" + std::to_string(at_right), left[at_left], right[at_right]);
    }
    for (; at_left < to.left; ++at_left) {
        add(path + "/" + std::to_string(at_left), change::removed, &left[at_left], nullptr);
    }
    for (; at_right < to.right; ++at_right) {
        add(path + "/" + std::to_string(at_right), change::added, nullptr, &right[at_right]);
    }
}

}  // namespace

json_comparison compare_json(std::string_view left, std::string_view right, text_unit unit) {
    json_comparison made;
    text::count_work(left.size() + right.size());
    const auto before = parsed(left);
    const auto after = before.is_discarded() ? json(json::value_t::discarded) : parsed(right);
    const bool nested = before.is_structured() || after.is_structured();
    if (before.is_discarded() || after.is_discarded() || !nested) {
        return made;
    }
    made.compared = true;
    json_comparer{made, unit}.compare("", before, after);
    return made;
}

}  // namespace tapes::read
