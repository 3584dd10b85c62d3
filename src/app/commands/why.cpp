#include "access/open_record.hpp"
#include "commands/cache_text.hpp"
#include "commands/counted.hpp"
#include "commands/meant.hpp"
#include "commands/moments.hpp"
#include "screen/figures.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"
#include "screen/table.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/read/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::app {

namespace {

/// They are in memory together, for the worst come first.
constexpr std::size_t most_exchanges = 10'000;

read::cost amount_of(const std::optional<read::picodollars>& amount, bool partial = false) {
    read::cost made;
    made.input = amount.value_or(0);
    made.priced = amount ? 1 : 0;
    made.unpriced = partial ? 1 : 0;
    return made;
}

/// "06-30 12:11:40": a session seldom outlives a year.
std::string moment_of(const read::cache_miss& one) {
    const auto text = shown_moment(one.one.accepted_at_us);
    return text.size() < 19 ? text : text.substr(5, 5) + " " + text.substr(11, 8);
}

void write_misses(printer& out, const screen& to, const read::session_misses& misses) {
    using enum column::side;
    table rows{out,
               to,
               {{"EXCHANGE"},
                {"TIME", left, 0, 3},
                {"MODEL", left, 24, 4},
                {"READ", right, 0, 2},
                {"EXPECTED", right, 0, 2},
                {"MISSED", right},
                {"COST", right},
                {"CAUSE", left}}};
    for (const auto& one : misses.worst) {
        const auto told = one.one.tokens ? short_count(one.one.tokens->cache_read) : "-";
        rows.add(
            {{std::to_string(one.one.seq)},
             {moment_of(one)},
             {one_line(one.one.model)},
             {told},
             {short_count(one.expected)},
             {short_count(one.missed)},
             {one.missed == 0 ? "" : dollars(amount_of(one.extra_cost))},
             {one_line(one.causes.empty() ? std::string{read::to_string(one.outcome)} : cause_words(one))}});
        if (out.gone()) {
            return;
        }
    }
    rows.finish();
}

void write_totals(printer& out, const read::session_misses& misses) {
    const auto& sums = misses.totals;
    out << counted(sums.exchanges, "exchange") << ": " << sums.misses << " missed, " << sums.partial
        << " in part, " << sums.hits << " hit, " << sums.first << " first, " << sums.uncached
        << " with nothing cached, " << sums.unknown << " unknown\n"
        << grouped(sums.missed) << " of " << grouped(sums.expected)
        << " expected tokens were not read; extra cost "
        << dollars(amount_of(sums.extra_cost, sums.unpriced != 0)) << "\n";
    if (misses.more != 0) {
        out << counted(misses.more, "exchange") << " more; see --limit\n";
    }
}

int explain_one(read::sources& from, std::int64_t seq, const cache_question& options, printer& out,
                printer& err) {
    const auto found = read::cache_explainer{from}.explain(seq, true);
    if (!found) {
        err << "tapes: the exchange of \"" << options.id << "\" is not in the store\n";
        return 1;
    }
    const auto to = screen_of(out, options.screen);
    const pager reader{out, options.screen};
    options.json ? out.json(read::dumped(read::cache_miss_json(*found))) : write_cache_miss(out, to, *found);
    return 0;
}

int explain_all(read::sources& from, std::int64_t session, const cache_question& options, printer& out) {
    const auto limit =
        options.limit == 0 ? most_exchanges : std::min<std::size_t>(options.limit, most_exchanges);
    const auto found = read::explain_session(from, session, limit, options.all);
    const auto to = screen_of(out, options.screen);
    const pager reader{out, options.screen};
    if (options.json) {
        for (const auto& one : found.worst) {
            out.json(read::dumped(read::cache_miss_json(one)));
        }
        out.json(read::dumped(read::cache_totals_json(found)));
        return 0;
    }
    if (!found.worst.empty()) {
        write_misses(out, to, found);
    }
    write_totals(out, found);
    return 0;
}

}  // namespace

int explain_cache(const config::settings& settings, const cache_question& options, printer& out,
                  printer& err) {
    open_record record{settings};
    auto& from = record.from();
    const auto meant = find_meant(from, options.id, err);
    if (!meant) {
        return 1;
    }
    switch (meant->kind) {
        case read::named_kind::session:
            return explain_all(from, meant->id, options, out);
        case read::named_kind::exchange:
            return explain_one(from, meant->id, options, out, err);
        default:
            break;
    }
    const auto answers = from.answers_of(meant->id);
    if (answers.empty()) {
        err << "tapes: node \"" << options.id << "\" is not the answer of an exchange\n";
        return 1;
    }
    return explain_one(from, answers.back(), options, out, err);
}

}  // namespace tapes::app
