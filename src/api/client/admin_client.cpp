#include "client/http_client.hpp"

#include <tapes/api/admin_client.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::api {

response send_to_admin(const admin_address& address, const request& request,
                       std::chrono::milliseconds timeout) {
    auto server = read_http_url(address.url);
    if (!server) {
        throw std::runtime_error{"the admin listener's address must be http://host[:port], not \"" +
                                 address.url + "\""};
    }
    try {
        http_call call;
        call.server = *std::move(server);
        call.request = request;
        call.token = address.token;
        call.timeout = timeout;
        return send_http(std::move(call));
    } catch (const std::exception& error) {
        throw std::runtime_error{"no answer from the admin listener at " + address.url + ": " + error.what()};
    }
}

}  // namespace tapes::api
