#pragma once

#include <string>

namespace tapes::record {

/// What bytes a client names things with is its own affair; the store holds text.
void make_utf8(std::string& text);

}  // namespace tapes::record
