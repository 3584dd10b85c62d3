#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

/// A request to the admin listener that has passed the checks of Host, Origin and token.
struct request {
    std::string method;
    std::string path;   ///< as sent, without query
    std::string query;  ///< after '?', as sent
    std::vector<std::pair<std::string, std::string>> fields{};
    std::string body{};

    /// Returns the value of the first field of that name, in any case, or "".
    std::string_view field(std::string_view name) const noexcept;
};

struct response {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> fields{};
};

/// Makes a response with the body `{"error":"…"}`.
response error_response(unsigned status, std::string_view message);

/// An entry of the route table. `handle` runs on the thread of the handlers, one at a time. An exception
/// from it becomes a 500.
struct route {
    std::string method;  ///< a "GET" answers HEAD, too
    std::string path;    ///< an exact path, or one that ends in "/" for everything below it
    std::function<response(const request&)> handle;
    bool open = false;               ///< its requests need no token
    bool at_once = false;            ///< it runs on the server's own thread, so it must not wait
    std::size_t max_body_bytes = 0;  ///< its limit, if that is more than the server's
};

/// Finds the route that answers: an exact path wins over a prefix, a longer prefix over a shorter one. Fill
/// it before the server starts; it is immutable afterwards.
class route_table {
public:
    void add(route entry);

    /// Returns nullptr when no route answers. Then `allowed` lists the methods that this path takes, and is
    /// empty when there is no such path.
    const route* find(std::string_view method, std::string_view path, std::string& allowed) const;

private:
    std::vector<route> routes_;
};

}  // namespace tapes::api
