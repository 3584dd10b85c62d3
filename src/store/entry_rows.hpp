#pragma once

#include "chain_rows.hpp"

#include <tapes/store/entry.hpp>

#include <cstdint>

namespace tapes::store {

/// Writes all rows of one entry: nodes, exchange, answers, wire, log. Within a transaction of the caller.
class entry_rows {
public:
    explicit entry_rows(connection& db);

    /// Where ids stand; taken before what may be rolled back.
    struct mark {
        std::int64_t seq = 0;
        std::int64_t next_node = 1;
    };
    mark here() const noexcept { return {seq_, chains_.next_id()}; }
    void rolled_back_to(const mark& point) noexcept;

    void write(const entry& of, std::int64_t now_us);
    /// Only the exchange and its log row, as `store_error`: of an entry that could not be written whole.
    void write_bare(const entry& of, std::int64_t now_us);
    /// Another kind of log row.
    void write_log(int kind, std::int64_t ref, std::int64_t now_us);

    std::int64_t last_seq() const noexcept { return seq_; }

private:
    void write_exchange(const entry& of, capture::drop_reason dropped, std::int64_t head,
                        std::int64_t now_us);
    void write_wire(const entry& of);
    void append_log(int kind, std::int64_t ref, const chain_rows::added& range, std::int64_t now_us);

    interner strings_;
    chain_rows chains_;
    statement exchange_;
    statement wire_;
    statement answer_;
    statement log_;
    std::int64_t seq_ = 0;
};

}  // namespace tapes::store
