#pragma once

#include <tapes/llm/api.hpp>

#include <string_view>

namespace tapes::llm::openai {

/// Reads a path of Chat Completions, Responses or Completions. Azure names a deployment in it, Databricks a
/// serving endpoint: they stand for the model (docs/mapping.md).
path_facts read_path(std::string_view path);

/// Tells whether a path is that of a Databricks serving endpoint, whose body says what it serves.
bool is_serving_endpoint(std::string_view path) noexcept;

}  // namespace tapes::llm::openai
