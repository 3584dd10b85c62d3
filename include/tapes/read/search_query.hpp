#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// What a search may be restricted by.
enum class search_key { model, provider, agent, project, role, tool, session, since, until, error, fork };
std::string_view to_string(search_key value) noexcept;

struct search_condition {
    search_key key = search_key::model;
    /// A name, compared whole; of a session also `@`, `@1` or the beginning of its name. Of `error` and
    /// `fork`
    /// "".
    std::string value;
    bool negated = false;
    std::int64_t at_us = 0;  ///< of `since` and `until`
};

/// What is looked for.
struct search_query {
    std::string words;  ///< see catalogue::read_text_query
    /// Of several with the same key one must hold, and all that are negated; those of all keys together.
    std::vector<search_condition> conditions;
    std::string problem;  ///< a sentence that says what would be right; "": none
};

/// Reads what a person typed: words, phrases and the like (catalogue::read_text_query), and among them
/// filters:
///
///     model:gpt-5  provider:openai  agent:claude-code  project:site  role:user  tool:Bash
///     session:NAME (its beginning; @ is the newest)    since:2026-01-31  until:7d
///     error:yes    error:no                            is:fork  is:error
///     model:"two words"                                -role:tool (all but those)
///
/// `role` is that of the message, `tool` of a call or its result; `error` is a result that was marked as one,
/// or a message of an exchange that failed; `fork` a message with which a branch begins. Other text with a
/// colon is text: `std::move`, `http://localhost`. What is nearly a filter (`modle:x`, `is:new`) is a
/// problem; in quotes it is text, too.
search_query read_search_query(std::string_view typed);

/// Adds a filter as a flag gives it. Returns what is wrong with it; "": nothing.
std::string add_condition(search_query& to, search_key key, std::string_view value, bool negated = false);

}  // namespace tapes::read
