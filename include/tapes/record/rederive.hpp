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
    std::uint64_t without_bytes = 0;  ///< of which nothing but a row is kept
    std::uint64_t not_mapped = 0;     ///< of another mapping version, or too large
};

/// Maps the kept bytes of each exchange again, on their own, and compares what they give with what is stored:
/// the answer's nodes, the chain of its request as their ancestry, model, ids and usage. Read-only, also of a
/// store that is written to. Throws store::open_error as store::check_store.
recheck_figures recheck(const recheck_options& how, store::findings& wrong);

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
    std::uint64_t turns = 0;                ///< of them
    std::uint64_t new_turns = 0;            ///< that were none
    std::uint64_t lost_turns = 0;           ///< that no longer are, though their bytes are kept
    std::uint64_t without_bytes = 0;        ///< turns of which nothing but a row could be copied
    std::uint64_t new_nodes = 0;            ///< of `new_turns`
    std::uint64_t without_bytes_nodes = 0;  ///< left out: of exchanges whose bytes are not kept
    std::uint64_t imported_nodes = 0;       ///< left out: no exchange brought them
    std::uint64_t missing_nodes = 0;        ///< that should be in the new store
    std::uint64_t other_nodes = 0;          ///< that should not

    bool same() const noexcept { return lost_turns == 0 && missing_nodes == 0 && other_nodes == 0; }
};

/// Makes a new store of the bytes that another has kept, in the order of its log: ids, times, endings, heads
/// and sessions stay, nodes are made anew; then compares the hashes of both. An exchange whose bytes are not
/// kept is copied as a row without a turn (`store_error` where it was one). The key of redactions is the
/// same. One exchange is in memory at a time. Throws store::open_error, and std::runtime_error where reading
/// or writing fails; what was made of `to` stays.
rederive_report rederive(const rederive_options& how);

}  // namespace tapes::record
