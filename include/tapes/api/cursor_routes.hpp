#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/cursors.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tapes::api {

/// The publishers of this process, as far as they move cursors.
struct cursor_owners {
    /// Returns the names of their cursors.
    std::function<std::vector<std::string>()> names;
    /// Runs `change` while the owner of the cursor `name` stands still. The owner then continues from the
    /// cursor.
    std::function<void(const std::string& name, const std::function<void()>& change)> around;
};

/// Writes `{"cursors":[{"name","seq","lag_rows"}],"last_seq":n}`.
std::string cursors_json(const std::vector<store::kept_cursor>& cursors, std::uint64_t last_seq);

/// Adds the routes for the cursors over the log:
///   GET    /v1/cursors
///   PUT    /v1/cursors/NAME   {"seq":n}: all rows up to n count as done; 0 publishes everything again
///   DELETE /v1/cursors/NAME   409 while its owner runs
/// `writer` must outlive the routes.
void add_cursor_routes(route_table& table, std::string store_path, store::writer& writer,
                       cursor_owners owners = {});

}  // namespace tapes::api
