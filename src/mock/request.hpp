#pragma once

#include <string>
#include <string_view>

namespace tapes::mock {

/// What an answer depends on of a Chat Completions request.
struct request {
    std::string model = "gpt-4o";
    std::string said;       ///< the text of the last message that has one: the user's, or a tool's result
    std::string last_role;  ///< of the last message
    std::string tools;      ///< JSON array; empty where tools are not to be called
    int choices = 1;
    bool stream = false;
    bool include_usage = false;
};

enum class request_error : unsigned char { none, not_json, no_messages };

/// Reads a request body in place: `body` must have request_padding bytes behind it.
request_error read_request(std::string_view body, request& out);

}  // namespace tapes::mock
