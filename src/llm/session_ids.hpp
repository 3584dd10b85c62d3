#pragma once

#include "json.hpp"

#include <string>

namespace tapes::llm {

/// The client's own session id, from the most to the least telling place.
struct session_ids {
    std::string prompt_cache_key;
    std::string session_id;
    std::string metadata_session_id;
    std::string metadata_user_id;

    /// The first that is there, else "".
    std::string best() &&;
};

/// Takes what a request's `metadata` says.
void read_metadata(json_value from, session_ids& out);

}  // namespace tapes::llm
