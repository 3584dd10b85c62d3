#pragma once

#include <tapes/merkle/content.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// A field of a content block that holds a string, as events and the store name it.
struct block_field {
    enum class kind : std::uint8_t {
        text,  ///< a JSON string
        json   ///< a JSON value, which the member holds as text
    };

    std::string_view name;
    std::string block::*member;
    kind form = kind::text;
    bool in_match = true;  ///< false: part of the hash alone, for clients drop it
};

/// The fields in the order of the event form. `is_error`, the only flag, stands before `thinking`.
inline constexpr std::array<block_field, 15> block_fields{{
    {"type", &block::type},
    {"text", &block::text},
    {"image_url", &block::image_url},
    {"image_base64", &block::image_base64},
    {"media_type", &block::media_type},
    {"tool_use_id", &block::tool_use_id},
    {"tool_name", &block::tool_name},
    {"tool_input", &block::tool_input, block_field::kind::json},
    {"tool_result_id", &block::tool_result_id},
    {"tool_output", &block::tool_output},
    {"thinking", &block::thinking, block_field::kind::text, false},
    {"signature", &block::signature, block_field::kind::text, false},
    {"refusal", &block::refusal, block_field::kind::text, false},
    {"name", &block::name},
    {"raw", &block::raw, block_field::kind::json},
}};

}  // namespace tapes::merkle
