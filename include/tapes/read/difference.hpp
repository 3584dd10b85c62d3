#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/sources.hpp>
#include <tapes/read/text_difference.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

/// Where a block stands on one side.
struct block_side {
    std::size_t place = 0;    ///< in the content of its message
    std::uint64_t bytes = 0;  ///< of its text; of an image, of its data
    std::string media_type;   ///< of an image
    std::string digest;       ///< SHA-256 of an image's data as base64, in hexadecimal; else ""
    bool cut = false;         ///< only its beginning was compared
};

/// What became of a block.
struct block_difference {
    change kind = change::same;
    block_kind block = block_kind::text;
    std::string tool;     ///< of a call or result
    std::string call_id;  ///< of a call or result
    std::optional<block_side> left, right;
    shown_text text;         ///< of one that was removed or added, what it says
    json_comparison values;  ///< where both texts are JSON, instead of `text`
};

struct message_side {
    std::int64_t node = 0;
    merkle::digest hash{};
    std::string role;
    std::uint64_t turn = 0;  ///< as in read::message
};

/// What became of a message.
struct message_difference {
    change kind = change::same;
    std::optional<message_side> left, right;
    std::vector<block_difference> blocks;  ///< none of a message that is the same
    std::uint64_t more_blocks = 0;         ///< on either side, which are not compared
    /// They differ, but in nothing that is compared: the data of an image, what stands behind the part that
    /// was read, or how it is written.
    bool hidden = false;
};

/// One of two chains.
struct chain_side {
    std::int64_t node = 0;
    merkle::digest hash{};
    std::uint64_t nodes = 0;
    std::uint64_t turns = 0;
};

struct difference_request {
    std::int64_t left = 0, right = 0;  ///< nodes: the last of each chain
    text_unit unit = text_unit::words;
    /// `LEFT.RIGHT`, the nodes of the message that was told last (0 for none): goes on behind it.
    std::string after;
    block_limits limits{std::size_t{1} << 20, std::size_t{1} << 18, std::size_t{4} << 20, 4096};
};

/// How two chains differ: what they have in common at their beginning, by hash, and then message by message,
/// those that say the same set side by side. Reads each content behind what is common once for its digest;
/// holds the contents of two messages at a time. Uses `from` between calls as well, for one thread at a time.
class chain_difference {
public:
    /// Throws std::invalid_argument where `after` is nothing of the kind.
    chain_difference(sources& from, const difference_request& request);
    ~chain_difference();
    chain_difference(const chain_difference&) = delete;
    chain_difference& operator=(const chain_difference&) = delete;

    const chain_side& left() const noexcept;
    const chain_side& right() const noexcept;
    /// The last node that both have, with how many there are up to it; its node is 0 where there is none.
    const chain_side& common() const noexcept;

    /// What became of the next message behind those in common; nothing at the end. Throws std::runtime_error
    /// with SQLite's message.
    std::optional<message_difference> next();
    /// Where another one goes on behind the message that was told last; "" before the first one.
    std::string place() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::read
