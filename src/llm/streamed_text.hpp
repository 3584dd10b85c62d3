#pragma once

#include "json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Assigns a string value that may begin or end in the midst of a character: half of a surrogate pair at
/// either end stays what it is, as its three bytes in the manner of UTF-8 (WTF-8), all else is as with
/// `read_text`. For `streamed_text`, which joins the halves. False, and `out` as it was, for other types.
bool read_piece(json_value from, std::string& out);

/// Tells whether a text is JSON, and not nested too deep to be looked through.
bool is_json(std::string_view text);

/// A text that a stream tells piece by piece. Halves of a surrogate pair in two pieces are one character.
///
/// Some servers send snapshots in place of deltas: each holds all the text so far. Deltas may look so by
/// chance ("ha", "haha"), so they are taken for snapshots only where every piece goes on from the one before
/// it, at least three of them with more text, and the last one is no repetition and longer than a token.
class streamed_text {
public:
    /// Takes the next piece. An empty one says nothing.
    void add(std::string_view piece);

    /// Takes the whole text, which replaces the pieces.
    void set(std::string text);

    bool empty() const noexcept { return pieces_.empty(); }
    std::size_t held_bytes() const noexcept { return pieces_.size(); }

    /// Returns the pieces, joined as they came.
    const std::string& joined() const noexcept { return pieces_; }

    /// Returns true where the pieces together are this text, or the last of snapshots is.
    bool is(std::string_view text) const noexcept;

    /// Returns true where each piece begins with the one before it, and the last with more than that.
    bool grows() const noexcept { return unbroken_ && growths_ > 0; }

    /// Returns the text, as UTF-8.
    std::string text() const;

    /// Returns a text that is to be JSON. Where all pieces together are none: the last one, if that is JSON
    /// and they may be snapshots, else what is left without `{}` and `null` before and behind it, if that is
    /// JSON.
    std::string json() const;

private:
    std::string_view last_piece() const noexcept;
    bool are_snapshots() const;

    std::string pieces_;
    std::size_t last_size_ = 0;
    std::uint8_t growths_ = 0;  ///< how often a piece was the one before it and more
    bool unbroken_ = true;      ///< every piece began with the one before it
};

}  // namespace tapes::llm
