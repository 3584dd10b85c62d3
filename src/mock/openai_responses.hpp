#pragma once

#include "answer.hpp"
#include "text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::mock {

/// An answer of the Responses API, before it is written.
struct response_plan {
    json response;           ///< as it ends: with its output and usage
    std::size_t pieces = 0;  ///< of each text in a stream; 0: by its length
};

/// Writes the events of a stream in the order that OpenAI documents: the answer as it began, each item from
/// its announcement over its pieces to the whole, the answer as it ended. Numbered by `sequence_number`.
void write_response_events(const response_plan& from, answer& out);

}  // namespace tapes::mock
