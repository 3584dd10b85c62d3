#pragma once

#include "answer.hpp"
#include "question.hpp"
#include "text.hpp"

#include <string>
#include <string_view>

namespace tapes::mock::gemini {

/// A request to the Gemini API, as far as the mock reads it.
struct request : question {
    std::string error;  ///< why it is none; else ""
    bool thinking = false;
    bool searches_web = false;
    bool runs_code = false;
    bool in_events = false;    ///< `alt=sse`: else a stream is a JSON array
    bool in_envelope = false;  ///< as gemini-cli asks Code Assist
    int candidates = 1;
    bool cached = false;  ///< it names a `cachedContent`
};

/// Reads a body, and the target that it came to.
request read_request(std::string_view body, std::string_view target);

}  // namespace tapes::mock::gemini
