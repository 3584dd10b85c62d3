#pragma once

#include <tapes/read/exchange_difference.hpp>

#include <string>

namespace tapes::read {

/// A request as it is compared.
struct told_request {
    std::string body;  ///< decoded
    request_parts parts;
};

/// Compares the parts of two requests.
void compare_parts(const told_request& left, const told_request& right, text_unit unit,
                   exchange_comparison& to);

}  // namespace tapes::read
