#pragma once

#include "screen/screen.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/read/cache_miss.hpp>

#include <string>

namespace tapes::app {

/// Says in a few words why the cache was missed; "" where it was not.
std::string cause_words(const read::cache_miss& one);

/// Writes the explanation of one exchange.
void write_cache_miss(printer& out, const screen& to, const read::cache_miss& one);

}  // namespace tapes::app
