#pragma once

#include <tapes/api/record.hpp>
#include <tapes/merkle/content.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What of a node's content the routes of tapes v0.4 tell.
namespace tapes::api {

/// A content that is larger than this is not looked into.
inline constexpr std::size_t v04_content_bytes = std::size_t{1} << 20;

/// The blocks of a node's content; nothing where it is too large or is not there.
std::optional<std::vector<merkle::block>> v04_blocks(record& from, std::int64_t node);

/// A content as text: what was said, what a tool gave, and the calls of tools, a line each.
std::string v04_text(const std::vector<merkle::block>& content);

}  // namespace tapes::api
