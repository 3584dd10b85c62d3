#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tapes::llm {
namespace {

constexpr int deepest_figure = 16;  // beyond, a value is taken as a whole

bool is_zero(std::string_view number) noexcept {
    const std::string_view digits = number.substr(0, number.find_first_of("eE"));
    return !digits.empty() && digits.find_first_not_of("-0.") == std::string_view::npos &&
           digits.find('0') != std::string_view::npos;
}

bool is_sum(std::string_view key) noexcept {
    return key == "input_tokens" || key == "prompt_tokens" || key == "output_tokens" ||
           key == "completion_tokens" || key == "total_tokens";
}

}  // namespace

bool tells_nothing(std::string_view json) noexcept {
    if (json.size() >= 2 && (json.front() == '{' || json.front() == '[')) {
        return json.find_first_not_of(" \t\r\n", 1) == json.size() - 1;
    }
    if (json.size() >= 2 && json.front() == '"') {
        json = json.substr(1, json.size() - 2);
    }
    return json.empty() || json == "null" || json == "false" || is_zero(json);
}

const std::array<usage_delta::sum_names, 4> usage_delta::sums{
    {{"total_tokens", "prompt_tokens", "completion_tokens"},
     {"total_tokens", "input_tokens", "output_tokens"},
     {"totalTokenCount", "promptTokenCount", "candidatesTokenCount"},
     {"totalTokens", "inputTokens", "outputTokens"}}};

void usage_delta::merge(std::size_t& held, json_object from) {
    bool counted = false;
    for (auto [key, value] : members_of(from)) {
        const bool is_prompt = key == "input_tokens" || key == "prompt_tokens";
        counted = counted || (is_prompt && read_integer(value).value_or(0) != 0);
    }
    rewind(from);
    std::array<std::string, sums.size()> before;
    std::transform(sums.begin(), sums.end(), before.begin(),
                   [this](const sum_names& names) { return figure(names.total); });
    merge_members(held, from, counted, 0);
    for (std::size_t i = 0; i < sums.size(); ++i) {
        keep_total(sums[i], before[i]);
    }
}

/// A part that was left out, or told as zero, is missing in the total beside it: the one before stays.
void usage_delta::keep_total(const sum_names& names, const std::string& before) {
    const auto number = [](const std::string& json) {
        double value = 0;
        std::from_chars(json.data(), json.data() + json.size(), value);
        return value;
    };
    const double total = number(figure(names.total));
    if (total < number(before) && total < number(figure(names.input)) + number(figure(names.output))) {
        members_.find(names.total)->second.json_ = before;
    }
}

std::string usage_delta::figure(std::string_view name) const {
    const auto found = members_.find(name);
    return found == members_.end() ? std::string() : found->second.json_;
}

void usage_delta::merge_members(std::size_t& held, json_object from, bool counted, int depth) {
    json_.clear();
    for (auto [key, value] : members_of(from)) {
        if (is_null(value)) {
            continue;
        }
        auto known = members_.find(key);
        if (known == members_.end()) {
            known = members_.emplace(std::string(key), usage_delta()).first;
            held += sizeof(*known) + key.size();
        }
        known->second.merge_member(held, value, counted && (depth > 0 || !is_sum(key)), depth + 1);
    }
}

void usage_delta::merge_member(std::size_t& held, json_value from, bool zero_counts, int depth) {
    if (is_object(from) && depth < deepest_figure) {
        merge_members(held, from.get_object(), zero_counts, depth);
        return;
    }
    std::string figure = read_raw(from);
    const bool first = json_.empty() && members_.empty();
    if (!first && !zero_counts && tells_nothing(figure)) {
        return;
    }
    members_.clear();
    json_ = std::move(figure);
    held += json_.size();
}

void usage_delta::write(std::string& out) const {
    if (!json_.empty()) {
        out.append(json_);
        return;
    }
    out.push_back('{');
    bool first = true;
    for (const auto& [key, figure] : members_) {
        out.append(std::exchange(first, false) ? "" : ",");
        merkle::append_json_string(out, key);
        out.push_back(':');
        figure.write(out);
    }
    out.push_back('}');
}

}  // namespace tapes::llm
