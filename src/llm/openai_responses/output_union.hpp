#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tapes::llm::openai_responses {

/// An output item as the events of a stream told it.
struct told_item {
    std::int64_t order = 0;  ///< its place in the output
    std::string json;
};

/// Puts together the `output` of a final object (a JSON array) and the items that the events told. What the
/// final object has stands first: an item is the same where its id or its call's id is, where it says the
/// same, or where it is of the same type in the same place. What only one of them has is kept. Returns a JSON
/// array. Throws simdjson::simdjson_error for what is no JSON.
std::string output_union(const std::string& output, std::vector<told_item> told);

}  // namespace tapes::llm::openai_responses
