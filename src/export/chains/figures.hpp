#pragma once

#include <tapes/catalogue/token_sums.hpp>
#include <tapes/read/cost.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>

/// Figures as people read them.
namespace tapes::exports {

/// "1,234,567"
std::string grouped(std::int64_t count);
/// "1 turn", "3 turns"
std::string counted(std::uint64_t count, const std::string& noun);
/// "999 B", "1.2 KB", "3.4 MB"
std::string short_bytes(std::uint64_t bytes);
/// "$0.0123" below a dollar, else "$12.34"; "no price" where nothing of it has one, and "at least" before a
/// partial sum.
std::string dollars(const read::cost& price);
/// "1,200 input, 300 cache read, 10 cache write, 45 output (12 reasoning)"
std::string token_line(const catalogue::token_sums& tokens);
/// The parts that are not empty, with commas between them.
std::string listed(std::initializer_list<std::string> parts);
/// "2026-01-31 12:00:00 UTC"; "" for 0.
std::string moment_text(std::int64_t us);

}  // namespace tapes::exports
