#include "file/row_values.hpp"

#include <tapes/store/node_difference.hpp>
#include <tapes/store/reader.hpp>

#include <algorithm>
#include <iterator>

namespace tapes::store {

namespace {

struct range {
    std::int64_t first = 0;
    std::int64_t last = 0;
    node_origin origin = node_origin::elsewhere;
};

/// The nodes of one store in the order of their hashes.
class side {
public:
    explicit side(const std::string& path) : db_{path, SQLITE_OPEN_READONLY} {
        statement log{db_,
                      "SELECT l.kind, w.exchange, l.first_node, l.last_node FROM log l"
                      " LEFT JOIN wire w ON l.kind IN (1, 4) AND w.exchange = l.ref"
                      " WHERE l.first_node IS NOT NULL ORDER BY l.seq"};
        while (log.step()) {
            const auto kind = static_cast<log_kind>(log.integer_at(0));
            const auto origin = kind != log_kind::exchange && kind != log_kind::amendment
                                    ? node_origin::elsewhere
                                : log.is_null(1) ? node_origin::exchange_without_bytes
                                                 : node_origin::kept_exchange;
            const auto first = log.integer_at(2);
            if (!ranges_.empty() && ranges_.back().origin == origin && ranges_.back().last + 1 == first) {
                ranges_.back().last = log.integer_at(3);
            } else {
                ranges_.push_back({first, log.integer_at(3), origin});
            }
        }
        next();
    }

    bool at_end() const noexcept { return at_end_; }
    const merkle::digest& hash() const noexcept { return hash_; }
    std::int64_t id() const { return rows_.integer_at(1); }
    void next() {
        at_end_ = !rows_.step();
        if (!at_end_) {
            hash_ = digest_of(rows_.blob_at(0)).value_or(merkle::digest{});
        }
    }

    node_origin origin() const {
        const auto behind = std::ranges::upper_bound(ranges_, id(), {}, &range::first);
        return behind == ranges_.begin() || std::prev(behind)->last < id() ? node_origin::elsewhere
                                                                           : std::prev(behind)->origin;
    }

    connection& db() noexcept { return db_; }

private:
    connection db_;
    statement rows_{db_, "SELECT hash, id FROM node ORDER BY hash"};
    std::vector<range> ranges_;  ///< by nodes
    merkle::digest hash_{};
    bool at_end_ = false;
};

std::vector<range> ranges_of(connection& db, const std::vector<std::int64_t>& rows) {
    std::vector<range> found;
    statement row{db, "SELECT first_node, last_node FROM log WHERE seq = ?1 AND first_node IS NOT NULL"};
    for (const auto seq : rows) {
        const reset_at_end guard{row};
        row.integer(1, seq);
        if (row.step()) {
            found.push_back({row.integer_at(0), row.integer_at(1), node_origin::kept_exchange});
        }
    }
    return found;
}

}  // namespace

void compare_nodes(const std::string& first, const std::string& second,
                   const std::vector<std::int64_t>& added,
                   const std::function<void(const lone_node&)>& each) {
    side a{first};
    side b{second};
    const auto expected = ranges_of(b.db(), added);
    while (!a.at_end() || !b.at_end()) {
        if (b.at_end() || (!a.at_end() && a.hash() < b.hash())) {
            each({a.hash(), true, a.origin(), false});
            a.next();
        } else if (a.at_end() || b.hash() < a.hash()) {
            const auto behind = std::ranges::upper_bound(expected, b.id(), {}, &range::first);
            const bool known = behind != expected.begin() && std::prev(behind)->last >= b.id();
            each({b.hash(), false, b.origin(), known});
            b.next();
        } else {
            a.next();
            b.next();
        }
    }
}

}  // namespace tapes::store
