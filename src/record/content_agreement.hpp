#pragma once

#include <tapes/merkle/chain.hpp>

#include <string_view>

namespace tapes::record {

/// Tells whether a provider said this message. Only behind such a message can a client have dropped
/// something.
bool is_answer(const merkle::message& message);

/// Tells whether a message still carries something that clients drop: a thought, a signature, annotations.
bool carries_droppable(const merkle::message& message);

/// Tells whether a message that a client brought back can be the stored one: whatever it still carries of
/// what clients drop must stand in `stored`, the content in event form, in the same order. Of a thought, its
/// text, its signature or both may have come back.
bool agrees(const merkle::message& message, std::string_view stored);

}  // namespace tapes::record
