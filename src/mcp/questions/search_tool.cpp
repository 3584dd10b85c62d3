#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/search.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tapes::mcp {

namespace {

constexpr std::size_t longest_query = 4096;
constexpr std::size_t hits_usual = 10;
constexpr std::size_t hits_most = 100;
constexpr std::array<std::pair<std::string_view, unsigned>, 5> parts{
    {{"text", 1}, {"tools", 6}, {"arguments", 2}, {"results", 4}, {"thinking", 8}}};

/// A word that was cut may be half a secret, in which nobody would see one.
void drop_cut_words(read::search_snippet& snippet) {
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
    auto& text = snippet.text;
    if (snippet.more_behind) {
        const auto last = std::find_if(text.rbegin(), text.rend(), is_space).base();
        const auto size = static_cast<std::size_t>(last - text.begin());
        const bool marked = std::ranges::any_of(
            snippet.marks, [&](const auto& mark) { return mark.first + mark.size > size; });
        if (!marked && size != 0) {
            text.resize(size);
        }
    }
    if (snippet.more_before) {
        const auto first = static_cast<std::size_t>(std::ranges::find_if(text, is_space) - text.begin());
        const bool marked =
            std::ranges::any_of(snippet.marks, [&](const auto& mark) { return mark.first < first; });
        if (!marked && first != text.size()) {
            text.erase(0, first);
            for (auto& mark : snippet.marks) {
                mark.first -= first;
            }
        }
    }
}

read::search_query query_of(const question& asked) {
    auto query = read::read_search_query(asked.given.text("query"));
    if (!query.problem.empty()) {
        throw wrong_call{query.problem};
    }
    const auto project = asked.project();
    if (project.empty()) {
        return query;
    }
    // Of several projects one would do.
    if (std::ranges::any_of(query.conditions,
                            [](const auto& one) { return one.key == read::search_key::project; })) {
        throw wrong_call{"the search is limited to the project " + project +
                         ": leave project: out of the query"};
    }
    if (auto problem = read::add_condition(query, read::search_key::project, project); !problem.empty()) {
        throw wrong_call{problem};
    }
    return query;
}

struct told_hits {
    ordered_json answer;
    std::size_t found = 0, told = 0;
};

told_hits hits_of(const question& asked, const read::search_request& request) {
    auto found = read::search(asked.from, request);
    if (!found.problem.empty()) {
        throw wrong_call{found.problem};
    }
    std::erase_if(found.hits, [&](const auto& hit) { return !asked.allows(hit.project); });
    page hits{asked};
    for (auto& hit : found.hits) {
        drop_cut_words(hit.snippet);
        if (!hits.add(read::search_hit_json(hit))) {
            break;
        }
    }
    const auto told = hits.count();
    return {{{"hits", hits.take()}, {"next", next_json(found.next)}, {"partial", found.partial}},
            found.hits.size(),
            told};
}

}  // namespace

tool search_tool() {
    tool made{"search",
              "Search the record",
              "Finds what was said in recorded conversations of coding agents and other LLM clients: "
              "prompts, answers, "
              "thinking, tool calls and their results. Each hit names its evidence: the node's hash, the "
              "exchange, the "
              "session, the turn.",
              {},
              {}};
    std::vector<std::string> names;
    names.reserve(parts.size());
    for (const auto& [name, ignored] : parts) {
        names.emplace_back(name);
    }
    made.input = object_schema(
        {{"query",
          text_schema(
              "Words, \"phrases\", -without, prefix*, OR, and filters: model: provider: agent: role: tool: "
              "session: since:7d until:2026-01-31 error:yes is:fork.",
              longest_query)},
         {"part", choice_schema("Only there.", names)},
         {"newest", flag_schema("The newest first, else the best.")},
         {"limit", number_schema("At most so many hits.", 1, hits_most, hits_usual)},
         {"cursor", text_schema("`next` of the page before.")}},
        {"query"});
    made.output =
        paged_schema("hits", "What was found, the best first.",
                     {{"partial", {{"type", "boolean"}, {"description", "Not all was looked at."}}}});
    return made;
}

ordered_json search_answer(const question& asked) {
    read::search_request request;
    request.query = query_of(asked);
    request.newest = asked.given.flag("newest");
    request.most = asked.given.number("limit", hits_usual);
    request.after = asked.given.text("cursor");
    if (const auto name = asked.given.text("part"); !name.empty()) {
        request.parts = std::ranges::find(parts, name, &std::pair<std::string_view, unsigned>::first)->second;
    }
    // A page of the search has no place between its hits: where the answer is full, it is asked for less.
    while (true) {
        auto made = hits_of(asked, request);
        if (made.found == made.told || request.most == 1) {
            return std::move(made.answer);
        }
        request.most = std::max<std::size_t>(made.told, 1);
    }
}

}  // namespace tapes::mcp
