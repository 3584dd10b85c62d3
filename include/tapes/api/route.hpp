#pragma once

#include <tapes/api/long_body.hpp>
#include <tapes/api/route_about.hpp>
#include <tapes/api/stream.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

class record;

using name_values = std::vector<std::pair<std::string, std::string>>;

/// A request to the admin listener that has passed the checks of Host, Origin and token.
struct request {
    std::string method;
    std::string path;   ///< as sent, without query
    std::string query;  ///< after '?', as sent
    name_values fields{};
    std::string body{};
    name_values path_values{};  ///< what stands in the place of the route's `{names}`, percent-decoded

    /// Returns the value of the first field of that name, in any case, or "".
    std::string_view field(std::string_view name) const noexcept;
    /// Returns what stands in the place of `{name}`, or "".
    std::string_view path_value(std::string_view name) const noexcept;
};

struct response {
    unsigned status = 200;
    std::string body;
    std::string content_type = "application/json";
    name_values fields{};
    std::shared_ptr<long_body> rest{};  ///< what follows on `body`; only of routes that read
};

inline constexpr std::string_view problem_type = "application/problem+json";

/// Makes problem details (RFC 9457) with the members type, title, status, detail, and error, which says the
/// same as detail, for clients from before. `more` is the text of further members, `"candidates":[…]`, or "".
response error_response(unsigned status, std::string_view message, std::string_view more = {});

/// An answer that goes on, or one that refuses to: without a `body` it is `head` alone.
struct stream_response {
    response head;
    std::unique_ptr<stream> body;
};

/// An entry of the route table. It has one handler of three kinds. An exception from it becomes a 500.
struct route {
    std::string method;  ///< a "GET" answers HEAD, too
    /// An exact path; or one with `{names}`, each for one segment that is not empty
    /// (`/v1/sessions/{id}/transcript`); or one that ends in "/" for everything below it.
    std::string path;
    /// Changes something, or waits for it: runs on the thread of the handlers, one at a time.
    std::function<response(const request&)> handle;
    bool open = false;               ///< its requests need no token
    bool token_alone = false;        ///< a browser's cookie does not do in place of the token
    bool at_once = false;            ///< `handle` runs on the server's own thread, so it must not wait
    std::size_t max_body_bytes = 0;  ///< its limit, if that is more than the server's
    /// Reads the record: runs on one of the reader threads, beside others.
    std::function<response(const request&, record&)> read{};
    /// Begins an answer that goes on, on one of the reader threads, where it may read. HEAD gets its head.
    std::function<stream_response(const request&, record&)> follow{};
    /// What it reads is little, mostly: requests that take long leave it a thread.
    bool brief = false;
    route_about about{};  ///< what /openapi.json says of it
};

/// Finds the route that answers: an exact path wins over one with names, which wins over a prefix, and a
/// longer prefix over a shorter one. Fill it before the server starts; it is immutable afterwards.
class route_table {
public:
    void add(route entry);

    /// Returns nullptr when no route answers. Then `allowed` lists the methods that this path takes, and is
    /// empty when there is no such path. Sets `values`, unless it is null, to request::path_values.
    const route* find(std::string_view method, std::string_view path, std::string& allowed,
                      name_values* values = nullptr) const;

    const std::vector<route>& routes() const noexcept { return routes_; }

private:
    std::vector<route> routes_;
};

}  // namespace tapes::api
