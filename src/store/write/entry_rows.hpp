#pragma once

#include "write/chain_rows.hpp"
#include "write/exchange_amender.hpp"
#include "write/piece_rows.hpp"

#include <tapes/store/entry.hpp>
#include <tapes/store/log_kind.hpp>
#include <tapes/store/writer.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::store {

/// The indexes that stand beside the rows. They outlive a connection.
struct row_indexes {
    digest_index hashes{"node_by_hash", "node", "hash"};
    digest_index matches{"node_by_match", "node", "match"};
    digest_index pieces{"piece_by_digest", "piece", "digest"};

    const digest_index& of(indexed what) const noexcept {
        return what == indexed::node_hash ? hashes : what == indexed::node_match ? matches : pieces;
    }

    template <class Do>
    void each(Do&& act) {
        act(hashes);
        act(matches);
        act(pieces);
    }
};

/// Writes all rows of one entry: nodes, exchange, answers, wire, log. Within a transaction of the caller.
class entry_rows {
public:
    entry_rows(connection& db, row_indexes& indexes);

    /// Where ids stand; taken before what may be rolled back.
    struct mark {
        std::int64_t seq = 0;
        std::int64_t next_node = 1;
        std::int64_t next_piece = 1;
    };
    mark here() const noexcept { return {seq_, chains_.next_id(), pieces_.next_id()}; }
    void rolled_back_to(const mark& point) noexcept;

    /// What became of an entry.
    struct written {
        std::int64_t id = 0;
        capture::drop_reason dropped = capture::drop_reason::none;
        bool completes = false;  ///< it has brought the answer of an earlier exchange
    };
    written write(const entry& turn, std::int64_t now_us);
    /// How a row stood before it was amended, and stands now.
    struct amendment {
        capture::drop_reason before = capture::drop_reason::none;
        capture::drop_reason now = capture::drop_reason::none;
    };
    /// Replaces what the row `turn.exchange->amends` says of its answer by what the fuller one says. A turn
    /// stays one, whatever the fuller answer maps to.
    amendment amend(const entry& turn, std::int64_t now_us);
    /// Only the exchange and its log row, as `store_error`: of an entry that could not be written whole.
    void write_bare(const entry& turn, std::int64_t now_us);
    /// Another kind of log row, with the nodes that it announces.
    void write_log(log_kind kind, std::int64_t ref, const chain_rows::added& range, std::int64_t now_us);

    /// Of nodes that are inserted beside entries, under ids from `here().next_node` on.
    interner& strings() noexcept { return strings_; }
    chain_rows& chains() noexcept { return chains_; }

    std::int64_t last_seq() const noexcept { return seq_; }

private:
    /// The nodes of a turn's answers, as they stand in the store.
    struct answers {
        std::int64_t head = 0;  ///< 0: there is no turn
        merkle::digest head_hash{};
        struct choice {
            int index = 0;
            std::int64_t node = 0;
            merkle::digest hash{};
        };
        std::vector<choice> choices;  ///< empty where there is only one
    };
    answers answers_of(const entry& turn) const;

    std::int64_t answer_of(const entry& turn, const answers& answered, const chain_rows::added& range,
                           std::string_view parts);
    std::int64_t same_answer(const entry& turn, std::int64_t head, std::string_view parts);
    bool is_more(const entry& fuller);
    bool is_answered(const entry& turn);
    void complete(std::int64_t fetch, const entry& fuller, std::int64_t now_us);

    void write_exchange(const entry& turn, capture::drop_reason dropped, const answers& answered,
                        std::int64_t about, std::string_view parts, std::int64_t now_us);
    void write_choices(std::int64_t id, const answers& answered);
    void write_variants(const entry& turn);
    std::string write_pieces(const entry& turn, capture::drop_reason dropped);
    merkle::digest write_wire(std::int64_t id, const entry& turn, std::string_view parts);
    void write_times(std::int64_t id, std::string_view times);
    void write_names(std::int64_t id, const entry& turn);
    piece_rows::led_to led_to(const entry& turn) const;
    void append_log(log_kind kind, std::int64_t ref, const chain_rows::added& range, std::int64_t now_us);

    interner strings_;
    chain_rows chains_;
    piece_rows pieces_;
    statement exchange_;
    statement wire_;
    statement response_;
    statement item_;
    statement conversation_;
    statement variant_;
    statement answer_;
    statement log_;
    statement times_;
    statement fetched_;
    statement same_answers_;
    statement same_response_;
    exchange_amender amender_;
    std::int64_t seq_ = 0;
};

}  // namespace tapes::store
