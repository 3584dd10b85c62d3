#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm::gemini {

// Reads what parts hold. The functions that take JSON throw simdjson::simdjson_error.

/// A `functionCall`, whole or a piece of one. Its `id` is not read: the API gives one or none, and clients
/// drop it, or make one up.
struct call_piece {
    std::string name;
    std::string arguments;   ///< as text, without white space between values
    bool in_pieces = false;  ///< it has `partialArgs`
    bool goes_on = false;    ///< more pieces will come
};

call_piece read_call(json_object from);

/// Reads a member of a `functionResponse` into its block; passes over its `parts`.
void read_result_member(std::string_view key, json_value from, merkle::block& result);

/// Reads an `inlineData` or `fileData`; nothing where it is empty.
std::optional<merkle::block> read_medium(json_object from);

/// Reads what has no fields of its own: a block of that type, without the `id` of an object. Nothing where it
/// says nothing.
std::optional<merkle::block> read_other(std::string_view key, json_value from);

/// Writes an object with its own keys in lower camel case, without members that are null.
std::string camel_members(json_object from, std::string_view left_out = {});

/// Tells whether a member of a candidate says what its text rests on.
bool is_source(std::string_view key) noexcept;

/// Adds a member, as JSON, to the object that a block keeps as its `raw`.
void add_detail(merkle::block& to, std::string_view member);

}  // namespace tapes::llm::gemini
