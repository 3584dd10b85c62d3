#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/store/log_scan.hpp>

namespace tapes::catalogue {

/// How an exchange ended, for a person.
outcome outcome_of(const store::scanned_exchange& seen) noexcept;

}  // namespace tapes::catalogue
