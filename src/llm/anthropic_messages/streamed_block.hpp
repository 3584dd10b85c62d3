#pragma once

#include "json.hpp"
#include "json_scan.hpp"
#include "streamed_text.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tapes::llm::anthropic_messages {

/// What a delta is for.
enum class delta_kind : std::uint8_t { text, thinking, signature, input, other };

delta_kind kind_of_delta(std::string_view type) noexcept;

/// A content block of a stream, folded as the official SDKs fold it: text and partial JSON are joined,
/// citations are gathered, a signature is replaced; null says nothing. Which kind of delta it was
/// does not matter, so that new kinds work. Throws simdjson::simdjson_error; what was folded in before stays.
class streamed_block {
public:
    /// Takes the `content_block` of its start. Adds to `held` roughly how many bytes more are held now, also
    /// where it throws.
    void begin(std::size_t& held, json_object block) { fold(held, block, true); }

    /// Folds a `delta` in. Adds to `held` as `begin` does.
    void add(std::size_t& held, json_object delta);

    /// Appends the block as a one-shot answer holds it.
    void write(std::string& out) const;

    /// Returns its type, "" before it began.
    std::string_view type() const noexcept { return text_of("type"); }

    /// Returns true where deltas of that kind belong to blocks of this type, as far as both are known.
    bool takes(delta_kind kind) const noexcept;

    /// Returns true before it has text, thinking or a call.
    bool says_nothing() const noexcept;

    bool is_signed() const noexcept { return !text_of("signature").empty(); }

    /// Returns true where it is a call whose input has begun and is not whole.
    bool has_open_input() const noexcept;

    /// Returns true where both are of one type, and have one name.
    bool names_as(const streamed_block& other) const noexcept;

    /// Returns true where it says all that `other` does.
    bool repeats(const streamed_block& other) const noexcept;

private:
    struct member {
        enum class kind : std::uint8_t { json, text, list };
        kind form = kind::json;
        streamed_text text;  ///< else JSON, of a list the elements with commas between them
    };

    void fold(std::size_t& held, json_object from, bool whole);
    std::size_t fold_member(std::string_view key, json_value from);
    static void take_elements(member& into, std::string_view elements);
    std::string_view text_of(std::string_view key) const noexcept;
    static void write_input(std::string& out, const std::string& input);

    std::map<std::string, member, std::less<>> members_;
    streamed_text partial_input_;
    json_scan progress_;  ///< of the input
};

}  // namespace tapes::llm::anthropic_messages
