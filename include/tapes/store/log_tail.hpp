#pragma once

#include <tapes/store/log_kind.hpp>
#include <tapes/store/placed.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// A row of the log without what it refers to.
struct log_place {
    std::uint64_t seq = 0;
    log_kind kind = log_kind::exchange;
    std::int64_t ref = 0;                        ///< exchange id or dead_letter_change.id; 0 of an import
    std::int64_t first_node = 0, last_node = 0;  ///< that were new with it; 0: none
    std::int64_t at_us = 0;                      ///< committed
};

/// Follows the end of the log, also one that another process writes. A read-only connection: one thread at a
/// time; holds no read transaction between calls. Throws open_error where `path` is no store of this version,
/// and std::runtime_error with SQLite's message when a query fails.
class log_tail {
public:
    explicit log_tail(const std::string& path);
    ~log_tail();
    log_tail(const log_tail&) = delete;
    log_tail& operator=(const log_tail&) = delete;

    /// Reads at most `most` rows behind `seq`, in order.
    std::vector<log_place> after(std::uint64_t seq, std::size_t most);
    /// Reads at most `most` rows before `seq`, the newest first.
    std::vector<log_place> before(std::uint64_t seq, std::size_t most);
    std::uint64_t last_seq();  ///< 0: there is none
    std::int64_t last_node();  ///< the newest id; 0: there is none
    /// When a row was committed, in microseconds; nothing where there is none of that number.
    std::optional<std::int64_t> committed_at(std::uint64_t seq);

    /// Returns a number that changes whenever another connection has committed. Costs less than a query.
    std::int64_t version();

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
