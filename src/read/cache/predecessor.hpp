#pragma once

#include "request/stored_request.hpp"

#include <tapes/read/cache_miss.hpp>

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace tapes::read {

struct predecessor {
    predecessor_kind kind = predecessor_kind::none;
    std::optional<exchange> one;
};

/// Finds the exchange that should have left its prefix in the cache for another one: an ancestor by the chain
/// of nodes. What is hashed into nodes (the model, the system text, each message) makes another chain where
/// it is changed; then the requests of the session tell which one comes again.
class predecessors {
public:
    predecessors(sources& from, stored_requests& requests) : from_{from}, requests_{requests} {}

    predecessor find(const exchange& one);

private:
    std::optional<exchange> newest_before(std::int64_t answer, const exchange& one);
    std::optional<exchange> retried(const exchange& one, std::int64_t parent);
    std::optional<exchange> answered_ancestor(const exchange& one, std::int64_t& node, int most,
                                              bool& rewritten);
    std::vector<exchange> newest_of_session(const exchange& one);
    std::optional<exchange> rewritten_one(const exchange& one, const std::optional<exchange>& ancestor,
                                          std::vector<exchange>& candidates);
    std::int64_t session_of(const exchange& one);
    void remember_forks_of(std::int64_t session);

    sources& from_;
    stored_requests& requests_;
    std::int64_t asked_ = 0;          ///< the exchange that was looked up last
    std::int64_t asked_session_ = 0;  ///< its session; 0: none
    std::int64_t session_ = 0;        ///< whose forks are remembered
    std::unordered_multimap<std::int64_t, std::int64_t> fork_threads_;  ///< by node
};

}  // namespace tapes::read
