#pragma once

#include <tapes/llm/api.hpp>

#include <cstdint>
#include <string_view>

namespace tapes::llm::bedrock {

/// Which operation of Amazon Bedrock's runtime a path `…/model/ID/OPERATION` names.
enum class operation : std::uint8_t { none, invoke, invoke_stream, converse, converse_stream };

struct model_path {
    operation action = operation::none;
    std::string_view id = {};  ///< percent-encoded as it stands; an ARN may hold slashes
};

model_path read_model_path(std::string_view path) noexcept;

/// Tells whether a model with this id may speak Anthropic Messages: no other vendor is named in it. What an
/// ARN without a vendor stands for only the body tells.
bool may_be_anthropic(std::string_view id) noexcept;

/// What the path says: the model, and whether the answer is a stream.
path_facts facts_of(const model_path& from);

}  // namespace tapes::llm::bedrock
