#pragma once

#include <tapes/catalogue/session.hpp>

#include <string_view>

/// The names of enumerators, as they stand in `--json` and in documents.
namespace tapes::catalogue {

std::string_view to_string(outcome value) noexcept;
std::string_view to_string(thread_kind value) noexcept;
std::string_view to_string(fork_cause value) noexcept;

}  // namespace tapes::catalogue
