#include "verify/parts.hpp"

#include <tapes/store/log_kind.hpp>

#include <algorithm>
#include <unordered_set>

namespace tapes::store {

namespace {

constexpr const char* log_rows_query =
    "SELECT l.seq, l.kind, l.ref, l.first_node, l.last_node, x.id, d.id, l.at FROM log l"
    " LEFT JOIN exchange x ON l.kind IN (1, 4) AND x.id = l.ref"
    " LEFT JOIN dead_letter_change d ON l.kind = 2 AND d.id = l.ref"
    " WHERE l.seq > ?1 AND l.seq <= ?2 ORDER BY l.seq LIMIT ?3";

class log_check {
public:
    log_check(connection& db, const verify_bounds& until, findings& wrong)
        : until_{until},
          wrong_{wrong},
          rows_{db, log_rows_query},
          created_{db, "SELECT id, created_at FROM node WHERE id > ?1 AND id <= ?2"} {}

    /// Returns where it came to.
    std::int64_t page(std::int64_t after, verify_figures& seen) {
        const reset_at_end guard{rows_};
        rows_.integer(1, after);
        rows_.integer(2, until_.last_seq);
        rows_.integer(3, rows_at_once);
        std::int64_t count = 0;
        for (; rows_.step(); ++count) {
            seq_ = rows_.integer_at(0);
            for (++after; after < seq_; ++after) {
                wrong_.add("log row " + std::to_string(after) + ": is missing");
            }
            ++seen.log_rows;
            times_.insert(rows_.integer_at(7));
            check_ref();
            check_range(seen);
        }
        if (count == rows_at_once) {
            return after;
        }
        for (++after; after <= until_.last_seq; ++after) {
            wrong_.add("log row " + std::to_string(after) + ": is missing");
        }
        return until_.last_seq;
    }

    void end(verify_figures& seen) { check_unlogged(until_.last_node, seen); }

private:
    void tell(const std::string& problem) { wrong_.add("log row " + std::to_string(seq_) + ": " + problem); }

    void check_ref() {
        const auto ref = std::to_string(rows_.integer_at(2));
        switch (rows_.integer_at(1)) {
            case static_cast<int>(log_kind::exchange):
                if (rows_.is_null(5)) {
                    tell("exchange " + ref + " is missing");
                } else if (rows_.integer_at(2) != seq_) {
                    tell("names exchange " + ref + ", which has another number");
                }
                break;
            case static_cast<int>(log_kind::amendment):
                if (rows_.is_null(5) || rows_.integer_at(2) >= seq_) {
                    tell("amends exchange " + ref + ", which was not there before it");
                }
                break;
            case static_cast<int>(log_kind::dead_letter):
                if (rows_.is_null(6)) {
                    tell("change " + ref + " of a dead letter is missing");
                }
                break;
            default:
                break;  // what a later part of the program appends
        }
    }

    void check_range(verify_figures& seen) {
        if (rows_.is_null(3) && rows_.is_null(4)) {
            return;
        }
        const auto first = rows_.integer_at(3);
        const auto last = rows_.integer_at(4);
        const auto range = "nodes " + std::to_string(first) + " to " + std::to_string(last);
        if (first > last || first < 1 || last > until_.last_node) {
            tell("its " + range + " cannot be");
        } else if (first <= last_node_) {
            tell("its " + range + " are in an earlier row too, which ends at " + std::to_string(last_node_));
        } else {
            check_unlogged(first - 1, seen);
        }
        if (last <= until_.last_node) {
            last_node_ = std::max(last_node_, last);
        }
        times_ = {rows_.integer_at(7)};
    }

    /// Nodes between two ranges may have been imported. Those of a turn have the time of its log row.
    void check_unlogged(std::int64_t to, verify_figures& seen) {
        for (auto after = last_node_; after < to;) {
            const auto end = std::min(after + rows_at_once, to);
            const reset_at_end guard{created_};
            created_.integer(1, after);
            created_.integer(2, end);
            while (created_.step()) {
                ++seen.unlogged_nodes;
                if (times_.contains(created_.integer_at(1))) {
                    wrong_.add("node " + std::to_string(created_.integer_at(0)) +
                               ": came with a turn, but is in no row of the log");
                }
            }
            after = end;
        }
    }

    const verify_bounds& until_;
    findings& wrong_;
    statement rows_;
    statement created_;
    std::unordered_set<std::int64_t> times_;  ///< of the rows since the last range, and of its own
    std::int64_t seq_ = 0;
    std::int64_t last_node_ = 0;  ///< of the ranges so far
};

}  // namespace

void verify_log(connection& db, const verify_options& options, const verify_bounds& until,
                verify_figures& seen, findings& wrong) {
    const progress_steps steps{options.on_progress, "log", until.last_seq};
    log_check check{db, until, wrong};
    for (std::int64_t at = 0; at < until.last_seq;) {
        at = check.page(at, seen);
        steps.reached(at);
    }
    check.end(seen);
}

}  // namespace tapes::store
