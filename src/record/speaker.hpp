#pragma once

#include <tapes/store/entry.hpp>

#include <string_view>

namespace tapes::record {

/// Reads who asked from a request's head (`originator`, `User-Agent`, the ids of Claude Code and OpenCode),
/// by the tables in the source file. A library that is in none is named by the first product of its
/// User-Agent. Every text is valid UTF-8 and short. Pure.
store::speaker speaker_of(std::string_view request_head);

}  // namespace tapes::record
