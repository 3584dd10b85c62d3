#pragma once

#include <tapes/read/transcript.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace tapes::read {

/// The branches of a thread that leave a chain of it, by the node where they do.
class branch_table {
public:
    /// Without a session, or without a catalogue, it is empty. Walks up from each leaf to the chain; of a
    /// thread with a great many branches the first 1,000 are told, and of the others how many leave where.
    /// `from` outlives it.
    branch_table(sources& from, std::int64_t session, std::int64_t thread,
                 const std::vector<store::chain_link>& chain);

    std::optional<branches> at(std::int64_t node) const;

private:
    void add_leaf(std::int64_t leaf, const std::vector<store::chain_link>& chain);
    void add_forks(std::int64_t session, const std::vector<store::chain_link>& chain);
    std::uint64_t not_told(const branches& of) const;

    sources& from_;
    std::int64_t thread_;
    std::map<std::int64_t, branches> forks_;
    std::map<std::int64_t, std::int64_t> next_;  ///< of the chain, behind a fork
    std::uint64_t steps_ = 0;
    bool all_ = true;  ///< no leaf was left out
};

}  // namespace tapes::read
