#include "toml_text.hpp"
#include "values.hpp"

#include <re2/re2.h>

#include <charconv>
#include <cmath>

namespace tapes::config {

namespace {

constexpr const char* policy_form =
    R"(must be a list such as ["slow=5 retries, 60s to 1h, times 2"]; "to CAP" and "times FACTOR" may be left out)";

/// The elements of a list, also where it is written as text in the environment.
std::vector<std::string> elements(const raw& from) {
    std::vector<std::string> items;
    if (from.list) {
        items = from.items;
    } else if (const auto text = trimmed(from.text);
               !text.empty() && !(text.starts_with('[') && toml_list(text, items))) {
        items = {text};
    }
    return items;
}

std::pair<std::string, std::string> named(const std::string& item, const char* form) {
    const auto equals = item.find('=');
    auto name = trimmed(item.substr(0, equals));
    auto value = equals == std::string::npos ? std::string{} : trimmed(item.substr(equals + 1));
    if (name.empty() || value.empty()) {
        throw bad_value{form};
    }
    return {std::move(name), std::move(value)};
}

std::string shown(const std::vector<std::string>& items) {
    std::string all = "[";
    for (const auto& item : items) {
        all += (all.size() == 1 ? "" : ", ") + toml_string(item);
    }
    return all + "]";
}

std::string shown_factor(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

double parse_factor(const std::string& text) {
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || !(value >= 1 && value <= 1000)) {
        throw bad_value{"the factor of a retry policy must be a number from 1 to 1000"};
    }
    return value;
}

retry_figures parse_figures(const std::string& text) {
    static const re2::RE2 form{R"((\d{1,6}) retries, *(\S+?)(?: to (\S+?))?(?:, *times (\S+))?)"};
    std::string retries;
    std::string base;
    std::string cap;
    std::string factor;
    if (!re2::RE2::FullMatch(text, form, &retries, &base, &cap, &factor)) {
        throw bad_value{policy_form};
    }
    retry_figures made;
    made.max_retries = static_cast<unsigned>(parse_count(retries));
    made.base = parse_duration(base);
    made.cap = cap.empty() ? milliseconds{0} : parse_duration(cap);
    made.multiplier = factor.empty() ? 1.0 : parse_factor(factor);
    if (made.cap.count() != 0 && made.cap < made.base) {
        throw bad_value{"the longest wait of a retry policy must not be below the first"};
    }
    return made;
}

}  // namespace

void as_policy_names::read(const raw& from, std::map<std::string, std::string>& to) {
    std::map<std::string, std::string> made;
    for (const auto& item : elements(from)) {
        auto [name, policy] = named(item, R"(must be a list such as ["tapes.node.v1=aggressive"])");
        made[name] = policy;
    }
    to = std::move(made);
}

std::string as_policy_names::show(const std::map<std::string, std::string>& value) {
    std::vector<std::string> items;
    items.reserve(value.size());
    for (const auto& [name, policy] : value) {
        items.push_back(name + "=" + policy);
    }
    return shown(items);
}

void as_policies::read(const raw& from, std::map<std::string, retry_figures>& to) {
    std::map<std::string, retry_figures> made;
    for (const auto& item : elements(from)) {
        const auto [name, figures] = named(item, policy_form);
        made[name] = parse_figures(figures);
    }
    to = std::move(made);
}

std::string as_policies::show(const std::map<std::string, retry_figures>& value) {
    std::vector<std::string> items;
    items.reserve(value.size());
    for (const auto& [name, policy] : value) {
        auto text =
            name + "=" + std::to_string(policy.max_retries) + " retries, " + show_duration(policy.base);
        text += policy.cap.count() != 0 ? " to " + show_duration(policy.cap) : std::string{};
        text += policy.multiplier > 1 ? ", times " + shown_factor(policy.multiplier) : std::string{};
        items.push_back(std::move(text));
    }
    return shown(items);
}

}  // namespace tapes::config
