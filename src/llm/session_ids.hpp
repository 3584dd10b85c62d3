#pragma once

#include "json.hpp"

#include <string>
#include <string_view>

namespace tapes::llm {

/// The places where a client names its session, from the most to the least telling one.
struct session_ids {
    std::string prompt_cache_key;
    std::string session_id;
    std::string metadata_session_id;
    std::string metadata_user_id;

    /// Returns the first one that is there, else "".
    std::string best() &&;
};

/// Reads the session ids in a request's `metadata`.
void read_metadata(json_value from, session_ids& out);

/// Reads a member of a request to one of OpenAI's APIs, if it names a session.
void read_session_member(std::string_view key, json_value value, session_ids& out);

}  // namespace tapes::llm
