#pragma once

#include "query/reader_impl.hpp"

#include <tapes/catalogue/reader.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::catalogue {

/// Lists the ids of at most `most` sessions, the newest first, kind by kind: each kind is gone through by
/// time, and no session of another one is looked at. Nothing where the filter lets too many kinds through, or
/// none but times are asked for, so that sessions are better gone through by time alone.
std::optional<std::vector<std::int64_t>> list_by_kinds(reader::impl& from, const session_filter& filter,
                                                       std::size_t most,
                                                       const std::optional<session_place>& after);

/// The first text behind all that begin with `prefix`, in the order of bytes; "": none.
std::string behind(std::string prefix);
/// For LIKE, with `\\` as its escape.
std::string title_pattern(const std::string& part);

}  // namespace tapes::catalogue
