#include "query/reader_impl.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

namespace tapes::catalogue {

namespace {

constexpr std::int64_t most_runs = 1'000;
constexpr const char* listed_runs = "SELECT session, thread, first, last, above FROM member";

}  // namespace

std::vector<chain_run> reader::impl::runs(const std::string& rest, const std::vector<bound_value>& values) {
    return reading([&] {
        std::vector<chain_run> found;
        auto& row = query(listed_runs + rest, values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            found.push_back({row.integer_at(0), row.integer_at(1), row.integer_at(2), row.integer_at(3),
                             row.integer_at(4)});
        }
        return found;
    });
}

std::optional<chain_run> reader::run_of(std::int64_t session, std::int64_t node) {
    const auto found =
        impl_->runs(" WHERE session = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1", {session, node});
    return found.empty() || found.front().last < node ? std::nullopt : std::optional{found.front()};
}

std::vector<chain_run> reader::runs_below(std::int64_t session, std::int64_t thread, std::int64_t node) {
    // SQLite would go through all runs of the session, which come in the order that is asked for.
    return impl_->runs(
        " INDEXED BY member_above WHERE session = ?1 AND above = ?2 AND above <> 0 AND thread = ?3"
        " ORDER BY first LIMIT ?4",
        {session, node, thread, most_runs});
}

std::optional<fork> reader::next_fork(std::int64_t session, std::int64_t thread, std::int64_t first,
                                      std::int64_t last) {
    return impl_->reading([&]() -> std::optional<fork> {
        auto& row = impl_->query(
            "SELECT node, cause FROM fork WHERE session = ?1 AND thread = ?2 AND node BETWEEN ?3 AND ?4"
            " ORDER BY node LIMIT 1",
            {session, thread, first, last});
        const sqlite::reset_at_end guard{row};
        if (!row.step()) {
            return std::nullopt;
        }
        return fork{row.integer_at(0), thread, static_cast<fork_cause>(row.integer_at(1)), {}};
    });
}

std::vector<std::int64_t> reader::fork_children(std::int64_t thread, std::int64_t node, std::int64_t after,
                                                std::size_t most) {
    return impl_->ids(
        "SELECT child FROM fork_child WHERE thread = ?1 AND node = ?2 AND child > ?3 ORDER BY child LIMIT ?4",
        {thread, node, after, static_cast<std::int64_t>(std::min<std::size_t>(most, most_runs))});
}

std::vector<std::int64_t> reader::fork_children_before(std::int64_t thread, std::int64_t node,
                                                       std::int64_t before, std::size_t most) {
    return impl_->ids(
        "SELECT child FROM fork_child WHERE thread = ?1 AND node = ?2 AND child < ?3"
        " ORDER BY child DESC LIMIT ?4",
        {thread, node, before, static_cast<std::int64_t>(std::min<std::size_t>(most, most_runs))});
}

std::uint64_t reader::count_fork_children(std::int64_t thread, std::int64_t node) {
    const auto found =
        impl_->ids("SELECT count(*) FROM fork_child WHERE thread = ?1 AND node = ?2", {thread, node});
    return found.empty() ? 0 : static_cast<std::uint64_t>(found.front());
}

std::optional<fork_cause> reader::branch_cause(std::int64_t thread, std::int64_t child) {
    const auto found = impl_->ids(
        "SELECT cause FROM fork_child WHERE child = ?1 AND cause <> 0 AND (?2 = 0 OR thread = ?2)"
        " ORDER BY thread LIMIT 1",
        {child, thread});
    return found.empty() ? std::nullopt : std::optional{static_cast<fork_cause>(found.front())};
}

std::vector<child_node> reader::run_starts(std::int64_t node, std::int64_t after, std::size_t most) {
    return impl_->reading([&] {
        // By session in the index: the lowest nodes are picked out, for sorting all would need memory for
        // all.
        std::map<std::int64_t, std::int64_t> lowest;
        auto& row =
            impl_->query("SELECT first, session FROM member WHERE above = ?1 AND above <> 0 AND first > ?2",
                         {node, after});
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            const auto first = row.integer_at(0);
            if (lowest.size() < most || (!lowest.empty() && first < lowest.rbegin()->first)) {
                lowest.emplace(first, row.integer_at(1));
                if (lowest.size() > most) {
                    lowest.erase(std::prev(lowest.end()));
                }
            }
        }
        std::vector<child_node> found;
        found.reserve(lowest.size());
        for (const auto& [first, session] : lowest) {
            found.push_back({first, session});
        }
        return found;
    });
}

std::int64_t reader::next_run_start(std::int64_t first, std::int64_t last) {
    const auto found = impl_->ids(
        "SELECT above FROM member WHERE above >= ?1 AND above < ?2 AND above <> 0 AND first <> above + 1"
        " ORDER BY above LIMIT 1",
        {first, last});
    return found.empty() ? 0 : found.front();
}

std::int64_t reader::session_with_root(std::int64_t root) {
    const auto found = impl_->ids("SELECT session FROM thread WHERE root = ?1 LIMIT 1", {root});
    return found.empty() ? 0 : found.front();
}

std::int64_t reader::newest_head(std::int64_t root) {
    const auto found = impl_->ids("SELECT max(head) FROM thread WHERE root = ?1", {root});
    return found.empty() ? 0 : found.front();
}

}  // namespace tapes::catalogue
