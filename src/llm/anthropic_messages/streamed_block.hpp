#pragma once

#include "json.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tapes::llm::anthropic_messages {

/// A content block of a stream, folded as the official SDKs fold it: text and partial JSON are joined,
/// citations are gathered, a signature is replaced; null says nothing. Which kind of delta it was
/// does not matter, so that new kinds work. Throws simdjson::simdjson_error; what was folded in before stays.
class streamed_block {
public:
    /// Takes the `content_block` of its start. Returns roughly how many bytes more are held now.
    std::size_t begin(json_object block) { return fold(block, true); }

    /// Folds a `delta` in. Returns the same as `begin`.
    std::size_t add(json_object delta);

    /// Appends the block as a one-shot answer holds it.
    void write(std::string& out) const;

private:
    struct member {
        enum class kind : std::uint8_t { json, text, list };
        kind form = kind::json;
        std::string value;  ///< the text itself; else JSON, of a list the elements with commas between them
    };

    std::size_t fold(json_object from, bool whole);
    std::size_t fold_member(std::string_view key, json_value from);
    void write_input(std::string& out) const;

    std::map<std::string, member, std::less<>> members_;
    std::string partial_input_;
};

}  // namespace tapes::llm::anthropic_messages
