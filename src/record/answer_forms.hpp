#pragma once

#include <tapes/merkle/content.hpp>

#include <cstddef>
#include <vector>

namespace tapes::record {

// Clients bring back what a provider said in other messages than it came in. These functions look at messages
// from `first` on.

/// Tells whether a provider's message says nothing. A client may leave one behind an answer that broke off
/// (OpenCode), or send one for an answer of which it drops all (an image).
bool has_empty_answers(const std::vector<merkle::message>& messages, std::size_t first);

/// Returns the messages without those.
std::vector<merkle::message> without_empty_answers(std::vector<merkle::message> messages, std::size_t first);

/// Tells whether two messages side by side are a provider's: a client may have cut one answer in two (llm
/// sends its text, then its calls), or there were two (a prefill).
bool has_cut_answers(const std::vector<merkle::message>& messages, std::size_t first);

/// Returns the messages with those that a provider said side by side joined into one each.
std::vector<merkle::message> join_answers(const std::vector<merkle::message>& messages, std::size_t first);

}  // namespace tapes::record
