#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::store {

/// An exchange that has ended, as far as others may want to hear of it. Never changes once committed. Text is
/// empty, and a number missing, where there is none; times are microseconds since the epoch, UTC.
struct logged_exchange {
    std::string id;  ///< UUID, as in log lines
    std::string api, method, path, provider, agent_name, project, session;
    std::string caller;  ///< see capture::exchange
    std::string model;   ///< requested
    std::string response_model, response_id, stop_reason;
    std::string end_reason, drop_reason;
    std::optional<std::int64_t> status;
    bool streamed = false;
    std::int64_t accepted_us = 0;
    std::optional<std::int64_t> first_byte_us, last_byte_us;
    std::int64_t committed_us = 0;
    merkle::usage used;
    std::optional<merkle::digest> head;  ///< of the turn; its root
    std::optional<merkle::digest> root;
};

}  // namespace tapes::store
