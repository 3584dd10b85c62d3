#pragma once

#include <tapes/api/route.hpp>
#include <tapes/store/cursors.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tapes::api {

/// Those who move cursors in this process.
struct cursor_owners {
    /// The cursors that somebody moves.
    std::function<std::vector<std::string>()> names;
    /// Runs `change` while nobody moves the cursor `name`, which goes on from where it then stands.
    std::function<void(const std::string& name, const std::function<void()>& change)> around;
};

/// `{"cursors":[{"name","seq","lag_rows"}],"last_seq":n}`
std::string cursors_json(const std::vector<store::kept_cursor>& cursors, std::uint64_t last_seq);

/// How far those have come who follow the log:
///   GET    /v1/cursors
///   PUT    /v1/cursors/NAME   {"seq":n}: all rows up to n count as done; 0: everything goes again
///   DELETE /v1/cursors/NAME   409 while its owner runs
/// `writer` must outlive the routes.
void add_cursor_routes(route_table& to, std::string store_path, store::writer& writer,
                       cursor_owners owners = {});

}  // namespace tapes::api
