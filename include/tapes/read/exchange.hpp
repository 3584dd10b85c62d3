#pragma once

#include <tapes/catalogue/token_sums.hpp>
#include <tapes/read/cost.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tapes::read {

/// A request and how it ended, with what it used. Times are microseconds since the epoch, UTC, 0 where there
/// is none; text is empty where there is none.
struct exchange {
    std::int64_t seq = 0;
    std::string id;  ///< UUID, as in log lines
    std::int64_t accepted_at_us = 0;
    std::int64_t first_byte_at_us = 0;
    std::int64_t last_byte_at_us = 0;
    std::string method, path, api, provider, agent_name, project, caller;
    std::string program, client;  ///< the agent and the library that sent it
    std::string source;           ///< `ingest` or `import`; "": it passed the relay
    std::string session;          ///< as the client named it
    std::string model;            ///< requested
    std::string response_model;   ///< that answered
    std::string stop_reason;
    int status = 0;           ///< 0: no answer came
    std::string end_reason;   ///< `complete`, `client_closed`, …
    std::string drop_reason;  ///< why there is no turn; "": there is one
    std::string answer_of;    ///< the exchange (UUID) whose answer it is about, or has once more
    std::int64_t head = 0;    ///< node of its answer, 0: none
    bool streamed = false;    ///< the answer was asked for piece by piece
    std::uint64_t request_bytes = 0, response_bytes = 0;  ///< of the bodies on the wire
    std::optional<catalogue::token_sums> tokens;          ///< nothing where the provider told none
    bool cache_told = false;  ///< the provider told what was read from a cache, or written to one
    cost price;
};

}  // namespace tapes::read
