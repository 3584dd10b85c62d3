#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

/// The pairs of a query, percent-decoded (WHATWG URL, application/x-www-form-urlencoded). A malformed escape
/// stays as it is.
std::vector<std::pair<std::string, std::string>> query_pairs(std::string_view query);

}  // namespace tapes::api
