#pragma once

#include <string>

namespace tapes::record {

/// Replaces invalid UTF-8 by U+FFFD and removes NULs: clients may name things with any bytes, the store holds
/// text.
void make_utf8(std::string& text);

}  // namespace tapes::record
