#pragma once

#include "answer.hpp"
#include "question.hpp"

#include <string_view>

namespace tapes::mock {

/// A request of Chat Completions as far as it decides the answer.
struct chat_request : question {
    int choices = 1;
    bool include_usage = false;
    bool deferred = false;  ///< xAI: the answer is fetched later
};

enum class request_error : unsigned char { none, not_json, no_messages };

/// Reads a request body in place: `body` must have request_padding bytes behind it. Tools are read where
/// calls are asked for.
request_error read_chat_request(std::string_view body, const shape& wanted, chat_request& out);

}  // namespace tapes::mock
