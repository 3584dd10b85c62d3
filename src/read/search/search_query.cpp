#include <tapes/catalogue/text_query.hpp>
#include <tapes/read/moment.hpp>
#include <tapes/read/search_query.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tapes::read {

namespace {

constexpr std::string_view search_space = " \t\r\n\f\v";

constexpr std::array<std::pair<std::string_view, search_key>, 10> search_keys{
    {{"model", search_key::model},
     {"provider", search_key::provider},
     {"agent", search_key::agent},
     {"project", search_key::project},
     {"role", search_key::role},
     {"tool", search_key::tool},
     {"session", search_key::session},
     {"since", search_key::since},
     {"until", search_key::until},
     {"error", search_key::error}}};

/// Whether one letter too many, too few or another, or two that changed places, is all that differs.
bool is_nearly(std::string_view one, std::string_view other) {
    if (one.size() > other.size()) {
        std::swap(one, other);
    }
    std::size_t same = 0;
    while (same < one.size() && one[same] == other[same]) {
        ++same;
    }
    const auto rest = one.substr(same);
    const auto behind = other.substr(same);
    if (one.size() != other.size()) {
        return behind.size() == rest.size() + 1 && behind.substr(1) == rest;
    }
    const bool replaced = !rest.empty() && rest.substr(1) == behind.substr(1);
    const bool swapped =
        rest.size() > 1 && rest[0] == behind[1] && rest[1] == behind[0] && rest.substr(2) == behind.substr(2);
    return replaced || swapped;
}

std::string in_quotes(std::string_view text) {
    return "\"" + std::string{text} + "\"";
}

/// One term of what was typed, with its filter where it has the form of one.
struct typed_term {
    std::string_view whole;  ///< with its minus and quotes
    bool negated = false;
    std::string_view name, value;  ///< of `name:value`
};

class term_scanner {
public:
    explicit term_scanner(std::string_view rest) : rest_{rest} {}

    bool next(typed_term& term) {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(search_space), rest_.size()));
        if (rest_.empty()) {
            return false;
        }
        term = {};
        const auto all = rest_;
        term.negated = all.size() > 1 && all[0] == '-' && all[1] != '-';
        rest_.remove_prefix(term.negated ? 1 : 0);
        if (rest_.front() == '"') {
            take_quoted();
            rest_.remove_prefix(rest_.starts_with('*') ? 1 : 0);
        } else {
            take_plain(term);
        }
        term.whole = all.substr(0, all.size() - rest_.size());
        return true;
    }

private:
    std::string_view take_quoted() {
        rest_.remove_prefix(1);
        const auto end = std::min(rest_.find('"'), rest_.size());
        const auto inside = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return inside;
    }
    void take_plain(typed_term& term) {
        const auto end = std::min(rest_.find_first_of(search_space), rest_.size());
        const auto colon = rest_.substr(0, end).find(':');
        if (colon != std::string_view::npos) {
            term.name = rest_.substr(0, colon);
            const auto value = rest_.substr(colon + 1);
            if (value.starts_with('"')) {
                rest_ = value;
                const auto name_is_filter = is_name(term.name);
                if (name_is_filter) {
                    term.value = take_quoted();
                    return;
                }
            }
            term.value = value.substr(0, std::min(value.find_first_of(search_space), value.size()));
            rest_ = value.substr(term.value.size());
            return;
        }
        rest_.remove_prefix(end);
    }
    static bool is_name(std::string_view name) {
        return name == "is" || std::ranges::any_of(search_keys, [&](const auto& one) {
                   return one.first == name || is_nearly(one.first, name);
               });
    }

    std::string_view rest_;
};

std::optional<bool> read_answer(std::string_view value) {
    if (value == "yes" || value == "true") {
        return true;
    }
    if (value == "no" || value == "false") {
        return false;
    }
    return std::nullopt;
}

/// What is wrong with a term that has nearly the form of a filter; "": it is text.
std::string nearly_a_filter(const typed_term& term) {
    constexpr std::size_t least_name = 4;
    for (const auto& [name, key] : search_keys) {
        if (term.name.size() >= least_name && is_nearly(name, term.name)) {
            return "there is no filter " + std::string{term.name} + ":, but " + std::string{name} +
                   ":; as text, write " + in_quotes(term.whole.substr(term.negated ? 1 : 0));
        }
    }
    return {};
}

/// Takes a term as a filter. False where it is text.
bool take_filter(const typed_term& term, search_query& to) {
    if (term.name.empty() || term.value.empty()) {
        return false;
    }
    if (term.name == "is") {
        if (term.value != "fork" && term.value != "error") {
            to.problem =
                "is: takes fork or error; as text, write " + in_quotes("is:" + std::string{term.value});
            return true;
        }
        const bool fork = term.value == "fork";
        to.conditions.push_back({fork ? search_key::fork : search_key::error, "", term.negated, 0});
        return true;
    }
    const auto* const known =
        std::ranges::find(search_keys, term.name, &std::pair<std::string_view, search_key>::first);
    to.problem = known == search_keys.end() ? nearly_a_filter(term)
                                            : add_condition(to, known->second, term.value, term.negated);
    return known != search_keys.end() || !to.problem.empty();
}

}  // namespace

std::string_view to_string(search_key value) noexcept {
    const auto* const found =
        std::ranges::find(search_keys, value, &std::pair<std::string_view, search_key>::second);
    return found == search_keys.end() ? "fork" : found->first;
}

std::string add_condition(search_query& to, search_key key, std::string_view value, bool negated) {
    search_condition made{key, std::string{value}, negated, 0};
    const auto name = std::string{to_string(key)};
    if (key == search_key::error || key == search_key::fork) {
        const auto answer = read_answer(value);
        if (!answer) {
            return name + ": takes yes or no; as text, write " + in_quotes(name + ":" + made.value);
        }
        made.negated = negated == *answer;
        made.value.clear();
    }
    if (key == search_key::since || key == search_key::until) {
        const auto moment = read_moment(made.value);
        if (!moment) {
            return name +
                   ": takes a time: 2026-01-31, 2026-01-31T12:00:00Z or an age such as 90m; as text, "
                   "write " +
                   in_quotes(name + ":" + made.value);
        }
        made.at_us = *moment;
    }
    if (to.conditions.size() >= catalogue::most_query_terms) {
        return "the query has more than " + std::to_string(catalogue::most_query_terms) + " filters";
    }
    to.conditions.push_back(std::move(made));
    return {};
}

search_query read_search_query(std::string_view typed) {
    search_query made;
    if (typed.size() > catalogue::most_query_bytes) {
        made.problem = catalogue::read_text_query(typed).problem;
        return made;
    }
    typed_term term;
    for (term_scanner scanner{typed}; made.problem.empty() && scanner.next(term);) {
        if (!take_filter(term, made)) {
            made.words.append(made.words.empty() ? "" : " ").append(term.whole);
        }
    }
    return made;
}

}  // namespace tapes::read
