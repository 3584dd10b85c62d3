#pragma once

#include <tapes/api/route.hpp>

namespace tapes::api {

/// Adds the page (tapes::page): its files, and its document under every path that it shows. They need no
/// token, for they hold nothing of the record, and stand in no document.
void add_page_routes(route_table& table);

}  // namespace tapes::api
