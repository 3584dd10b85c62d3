#include "run/base_url.hpp"

#include <tapes/app/usage_error.hpp>
#include <tapes/http/url.hpp>

#include <stdexcept>

namespace tapes::app::run {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::string base_url(std::string_view text, std::string_view setting) {
    auto url = trimmed(text);
    while (url.ends_with('/')) {
        url.remove_suffix(1);
    }
    try {
        if (!http::read_url(url).user_info.empty()) {
            throw usage_error{
                std::string{setting} +
                " has a user name or password in its URL, which tapes run does not pass on: use "
                "tapes serve proxy with proxy.upstream"};
        }
    } catch (const std::invalid_argument& wrong) {
        throw usage_error{std::string{setting} + " is no URL that requests can be sent to: " + wrong.what()};
    }
    return std::string{url};
}

std::string ollama_url(std::string_view text, std::string_view setting) {
    auto rest = trimmed(text);
    if (rest.empty()) {
        return ollama_default;
    }
    std::string scheme = "http://";
    std::string port = ":11434";
    if (const auto end = rest.find("://"); end != std::string_view::npos) {
        scheme = std::string{rest.substr(0, end + 3)};
        rest.remove_prefix(end + 3);
        port.clear();  // that of the scheme
    }
    const auto path_at = rest.find('/');
    const auto path = path_at == std::string_view::npos ? std::string_view{} : rest.substr(path_at);
    auto host = std::string{rest.substr(0, path_at)};
    const auto bracket = host.rfind(']');
    if (const auto colon = host.rfind(':');
        colon != std::string::npos && (bracket == std::string::npos || colon > bracket)) {
        port = host.substr(colon);
        host.resize(colon);
    }
    if (host.empty() || host == "0.0.0.0") {
        host = "127.0.0.1";  // an address to listen on: it is reached here
    }
    return base_url(scheme + host + port + std::string{path}, setting);
}

}  // namespace tapes::app::run
