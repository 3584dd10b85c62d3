#include "pass/content.hpp"
#include "pass/exchange_table.hpp"
#include "query/reader_impl.hpp"

#include <tapes/catalogue/node_places.hpp>

#include <algorithm>
#include <string>

namespace tapes::catalogue {

namespace {

std::optional<std::vector<std::int64_t>> unless_more(std::vector<std::int64_t> found, std::size_t most) {
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found.size() > most ? std::nullopt : std::optional{std::move(found)};
}

}  // namespace

std::optional<std::vector<std::int64_t>> node_places::sessions_with_tool(const std::string& name,
                                                                         std::size_t most) {
    auto& in = from_.inside();
    const auto id = in.reading([&] { return in.id_of(name); });
    if (id == 0) {
        return std::vector<std::int64_t>{};
    }
    return unless_more(in.ids("SELECT DISTINCT session FROM tool WHERE tool = ?1 AND session > 0 LIMIT ?2",
                              {id, static_cast<std::int64_t>(most + 1)}),
                       most);
}

std::optional<std::vector<std::int64_t>> node_places::sessions_with_errors(std::size_t most) {
    const auto limit = static_cast<std::int64_t>(most + 1);
    auto& in = from_.inside();
    auto found = in.ids(
        "SELECT s.id FROM session_kind k JOIN session s ON s.kind = k.id WHERE k.errors > 0 AND k.id > 0 "
        "LIMIT ?1",
        {limit});
    const auto more =
        in.ids("SELECT DISTINCT session FROM tool WHERE errors > 0 AND session > 0 LIMIT ?1", {limit});
    found.insert(found.end(), more.begin(), more.end());
    return unless_more(std::move(found), most);
}

std::vector<node_run> node_places::runs(std::int64_t session, std::size_t most) {
    std::vector<node_run> found;
    for (const auto& run : from_.inside().runs(" WHERE session = ?1 ORDER BY first LIMIT ?2",
                                               {session, static_cast<std::int64_t>(most)})) {
        found.push_back({run.first, run.last});
    }
    return found;
}

std::vector<node_run> node_places::bare_runs(std::int64_t above, std::size_t most) {
    auto& in = from_.inside();
    return in.reading([&] {
        std::vector<node_run> found;
        auto& row = in.query(
            "SELECT first, last FROM bare_run WHERE first > coalesce((SELECT max(first) FROM bare_run WHERE"
            " first <= ?1), 0) - 1 ORDER BY first LIMIT ?2",
            {above + 1, static_cast<std::int64_t>(most)});
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            if (row.integer_at(1) > above) {
                found.push_back({row.integer_at(0), row.integer_at(1)});
            }
        }
        return found;
    });
}

std::int64_t node_places::thread_of(std::int64_t session, std::int64_t node) {
    const auto run = from_.run_of(session, node);
    return run ? run->thread : 0;
}

std::optional<exchange_place> node_places::of_exchange(std::int64_t exchange) {
    auto& in = from_.inside();
    return in.reading([&]() -> std::optional<exchange_place> {
        exchange_place made;
        std::int64_t agent = 0;
        {
            auto& row =
                in.query("SELECT session, thread, agent, flags FROM exchange WHERE id = ?1", {exchange});
            const sqlite::reset_at_end guard{row};
            if (!row.step()) {
                return std::nullopt;
            }
            made.session = row.integer_at(0);
            made.thread = row.integer_at(1);
            agent = row.integer_at(2);
            made.error = (row.integer_at(3) & exchange_error_flag) != 0;
        }
        made.agent_name = in.name(agent);
        return made;
    });
}

std::int64_t node_places::branch_below(std::int64_t last) {
    const auto found = from_.inside().ids(
        "SELECT child FROM fork_child WHERE child <= ?1 ORDER BY child DESC LIMIT 1", {last});
    return found.empty() ? 0 : found.front();
}

std::string node_places::tool_of_call(std::int64_t session, const std::string& call_id) {
    auto& in = from_.inside();
    const auto found =
        in.ids("SELECT tool FROM call WHERE session = ?1 AND id = ?2 ORDER BY node DESC LIMIT 1",
               {session, hash_of_text(call_id)});
    return found.empty() ? std::string{} : in.reading([&] { return in.name(found.front()); });
}

}  // namespace tapes::catalogue
