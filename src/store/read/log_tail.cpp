#include "file/readable.hpp"
#include "file/row_values.hpp"
#include "read/log_end.hpp"

#include <tapes/store/log_tail.hpp>
#include <tapes/store/store.hpp>

#include <limits>

namespace tapes::store {

namespace {

constexpr const char* places_after_query =
    "SELECT seq, kind, ref, first_node, last_node, at FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
constexpr const char* places_before_query =
    "SELECT seq, kind, ref, first_node, last_node, at FROM log WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2";

std::vector<log_place> read_places(statement& query, std::uint64_t from, std::size_t most) {
    std::vector<log_place> found;
    const reset_at_end guard{query};
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    query.integer(1, static_cast<std::int64_t>(from < largest ? from : largest));
    query.integer(2, static_cast<std::int64_t>(most));
    while (query.step()) {
        auto& made = found.emplace_back();
        made.seq = static_cast<std::uint64_t>(query.integer_at(0));
        made.kind = static_cast<log_kind>(query.integer_at(1));
        made.ref = query.integer_at(2);
        made.first_node = query.integer_at(3);
        made.last_node = query.integer_at(4);
        made.at_us = query.integer_at(5);
    }
    return found;
}

}  // namespace

class log_tail::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    connection db;
    statement after{db, places_after_query};
    statement before{db, places_before_query};
    log_end end{db};
    statement version{db, "PRAGMA data_version"};
};

log_tail::log_tail(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path); }} {}
log_tail::~log_tail() = default;

std::vector<log_place> log_tail::after(std::uint64_t seq, std::size_t most) {
    return read_places(impl_->after, seq, most);
}

std::vector<log_place> log_tail::before(std::uint64_t seq, std::size_t most) {
    return read_places(impl_->before, seq, most);
}

std::uint64_t log_tail::last_seq() {
    return impl_->end.last_seq();
}

std::int64_t log_tail::last_node() {
    return impl_->end.last_node();
}

std::optional<std::int64_t> log_tail::committed_at(std::uint64_t seq) {
    return impl_->end.committed_at(seq);
}

std::int64_t log_tail::version() {
    auto& query = impl_->version;
    const reset_at_end guard{query};
    return query.step() ? query.integer_at(0) : 0;
}

}  // namespace tapes::store
