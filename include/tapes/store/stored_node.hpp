#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::store {

/// A committed node, whole.
struct stored_node {
    std::int64_t id = 0;
    merkle::digest hash{};
    std::optional<merkle::digest> parent;
    merkle::digest root{};
    std::int64_t depth = 0;  ///< 0 at a root
    std::string role;
    std::string content;  ///< event form, see merkle::event_content
    std::string model, provider, agent_name, project, stop_reason;
    merkle::usage used;
    std::int64_t created_at_us = 0;  ///< microseconds since the epoch, UTC
};

}  // namespace tapes::store
