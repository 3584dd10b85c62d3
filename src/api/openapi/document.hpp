#pragma once

#include <tapes/api/route.hpp>

#include <string>
#include <vector>

namespace tapes::api {

/// Writes the OpenAPI 3.1 document of those routes that say something of themselves (route_about). Throws
/// std::logic_error where a route names a schema that does not exist.
std::string openapi_document(const std::vector<route>& routes);

}  // namespace tapes::api
