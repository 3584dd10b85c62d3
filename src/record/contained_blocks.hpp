#pragma once

#include "content_agreement.hpp"

namespace tapes::record {

/// Tells whether an answer's events gave this text in place of one that is stored.
bool is_variant(std::string_view text, const stored_message& stored);

/// Tells whether the match leaves out the block or some of it, so that it must be compared.
bool is_compared(const merkle::block& one);

/// Tells whether a block is thinking in words, and no server's JSON of it.
bool is_thought(const merkle::block& one) noexcept;

/// Tells whether whatever the message carries of what clients drop is contained in the stored one: each block
/// in one of its kind, in the same order, each value that says something in its value; a thought's text may
/// be cut at either end. Work and memory are in proportion to both.
bool is_contained(const merkle::message& message, const stored_message& stored);

}  // namespace tapes::record
