#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/cache_miss.hpp>
#include <tapes/read/json.hpp>

namespace tapes::mcp {

namespace {

constexpr std::size_t misses_usual = 10;
constexpr std::size_t misses_most = 100;

/// A node is explained by the exchange whose answer it is.
std::int64_t exchange_of(const question& asked, const read::named& one) {
    if (one.kind == read::named_kind::exchange) {
        return one.id;
    }
    const auto answers = asked.from.answers_of(one.id);
    for (auto at = answers.rbegin(); at != answers.rend(); ++at) {
        const auto exchange = asked.from.find_exchange(*at);
        if (exchange && asked.allows(exchange->project)) {
            return *at;
        }
    }
    throw wrong_call{"this node is not the answer of an exchange"};
}

}  // namespace

tool why_tool() {
    tool made{"why",
              "Explain prompt cache misses",
              "Explains why an exchange read from its provider's prompt cache what it read: the first part "
              "in which its "
              "request differs from the one before, what it cost. Of a session it tells the exchanges that "
              "missed the "
              "cache, the most expensive first.",
              {},
              {}};
    made.input = object_schema(
        {{"id", text_schema(id_about)},
         {"all", flag_schema("Of a session also exchanges that missed nothing.")},
         {"limit", number_schema("Of a session at most so many.", 1, misses_most, misses_usual)}},
        {});
    made.output =
        paged_schema("exchanges", "The exchanges, with what was expected, read and missed, and why.",
                     {{"total", {{"type", {"object", "null"}}, {"description", "The sums of a session."}}},
                      {"more", {{"type", "integer"}, {"description", "So many exchanges are not told."}}}});
    return made;
}

ordered_json why_answer(const question& asked) {
    const auto id = asked.given.text("id");
    const auto one = find_one(asked, id.empty() ? "@" : id);
    page told{asked};
    if (one.kind != read::named_kind::session) {
        const auto found = read::cache_explainer{asked.from}.explain(exchange_of(asked, one), true);
        if (!found) {
            throw wrong_call{"the exchange is not in the store any more"};
        }
        told.add(read::cache_miss_json(*found));
        return {{"exchanges", told.take()}, {"total", nullptr}, {"more", 0}, {"next", nullptr}};
    }
    const auto found = read::explain_session(asked.from, one.id, asked.given.number("limit", misses_usual),
                                             asked.given.flag("all"));
    auto more = found.more;
    bool full = false;
    for (const auto& miss : found.worst) {
        full = full || !told.add(read::cache_miss_json(miss));
        more += full ? 1 : 0;
    }
    return {{"exchanges", told.take()},
            {"total", read::cache_totals_json(found)},
            {"more", more},
            {"next", nullptr}};
}

}  // namespace tapes::mcp
