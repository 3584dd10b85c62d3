#pragma once

#include <tapes/merkle/chain.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Tells whether a provider said this message. Only behind such a message can a client have dropped
/// something.
bool is_answer(const merkle::message& message);

/// Tells whether a message still carries something that clients drop: a thought, a signature, annotations.
bool carries_droppable(const merkle::message& message);

/// How far a message that a client brought back is the stored one.
enum class agreement : std::uint8_t {
    none,  ///< it says something else
    part,  ///< whatever it says is contained in what is stored
    whole  ///< whatever it still carries of what clients drop stands in what is stored as it is
};

/// A stored message, as far as others are compared with it. A view.
struct stored_message {
    std::string_view content;                             ///< in event form
    const std::vector<std::int64_t>* variants = nullptr;  ///< see store::entry_node; may be null
};

/// Compares a message with a stored one that has its match. What it carries of what clients drop must stand
/// there in the same order. Of a thought, its text, its signature or both may have come back; a signature, an
/// encrypted text or a fingerprint may be any variant. What is null, empty or white space says nothing. Takes
/// time in proportion to both.
agreement compare(const merkle::message& message, const stored_message& stored);

}  // namespace tapes::record
