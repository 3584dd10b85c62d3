#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::llm {

// Makes content blocks, as all APIs do alike. The functions that take JSON throw simdjson::simdjson_error.

/// Adds a block of text, but none for an empty text.
void add_text(std::vector<merkle::block>& to, std::string text);

/// Adds a refusal, which clients drop on the way back; none for an empty text.
void add_refusal(std::vector<merkle::block>& to, std::string refusal);

/// Adds thinking, which clients drop on the way back; none where text and signature are both empty.
void add_thinking(std::vector<merkle::block>& to, std::string thinking, std::string signature = {});

/// Adds an image that stands at `url`.
void add_image(std::vector<merkle::block>& to, std::string url);

/// Makes a block that is kept as its JSON, as it has no field of its own. The type "" becomes "unknown".
merkle::block raw_block(std::string type, std::string raw);

/// What an object says whose members are blocks each: so many of them are, and those behind them together are
/// one, so that what a text takes is bounded by its arrays' elements (see parse_cost.hpp).
class member_blocks {
public:
    explicit member_blocks(std::size_t most) : most_{most} {}

    /// Tells whether the next member may be a block of its own; one that became none is not `made`.
    bool has_room() const noexcept { return made_ < most_; }
    void made() noexcept { ++made_; }

    /// Keeps a member, as JSON, for which there is no room.
    void gather(std::string_view key, std::string_view json);

    /// Adds the block of the members that were gathered, if there are any.
    void finish(std::vector<merkle::block>& to);

private:
    std::size_t most_;
    std::size_t made_ = 0;
    std::string gathered_;  ///< as those of an object
};

/// Marks a block as one that clients drop on the way back, if its type is one that they drop.
merkle::block mark_if_dropped(merkle::block made);

/// Marks text of white space alone in an answer's message, which clients drop or add.
void mark_blank_text(merkle::message& message);

/// Moves blocks to the end of `to`.
void append_blocks(std::vector<merkle::block>& to, std::vector<merkle::block> from);

/// Removes the blocks that are text and nothing else; returns their text, joined. The others keep their
/// order.
std::string take_text(std::vector<merkle::block>& from);

/// Reads the URL of an `image_url`: an object with a `url`, or the bare string.
std::string read_url(json_value from);

/// Gives a call its arguments, as text: an object becomes `tool_input`, unless that would lose something;
/// then the arguments stay the text that they are (`raw`).
void set_arguments(merkle::block& call, std::string arguments);

/// Reads the `function` of a call: its name and its arguments. `to_text` makes text of arguments that are
/// none.
void read_function(json_object from, merkle::block& call, std::string (*to_text)(json_value));

/// Reads a `content` that is one text, an array of parts, or null. `read_part(part)` reads each part.
template <class ReadPart>
void read_parts(json_value from, std::vector<merkle::block>& to, ReadPart&& read_part) {
    std::string text;
    if (is_null(from)) {
        return;
    }
    if (read_text(from, text)) {
        add_text(to, std::move(text));
    } else if (is_array(from)) {
        for (auto part : from.get_array()) {
            read_part(part.value());
        }
    } else {
        to.push_back(raw_block({}, read_raw(from)));
    }
}

}  // namespace tapes::llm
