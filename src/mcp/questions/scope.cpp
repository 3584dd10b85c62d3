#include "questions/scope.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace tapes::mcp {

namespace {

/// Those of other projects may come first.
constexpr std::size_t most_looked_at = 64;
constexpr std::size_t most_back = 10'000;

/// `@` and `@3`; nothing where `id` is neither.
std::optional<std::size_t> count_back(const std::string& id) {
    if (!id.starts_with('@')) {
        return std::nullopt;
    }
    std::size_t back = 0;
    const auto* const end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + 1, end, back);
    const bool good = id.size() == 1 || (read.ec == std::errc{} && read.ptr == end && back < most_back);
    return good ? std::optional{back} : std::nullopt;
}

[[noreturn]] void refuse_id(const question& asked, const std::string& id) {
    throw wrong_call{"there is no session, exchange or node \"" + id.substr(0, 128) + "\"" +
                     (asked.project().empty() ? "" : " in the project " + asked.project()) +
                     "; the tools list and search tell which there are"};
}

/// Several projects may have a session of one name.
std::vector<read::named> sessions_named(const question& asked, const std::string& id) {
    catalogue::session_filter filter;
    filter.project = asked.project();
    filter.name_prefix = id;
    std::vector<read::named> made;
    for (const auto& one : asked.from.catalogue->sessions(filter, id.empty() ? 0 : most_looked_at)) {
        made.push_back({read::named_kind::session, one.id, one.name, one.last_at_us, one.title});
    }
    return made;
}

bool allows_named(const question& asked, const read::named& one) {
    switch (one.kind) {
        case read::named_kind::session:
            return false;  // sessions_named() tells those
        case read::named_kind::exchange: {
            const auto exchange = asked.from.find_exchange(one.id);
            return exchange && asked.allows(exchange->project);
        }
        case read::named_kind::node:
            return asked.allows_chain(one.id);
    }
    return false;
}

}  // namespace

std::string question::project() const {
    return scope.all_projects ? given.text("project") : scope.project;
}

bool question::allows(const std::string& other) const {
    const auto limit = project();
    return (limit.empty() && scope.all_projects) || limit == other;
}

bool question::allows_chain(std::int64_t node) const {
    const auto row = from.chains.row(node);
    return row && allows(row->project);
}

read::named find_one(const question& asked, const std::string& id) {
    if (const auto back = count_back(id)) {
        catalogue::session_filter filter;
        filter.project = asked.project();
        const auto newest = asked.from.catalogue->sessions(filter, *back + 1);
        if (newest.size() <= *back) {
            refuse_id(asked, id);
        }
        const auto& one = newest[*back];
        return {read::named_kind::session, one.id, one.name, one.last_at_us, one.title};
    }
    auto found = sessions_named(asked, id);
    for (auto& one : read::find_named(asked.from, id, most_looked_at)) {
        // A session that no client has named has the name of its root.
        const bool known =
            std::ranges::any_of(found, [&](const auto& other) { return other.name == one.name; });
        if (!known && allows_named(asked, one)) {
            found.push_back(std::move(one));
        }
    }
    const auto is_whole = [&](const read::named& one) { return one.name == id; };
    if (std::ranges::any_of(found, is_whole)) {  // then nothing else is meant
        std::erase_if(found, [&](const read::named& one) { return !is_whole(one); });
    }
    if (found.empty()) {
        refuse_id(asked, id);
    }
    if (found.size() > 1) {
        throw wrong_call{"\"" + id.substr(0, 128) + "\" may mean any of " + std::to_string(found.size()) +
                         " things: give more of the name"};
    }
    return std::move(found.front());
}

catalogue::session find_session(const question& asked, const std::string& id) {
    const auto one = find_one(asked, id);
    if (one.kind != read::named_kind::session) {
        throw wrong_call{"\"" + id.substr(0, 128) + "\" is " +
                         (one.kind == read::named_kind::node ? "a node" : "an exchange") +
                         ", and this wants a session"};
    }
    auto session = asked.from.catalogue->session_by_id(one.id);
    if (!session) {
        refuse_id(asked, id);
    }
    return *std::move(session);
}

}  // namespace tapes::mcp
