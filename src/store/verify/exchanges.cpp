#include "file/exchange_digest.hpp"
#include "verify/parts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::store {

namespace {

using capture::drop_reason_names;
using capture::end_reason_names;

constexpr const char* exchange_rows_query =
    "SELECT e.id, e.uuid, e.end_reason, e.drop_reason, e.head, h.id, l.kind, l.ref,"
    " (SELECT count(*) FROM exchange_node a WHERE a.exchange = e.id),"
    " (SELECT count(*) FROM exchange_node a LEFT JOIN node n ON n.id = a.node"
    "   WHERE a.exchange = e.id AND n.id IS NULL),"
    " (SELECT a.node FROM exchange_node a WHERE a.exchange = e.id ORDER BY a.choice LIMIT 1),"
    " e.mapping_version, e.method, e.upstream, e.project, e.agent, e.provider, e.api, e.model,"
    " e.response_model, e.stop_reason, e.program, e.client, e.digest, e.request_bytes, e.response_bytes,"
    " e.captured_request_bytes, e.captured_response_bytes,"
    " (SELECT r.id FROM response r WHERE r.id = e.response_id AND r.exchange >= e.id), l.first_node,"
    " e.answer_of IS NULL OR EXISTS(SELECT 1 FROM exchange o WHERE o.id = e.answer_of AND o.id < e.id"
    "   AND o.response_id IS e.response_id AND o.provider IS e.provider)"
    " FROM exchange e LEFT JOIN node h ON h.id = e.head LEFT JOIN log l ON l.seq = e.id"
    " WHERE e.id > ?1 AND e.id <= ?2 ORDER BY e.id LIMIT ?3";

class exchange_check {
public:
    exchange_check(connection& db, const verify_bounds& until, findings& wrong)
        : until_{until}, wrong_{wrong}, strings_{db}, digests_{db}, rows_{db, exchange_rows_query} {}

    /// Returns where it came to.
    std::int64_t page(std::int64_t after, verify_figures& seen) {
        const reset_at_end guard{rows_};
        rows_.integer(1, after);
        rows_.integer(2, until_.last_seq);
        rows_.integer(3, rows_at_once);
        std::int64_t count = 0;
        for (; rows_.step(); ++count) {
            id_ = after = rows_.integer_at(0);
            ++seen.exchanges;
            check();
        }
        seen.without_digest = without_digest_;
        return count < rows_at_once ? until_.last_seq : after;
    }

    /// The ledger counts what is there, and no less was accepted than settled.
    void check_ledger() {
        const auto& told = until_.totals;
        const auto differs = [&](const std::string& problem, std::uint64_t total, std::uint64_t rows) {
            wrong_.add("total " + problem + ": is " + std::to_string(total) + ", there are " +
                       std::to_string(rows) + " such exchanges");
        };
        if (told.recorded != counts_[0]) {
            differs("recorded", told.recorded, counts_[0]);
        }
        for (std::size_t i = 1; i < counts_.size(); ++i) {
            const bool exact = !may_lack_row(static_cast<capture::drop_reason>(i));
            if (told.dropped[i] < counts_[i] || (exact && told.dropped[i] != counts_[i])) {
                differs("dropped." + std::string{drop_reason_names[i]}, told.dropped[i], counts_[i]);
            }
        }
        if (told.accepted < told.recorded + told.dropped_total()) {
            wrong_.add("total accepted: is " + std::to_string(told.accepted) + ", less than the " +
                       std::to_string(told.recorded + told.dropped_total()) + " that were settled");
        }
    }

private:
    /// What had no memory or no disk for a row, and what a crash took, is counted alone.
    static bool may_lack_row(capture::drop_reason reason) noexcept {
        return reason == capture::drop_reason::over_budget || reason == capture::drop_reason::store_error ||
               reason == capture::drop_reason::crash;
    }

    void tell(const std::string& problem) { wrong_.add("exchange " + std::to_string(id_) + ": " + problem); }

    void check() {
        check_digest();
        if (rows_.blob_at(1).size() != 16) {
            tell("its id is no UUID");
        }
        if (rows_.is_null(6) || rows_.integer_at(6) != 1 || rows_.integer_at(7) != id_) {
            tell("is in no row of the log");
        }
        if (rows_.integer_at(first_name - 1) < 1) {
            tell("its mapping_version is " + std::to_string(rows_.integer_at(first_name - 1)));
        }
        for (int i = first_name; i < first_name + names; ++i) {
            if (strings_.find(rows_.integer_at(i)) == nullptr) {
                tell("string " + std::to_string(rows_.integer_at(i)) + " is missing");
            }
        }
        const auto* const ended = strings_.find(rows_.integer_at(2));
        if (ended == nullptr || std::ranges::find(end_reason_names, *ended) == end_reason_names.end()) {
            tell("its end_reason is none");
        }
        const auto* const dropped = strings_.find(rows_.integer_at(3));
        const auto reason =
            dropped == nullptr ? drop_reason_names.end() : std::ranges::find(drop_reason_names, *dropped);
        if (reason == drop_reason_names.end()) {
            tell("its drop_reason is none");
            return;
        }
        ++counts_[static_cast<std::size_t>(reason - drop_reason_names.begin())];
        check_head(dropped->empty());
        if (rows_.integer_at(answered) == 0) {
            tell("the exchange whose answer it is about has none of its response_id");
        }
        check_bytes(static_cast<capture::drop_reason>(reason - drop_reason_names.begin()));
    }

    /// All that came was captured, but for what the budget refused.
    void check_bytes(capture::drop_reason dropped) {
        for (const auto& [name, at] : {std::pair{"request", request_bytes}, {"answer", request_bytes + 1}}) {
            const auto captured = rows_.optional_at(at + 2);
            if (captured && dropped != capture::drop_reason::over_budget) {
                tell("of the " + std::to_string(rows_.integer_at(at)) + " bytes of its " + name +
                     " that came, " + std::to_string(*captured) + " were captured");
            }
        }
    }

    void check_digest() {
        if (rows_.is_null(digest)) {
            if (rows_.integer_at(first_name - 1) > last_mapping_without_digest) {
                tell("has no digest");
            }
            ++without_digest_;
            return;
        }
        const auto stored = digest_of(rows_.blob_at(digest));
        if (!stored || digests_.of(id_) != stored) {
            tell("what is kept of it is not what its digest says");
        }
    }

    void check_head(bool turn) {
        const auto head = rows_.integer_at(4);
        // A request that only prepared, and asked nothing, is known by its response id alone.
        const bool prepared =
            turn && head == 0 && !rows_.is_null(named_response) && rows_.is_null(named_response + 1);
        if (turn != (head != 0) && !prepared) {
            tell(turn ? "is a turn without an answer's node" : "is no turn, yet has an answer's node");
        }
        if (head != 0 && rows_.is_null(5)) {
            tell("its answer, node " + std::to_string(head) + ", is missing");
        }
        const auto answers = rows_.integer_at(8);
        if (rows_.integer_at(9) != 0) {
            tell("the node of one of its choices is missing");
        } else if (answers == 1 || (answers > 1 && rows_.integer_at(10) != head)) {
            tell("its choices do not begin with its answer");
        }
    }

    /// The columns that are ids of strings, but for the reasons.
    static constexpr int first_name = 12;
    static constexpr int names = 11;
    static constexpr int digest = first_name + names;
    static constexpr int request_bytes = digest + 1;
    static constexpr int named_response = request_bytes + 4;
    static constexpr int answered = named_response + 2;

    /// Exchanges of that mapping were recorded before they had digests.
    static constexpr std::int64_t last_mapping_without_digest = 1;

    const verify_bounds& until_;
    findings& wrong_;
    string_table strings_;
    exchange_digests digests_;
    statement rows_;
    std::int64_t id_ = 0;
    std::uint64_t without_digest_ = 0;
    std::array<std::uint64_t, drop_reason_names.size()> counts_{};
};

}  // namespace

void verify_exchanges(connection& db, const verify_options& options, const verify_bounds& until,
                      verify_figures& seen, findings& wrong) {
    const progress_steps steps{options.on_progress, "exchanges", until.last_seq};
    exchange_check check{db, until, wrong};
    for (std::int64_t at = 0; at < until.last_seq;) {
        at = check.page(at, seen);
        steps.reached(at);
    }
    check.check_ledger();
    if (until.last_exchange > until.last_seq) {
        wrong.add("exchange " + std::to_string(until.last_exchange) + ": stands behind the end of the log, " +
                  std::to_string(until.last_seq));
    }
    verify_references(db, wrong);
}

}  // namespace tapes::store
