#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/read/cost.hpp>

#include <cstdint>
#include <string>

/// Figures as people read them.
namespace tapes::app {

/// "1,234,567"
std::string grouped(std::int64_t count);
/// "999", "1.2k", "123k", "4.5M"
std::string short_count(std::int64_t count);
/// "999 B", "1.2 KB", "3.4 MB"; thousands, not 1,024s
std::string short_bytes(std::uint64_t bytes);
/// "1.5 s", "2:05 min", "1:02 h"
std::string short_duration(std::int64_t us);
/// "$0.0123" below a dollar, else "$12.34"; "-" where nothing of it has a price, and a "+" behind a partial
/// sum.
std::string dollars(const read::cost& price);
/// The first 12 digits of a hash.
std::string short_hash(const merkle::digest& hash);
/// "94%" of two figures; "-" of nothing.
std::string share_of(std::int64_t part, std::int64_t whole);

}  // namespace tapes::app
