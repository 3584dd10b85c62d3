#include "file/digest_index.hpp"
#include "verify/parts.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace tapes::store {

namespace {

using slot = std::pair<std::int64_t, std::int64_t>;  ///< prefix, row

/// Looks for one digest in two rows.
class twins {
public:
    twins(connection& db, const std::string& rows, const std::string& column, bool unique, findings& wrong)
        : rows_{rows},
          unique_{unique},
          wrong_{wrong},
          digest_{db, "SELECT " + column + " FROM " + rows + " WHERE id = ?1"} {}

    /// Rows whose digests begin alike.
    void check(std::int64_t one, std::int64_t other) {
        if (!unique_ || one == other) {
            return;
        }
        const auto a = digest(one);
        if (!a.empty() && a == digest(other)) {
            wrong_.add(rows_ + " " + std::to_string(std::max(one, other)) + ": is there already, as " +
                       rows_ + " " + std::to_string(std::min(one, other)));
        }
    }

private:
    std::vector<std::uint8_t> digest(std::int64_t id) {
        const reset_at_end guard{digest_};
        digest_.integer(1, id);
        if (!digest_.step()) {
            return {};
        }
        const auto bytes = digest_.blob_at(0);
        return {bytes.begin(), bytes.end()};
    }

    std::string rows_;
    bool unique_;
    findings& wrong_;
    statement digest_;
};

/// Rows that no index holds yet.
std::vector<slot> read_tail(connection& db, std::int64_t after, std::int64_t last, const std::string& rows,
                            const std::string& column) {
    std::vector<slot> tail;
    statement query{db, "SELECT id, " + column + " FROM " + rows + " WHERE id > ?1 AND id <= ?2 AND " +
                            column + " IS NOT NULL ORDER BY id LIMIT ?3"};
    while (true) {
        const reset_at_end guard{query};
        query.integer(1, after);
        query.integer(2, last);
        query.integer(3, rows_at_once);
        std::int64_t count = 0;
        for (; query.step(); ++count) {
            after = query.integer_at(0);
            if (const auto value = digest_of(query.blob_at(1))) {
                tail.emplace_back(prefix_of(*value), after);
            }
        }
        if (count < rows_at_once) {
            std::ranges::sort(tail);
            return tail;
        }
    }
}

std::int64_t count_indexed(connection& db, std::int64_t last, const std::string& rows,
                           const std::string& column) {
    statement query{db, "SELECT count(" + column + ") FROM " + rows + " WHERE id > ?1 AND id <= ?2"};
    std::int64_t sum = 0;
    constexpr std::int64_t step = 65536;
    for (std::int64_t after = 0; after < last; after += step) {
        const reset_at_end guard{query};
        query.integer(1, after);
        query.integer(2, std::min(after + step, last));
        if (query.step()) {
            sum += query.integer_at(0);
        }
    }
    return sum;
}

}  // namespace

void verify_index(connection& db, const verify_bounds& until, const std::string& table,
                  const std::string& rows, const std::string& column, bool unique, findings& wrong) {
    const auto last = rows == "node" ? until.last_node : until.last_piece;
    const auto to = until.indexed(table);
    if (to > last || to < 0) {
        wrong.add("index_state: " + table + " is said to reach row " + std::to_string(to) + " of " +
                  std::to_string(last));
        return;
    }
    twins same{db, rows, column, unique, wrong};
    const auto tail = read_tail(db, to, last, rows, column);
    for (std::size_t i = 1; i < tail.size(); ++i) {
        if (tail[i].first == tail[i - 1].first) {
            same.check(tail[i].second, tail[i - 1].second);
        }
    }
    statement page{db, "SELECT prefix, row, typeof(prefix) = 'integer' AND typeof(row) = 'integer' FROM " +
                           table + " WHERE (prefix, row) > (?1, ?2) ORDER BY prefix, row LIMIT ?3"};
    slot at{std::numeric_limits<std::int64_t>::min(), -1};
    bool first = true;
    std::int64_t within = 0;
    for (std::int64_t count = rows_at_once; count == rows_at_once;) {
        std::vector<slot> read;
        {
            const reset_at_end guard{page};
            page.integer(1, at.first);
            page.integer(2, at.second);
            page.integer(3, rows_at_once);
            while (page.step()) {
                if (page.integer_at(2) == 0) {  // none to go on from
                    wrong.add("index " + table + ": a row holds other than numbers");
                    return;
                }
                read.emplace_back(page.integer_at(0), page.integer_at(1));
            }
        }
        count = static_cast<std::int64_t>(read.size());
        for (const auto& one : read) {
            if (one.second > to) {
                continue;  // on its way into the table; looked at as a row of the tail
            }
            ++within;
            if (!first && one.first == at.first) {
                same.check(at.second, one.second);
            }
            const auto [from, end] = std::ranges::equal_range(tail, one.first, {}, &slot::first);
            for (auto each = from; each != end; ++each) {
                same.check(each->second, one.second);
            }
            at = one;
            first = false;
        }
        if (!read.empty()) {
            at = read.back();
        }
    }
    if (const auto expected = count_indexed(db, to, rows, column); within != expected) {
        wrong.add("index " + table + ": has " + std::to_string(within) + " rows for the " +
                  std::to_string(expected) + " up to " + rows + " " + std::to_string(to));
    }
}

}  // namespace tapes::store
