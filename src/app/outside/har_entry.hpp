#pragma once

#include "outside/outside_entry.hpp"

#include <tapes/text/json_view.hpp>

namespace tapes::app {

/// Reads an entry of a HAR file (HAR 1.2), as browsers, mitmproxy, Charles and tapes itself write it: bodies
/// as text or base64, sizes and times that may be -1, fields of HTTP/2 left out. Throws
/// std::invalid_argument where it is none.
outside_entry read_har_entry(text::json_view entry, const outside_defaults& defaults);

}  // namespace tapes::app
