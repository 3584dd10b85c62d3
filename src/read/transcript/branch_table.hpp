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
    /// thread with a great many branches the first 1,000 are told.
    branch_table(sources& from, std::int64_t session, std::int64_t thread,
                 const std::vector<store::chain_link>& chain);

    std::optional<branches> at(std::int64_t node) const;

private:
    void add_leaf(sources& from, std::int64_t leaf, const std::vector<store::chain_link>& chain);

    std::map<std::int64_t, branches> forks_;
    std::uint64_t steps_ = 0;
};

}  // namespace tapes::read
