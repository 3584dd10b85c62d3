#pragma once

#include <tapes/read/wire_events.hpp>

#include <cstddef>
#include <string_view>

namespace tapes::read {

/// Adds the events of a body that begin at `request.from` or behind it, at most `request.most`, and where the
/// next page begins. `out.form` says how to cut. Without times. Linear in the bytes.
void cut_events(std::string_view body, const wire_request& request, wire_listing& out);

}  // namespace tapes::read
