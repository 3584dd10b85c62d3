#include "client/http_client.hpp"

#include <tapes/api/admin_client.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::api {

response ask_admin(const admin_address& at, const request& what, std::chrono::milliseconds timeout) {
    auto where = read_http_url(at.url);
    if (!where) {
        throw std::runtime_error{"the admin listener's address must be http://host[:port], not \"" + at.url +
                                 "\""};
    }
    try {
        http_question asked;
        asked.where = *std::move(where);
        asked.what = what;
        asked.token = at.token;
        asked.timeout = timeout;
        return ask_http(std::move(asked));
    } catch (const std::exception& error) {
        throw std::runtime_error{"no answer from the admin listener at " + at.url + ": " + error.what()};
    }
}

}  // namespace tapes::api
