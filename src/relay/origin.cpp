#include "origin.hpp"

#include <tapes/http/url.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::relay {

origin parse_origin(std::string_view text, std::string_view setting) {
    http::url url;
    try {
        url = http::read_url(text);
    } catch (const std::invalid_argument& wrong) {
        throw std::invalid_argument(std::string{setting} +
                                    " must be http://host[:port][/path] or https://…: " + wrong.what());
    }
    const auto host = url.bracketed_host();
    const auto port = ":" + std::to_string(url.port);
    origin made;
    made.tls = url.tls;
    made.port = url.port;
    made.authority = url.port == url.scheme_port() ? host : host + port;
    made.base_path = url.path;
    made.name = (url.tls ? "https://" : "http://") + host + port;
    if (!url.user_info.empty()) {
        made.authorization = "Basic " + http::basic_credentials(url.user_info);
    }
    made.host = std::move(url.host);
    return made;
}

}  // namespace tapes::relay
