#include "client/http_client.hpp"

#include <tapes/api/admin_client.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::api {

http_server admin_server_of(const std::string& url) {
    auto server = read_http_url(url);
    if (!server) {
        throw std::runtime_error{"the admin listener's address must be http://host[:port], not \"" + url +
                                 "\""};
    }
    return *std::move(server);
}

std::string problem_of(unsigned status, const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    const bool told = json.is_object() && json.contains("error") && json["error"].is_string();
    return told ? json["error"].get<std::string>() : "the answer has status " + std::to_string(status);
}

response send_to_admin(const admin_address& address, const request& request,
                       std::chrono::milliseconds timeout) {
    auto server = admin_server_of(address.url);
    try {
        http_call call;
        call.server = std::move(server);
        call.request = request;
        call.token = address.token;
        call.timeout = timeout;
        return send_http(std::move(call));
    } catch (const std::exception& error) {
        throw std::runtime_error{"no answer from the admin listener at " + address.url + ": " + error.what()};
    }
}

}  // namespace tapes::api
