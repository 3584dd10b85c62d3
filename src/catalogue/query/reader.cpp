#include "file/tree_key.hpp"
#include "pass/time_table.hpp"
#include "query/reader_impl.hpp"
#include "query/session_list.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

namespace tapes::catalogue {

namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
/// A prefix of so many characters chooses by the index of names; a shorter one, what it lets through by time.
constexpr std::size_t telling_prefix = 4;
/// As many sessions as may share such a prefix, of which the newest are taken.
constexpr std::int64_t most_of_prefix = 10'000;
constexpr std::int64_t most_children = 1'000;

bool is_newer(const session& one, const session& other) {
    return std::pair{one.last_at_us, one.id} > std::pair{other.last_at_us, other.id};
}

/// Chooses by the beginning of a name: among those that clients gave, and among the hashes of trees.
std::vector<chosen> named_so(const std::string& prefix) {
    chosen names;
    names.add("name >= ?", prefix);
    names.add("name < ?", behind(prefix));
    chosen given{" WHERE root IS NULL", {}};
    given.add(names);
    std::vector<chosen> made{std::move(given)};
    if (const auto keys = tree_keys_of(prefix)) {
        chosen trees;
        trees.add("tree_key >= ?", keys->first);
        trees.add("tree_key <= ?", keys->second);
        trees.add(names);
        made.push_back(std::move(trees));
    }
    return made;
}

/// Adds what the filter says but for the prefix. False where nothing can match: a name that no session has.
bool add_filter(reader::impl& from, const session_filter& filter, chosen& to) {
    using member = std::string session_filter::*;
    constexpr std::pair<const char*, member> names[] = {
        {"project = ?", &session_filter::project}, {"agent = ?", &session_filter::agent_name},
        {"client = ?", &session_filter::client},   {"provider = ?", &session_filter::provider},
        {"model = ?", &session_filter::model},     {"caller = ?", &session_filter::caller}};
    for (const auto& [condition, part] : names) {
        if (const auto& wanted = filter.*part; !wanted.empty()) {
            const auto id = from.id_of(wanted);
            if (id == 0) {
                return false;
            }
            to.add(condition, id);
        }
    }
    if (filter.until_us) {
        to.add("first_at < ?", *filter.until_us);
    }
    if (filter.errors) {
        to.where += std::string{to.where.empty() ? " WHERE " : " AND "} + "errors > 0";
    }
    if (!filter.title_part.empty()) {
        to.add("title LIKE ? ESCAPE '\\'", title_pattern(filter.title_part));
    }
    return true;
}

}  // namespace

reader::reader(const std::string& path) : impl_{std::make_unique<impl>(path)} {}
reader::~reader() = default;

std::uint64_t reader::seq() {
    const auto found = impl_->ids("SELECT value FROM state WHERE name = ?1", {std::string{"seq"}});
    return found.empty() ? 0 : static_cast<std::uint64_t>(found.front());
}

std::int64_t reader::node() {
    const auto found = impl_->ids("SELECT value FROM state WHERE name = ?1", {std::string{"node"}});
    return found.empty() ? 0 : found.front();
}

std::vector<session> reader::sessions(const session_filter& filter, std::size_t most,
                                      const std::optional<session_place>& after) {
    chosen rest;
    if (!add_filter(*impl_, filter, rest)) {
        return {};
    }
    rest.add("last_at >= ?", filter.since_us.value_or(lowest));
    if (after) {
        rest.add("last_at <= ?", after->last_at_us);
        rest.add("(last_at < ?", after->last_at_us);
        rest.where += " OR id < ?)";
        rest.values.emplace_back(after->id);
    }
    const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(most, highest));
    if (filter.name_prefix.size() >= telling_prefix) {
        // `+` keeps the index of times out: the names are fewer.
        for (std::size_t at = rest.where.find("last_at"); at != std::string::npos;
             at = rest.where.find("last_at", at + 8)) {
            rest.where.insert(at, 1, '+');
        }
        std::vector<session> found;
        for (auto& part : named_so(filter.name_prefix)) {
            part.add(rest);
            std::ranges::move(impl_->sessions(part.where, part.values), std::back_inserter(found));
        }
        std::ranges::sort(found, is_newer);
        found.resize(std::min(found.size(), most));
        return found;
    }
    if (!filter.name_prefix.empty()) {
        rest.add("+name >= ?", filter.name_prefix);
        rest.add("+name < ?", behind(filter.name_prefix));
    }
    if (const auto ids = impl_->reading([&] { return list_by_kinds(*impl_, filter, most, after); })) {
        std::vector<session> found;
        for (const auto id : *ids) {
            if (auto one = session_by_id(id)) {
                found.push_back(std::move(*one));
            }
        }
        return found;
    }
    rest.values.emplace_back(limit);
    return impl_->sessions(rest.where + " ORDER BY last_at DESC, id DESC LIMIT ?", rest.values);
}

std::optional<session> reader::session_by_id(std::int64_t id) {
    auto found = impl_->sessions(" WHERE id = ?1", {id});
    return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<session> reader::sessions_by_name(std::string_view prefix, std::size_t most) {
    const std::string from{prefix};
    std::vector<session> found;
    if (from.empty()) {
        return sessions({}, most);
    }
    for (auto& part : named_so(from)) {
        part.values.emplace_back(most_of_prefix);
        std::ranges::move(impl_->sessions(part.where + " LIMIT ?", part.values), std::back_inserter(found));
    }
    std::ranges::sort(found, is_newer);
    std::ranges::stable_partition(found, [&](const session& one) { return one.name == from; });
    found.resize(std::min(found.size(), most));
    return found;
}

std::size_t reader::count_names(std::string_view prefix, std::size_t most) {
    std::size_t found = 0;
    for (auto& part : named_so(std::string{prefix})) {
        part.values.emplace_back(static_cast<std::int64_t>(std::min<std::size_t>(most, highest)));
        found += impl_->ids("SELECT id FROM session" + part.where + " LIMIT ?", part.values).size();
    }
    return std::min(found, most);
}

reader::tree_counts reader::impl::count_trees() {
    // Nothing changes before the catalogue goes on, and the count goes through everything.
    const auto now = ids("SELECT value FROM state WHERE name IN ('seq', 'node') ORDER BY name", {});
    if (!now.empty() && counted_at_ == now) {
        return counted_;
    }
    auto& row = query(
        "SELECT (SELECT count(*) FROM (SELECT node FROM leaf UNION SELECT leaf FROM thread WHERE leaf > 0)),"
        " (SELECT count(DISTINCT root) FROM thread)",
        {});
    const sqlite::reset_at_end guard{row};
    if (row.step()) {
        counted_ = {static_cast<std::uint64_t>(row.integer_at(0)),
                    static_cast<std::uint64_t>(row.integer_at(1))};
        counted_at_ = now;
    }
    return counted_;
}

reader::tree_counts reader::count_trees() {
    return impl_->reading([&] { return impl_->count_trees(); });
}

std::vector<session> reader::sessions_of_root(std::int64_t root) {
    auto found = impl_->sessions(" WHERE id IN (SELECT session FROM thread WHERE root = ?1)", {root});
    std::ranges::sort(found, is_newer);
    return found;
}

std::optional<session> reader::session_of_exchange(std::int64_t exchange) {
    auto found = impl_->sessions(" WHERE id = (SELECT session FROM exchange WHERE id = ?1)", {exchange});
    return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

std::vector<thread> reader::threads(std::int64_t session) {
    return impl_->threads(" WHERE t.session = ?1 ORDER BY t.id", {session});
}

std::vector<std::int64_t> reader::exchanges(std::int64_t session, std::int64_t thread, std::int64_t after,
                                            std::size_t most) {
    const auto limit = static_cast<std::int64_t>(std::min<std::size_t>(most, highest));
    if (thread != 0) {
        return impl_->ids(
            "SELECT id FROM exchange WHERE session = ?1 AND session <> 0 AND id > ?2 AND thread = ?3"
            " ORDER BY id LIMIT ?4",
            {session, after, thread, limit});
    }
    return impl_->ids(
        "SELECT id FROM exchange WHERE session = ?1 AND session <> 0 AND id > ?2 ORDER BY id LIMIT ?3",
        {session, after, limit});
}

std::vector<std::int64_t> reader::exchanges_before(std::int64_t session, std::int64_t before,
                                                   std::size_t most) {
    return impl_->ids(
        "SELECT id FROM exchange WHERE session = ?1 AND session <> 0 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        {session, before, static_cast<std::int64_t>(std::min<std::size_t>(most, highest))});
}

std::vector<row_range> reader::exchanges_accepted(std::optional<std::int64_t> since_us,
                                                  std::optional<std::int64_t> until_us) {
    std::vector<row_range> found;
    for (const auto block :
         impl_->ids("SELECT block FROM exchange_times WHERE last_at >= ?1 AND first_at < ?2"
                    " ORDER BY block DESC",
                    {since_us.value_or(lowest), until_us.value_or(highest)})) {
        const auto first = block * rows_in_time_block;
        if (!found.empty() && found.back().first == first + rows_in_time_block) {
            found.back().first = first;
        } else {
            found.push_back({first, first + rows_in_time_block});
        }
    }
    return found;
}

std::vector<std::int64_t> reader::leaves(std::int64_t thread) {
    return impl_->ids(
        "SELECT leaf FROM thread WHERE id = ?1 AND leaf > 0"
        " UNION ALL SELECT node FROM leaf WHERE thread = ?1 ORDER BY 1",
        {thread});
}

std::vector<fork> reader::impl::forks(std::int64_t session) {
    std::vector<fork> found;
    auto& row =
        query("SELECT thread, node, cause FROM fork WHERE session = ?1 ORDER BY thread, node", {session});
    const sqlite::reset_at_end guard{row};
    while (row.step()) {
        found.push_back(
            {row.integer_at(1), row.integer_at(0), static_cast<fork_cause>(row.integer_at(2)), {}});
    }
    return found;
}

std::vector<fork> reader::fork_places(std::int64_t session) {
    return impl_->reading([&] { return impl_->forks(session); });
}

std::vector<fork> reader::forks(std::int64_t session) {
    auto found = fork_places(session);
    for (auto& one : found) {
        one.children =
            impl_->ids("SELECT child FROM fork_child WHERE thread = ?1 AND node = ?2 ORDER BY child LIMIT ?3",
                       {one.thread, one.node, most_children});
    }
    return found;
}

}  // namespace tapes::catalogue
