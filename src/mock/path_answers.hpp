#pragma once

#include "answers.hpp"

#include <string_view>

namespace tapes::mock {

/// Makes the answer of `make` to a request at a path that may name the model, and say that the answer is a
/// stream: Azure, Databricks, Vertex AI, Amazon Bedrock. Bedrock's streams are AWS event streams.
answer answer_at(std::string_view path, answerer make, std::string_view body, const shape& wanted,
                 std::uint64_t number);

}  // namespace tapes::mock
