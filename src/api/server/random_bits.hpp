#pragma once

#include <string>

namespace tapes::api {

/// Returns 128 random bits in hexadecimal. Throws std::runtime_error where there are none.
std::string random_bits();

}  // namespace tapes::api
