#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// Text as far as it was read, cut in no character, and how long all of it is.
struct excerpt {
    std::string text;
    std::uint64_t bytes = 0;

    bool cut() const noexcept { return text.size() < bytes; }
    bool operator==(const excerpt&) const = default;
};

enum class block_kind : int {
    text = 1,
    injected = 2,  ///< text that the client put around what a person typed
    thinking = 3,
    refusal = 4,
    call = 5,  ///< of a tool, the client's or the provider's
    result = 6,
    image = 7,
    compaction = 8,  ///< the summary of what was said before, as the provider made it
    other = 9,       ///< what has no field of its own: `text` is its JSON
};
std::string_view to_string(block_kind value) noexcept;

/// One block of a message, with where it stands. What is empty was not told.
struct block {
    block_kind kind = block_kind::text;
    std::string type;       ///< as the store has it
    std::size_t place = 0;  ///< in the content of its node, from 0
    std::int64_t node = 0;  ///< of a folded result another one than the message's
    /// What was said, thought or refused; the arguments of a call; what a tool put out; an image's URL.
    excerpt text;
    std::string tool;     ///< of a call or result
    std::string call_id;  ///< of a call or result
    std::string summary;  ///< of a call: what it is about, such as a command, a file or a query, as one text
    std::string media_type;
    std::uint64_t image_bytes = 0;  ///< of an image whose data is in the record, decoded
    excerpt image;                  ///< that data as base64, as far as block_limits::image_bytes
    bool error = false;             ///< a result that the client marked as one
    /// What came back for a call; usually one block.
    std::vector<block> results;
};

/// How much is read of one message.
struct block_limits {
    std::size_t text_bytes = std::size_t{1} << 20;     ///< of a block that was said, thought or refused
    std::size_t tool_bytes = 4096;                     ///< of arguments, results and what is JSON
    std::size_t message_bytes = std::size_t{4} << 20;  ///< of all blocks together
    std::size_t blocks = 4096;
    std::size_t image_bytes = 0;  ///< of an image's base64, in the last of those blocks alone
};

/// The blocks of one message.
struct content {
    std::vector<block> blocks;
    std::uint64_t more_blocks = 0;  ///< behind those, not read
    std::uint64_t bytes = 0;        ///< of the event form
    bool malformed = false;         ///< it is no array of blocks; they end where it is none
};

}  // namespace tapes::read
