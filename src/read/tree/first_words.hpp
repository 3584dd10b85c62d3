#pragma once

#include <tapes/read/sources.hpp>
#include <tapes/read/transcript.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tapes::read {

/// Returns what a person typed in the first of these nodes that says anything but instructions, else what was
/// said or called in it, in one text of at most 256 bytes.
std::string first_words(sources& from, const std::vector<std::int64_t>& nodes);

/// The same of the blocks of one message.
std::string words_of(const content& said, bool typed);

}  // namespace tapes::read
