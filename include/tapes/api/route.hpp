#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

/// A request to the admin listener; it has passed the checks of Host, Origin and token.
struct request {
    std::string method;
    std::string path;   ///< as sent, without query
    std::string query;  ///< after '?', as sent
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};

    /// The first field of that name (any case), or "".
    std::string_view field(std::string_view name) const noexcept;
};

struct response {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> fields{};
};

/// `{"error":"…"}`
response error_response(unsigned status, std::string_view message);

/// One entry of the route table. `handle` runs on the server's thread: it may read the store, but must not
/// wait. What it throws becomes a 500.
struct route {
    std::string method;  ///< "GET" answers HEAD as well
    std::string path;    ///< exact, or ending in "/" for everything below it
    std::function<response(const request&)> handle;
    bool open = false;               ///< needs no token
    std::size_t max_body_bytes = 0;  ///< of its requests, where that is more than the server's
};

/// Which route answers: an exact path before a prefix, a longer prefix before a shorter one. Filled before
/// the server starts, immutable afterwards.
class route_table {
public:
    void add(route entry);

    /// nullptr: none; then `allowed` has the methods that this path does take ("" : no such path).
    const route* find(std::string_view method, std::string_view path, std::string& allowed) const;

private:
    std::vector<route> routes_;
};

}  // namespace tapes::api
