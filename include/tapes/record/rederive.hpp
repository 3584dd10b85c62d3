#pragma once

#include <tapes/store/verify.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tapes::record {

struct recheck_options {
    std::string path;
    std::vector<std::string> volatile_system = {};  ///< `record.volatile`, beside those of the store's note
    store::progress on_progress = {};
};

struct recheck_figures {
    std::uint64_t mapped = 0;         ///< exchanges whose bytes were mapped again
    std::uint64_t without_bytes = 0;  ///< exchanges of which only a row is stored
    std::uint64_t not_mapped = 0;     ///< exchanges of another mapping version, or too large
    /// Names, variants and nodes of pieces that only the bytes of such exchanges could prove.
    std::uint64_t unproved = 0;
};

/// Maps the stored bytes of each exchange again, on their own, and compares the result with what is stored:
/// the answer's nodes, the request's chain above them, model, ids and usage. Only reads, and may read a store
/// that is written to. Throws store::open_error as store::check_store.
recheck_figures recheck(const recheck_options& options, store::findings& findings);

struct rederive_options {
    std::string from;                               ///< a store; only read
    std::string to;                                 ///< a file that does not exist yet
    std::vector<std::string> volatile_system = {};  ///< `record.volatile`, beside those of the store's note
    store::progress on_progress = {};
    /// Called for each node by which the stores differ, with its hash.
    std::function<void(const std::string& line)> on_difference = {};
};

struct rederive_report {
    std::uint64_t exchanges = 0;
    std::uint64_t turns = 0;      ///< exchanges that are turns in the new store
    std::uint64_t new_turns = 0;  ///< turns that were none in the old store
    std::uint64_t lost_turns =
        0;  ///< turns of the old store that are none now, though their bytes are stored
    std::uint64_t without_bytes = 0;  ///< turns of which nothing but a row could be copied
    std::uint64_t new_nodes = 0;      ///< nodes of `new_turns`
    std::uint64_t without_bytes_nodes =
        0;                             ///< nodes left out because the bytes of their exchanges are not stored
    std::uint64_t imported_nodes = 0;  ///< nodes left out because no exchange brought them
    std::uint64_t missing_nodes = 0;   ///< nodes that the new store lacks
    std::uint64_t other_nodes = 0;     ///< nodes that the new store should not have

    bool same() const noexcept { return lost_turns == 0 && missing_nodes == 0 && other_nodes == 0; }
};

/// Makes a new store from the bytes that another one holds, in the order of its log, then compares the hashes
/// of both. Ids, times, endings, heads, sessions and the redaction key stay the same; nodes are made anew. An
/// exchange whose bytes are not stored is copied as a row without a turn (`store_error` where it was a turn).
/// One exchange is in memory at a time. Throws store::open_error, and std::runtime_error where reading or
/// writing fails; then `to` stays as far as it was made.
rederive_report rederive(const rederive_options& options);

}  // namespace tapes::record
