#include "values.hpp"

#include <tapes/http/url.hpp>

#include <charconv>

namespace tapes::config {

namespace {

bool is_host(std::string_view host) {
    if (host.empty()) {
        return false;
    }
    return host.find_first_of(" \t\r\n/@?#[]\"'\\") == std::string_view::npos;
}

std::uint16_t parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto [last, failed] = std::from_chars(text.data(), end, port);
    if (failed != std::errc{} || last != end) {
        throw bad_value{"the port must be a number from 0 to 65535"};
    }
    return port;
}

}  // namespace

std::string listen_address::text() const {
    if (!configured) {
        return {};
    }
    const bool ipv6 = host.find(':') != std::string::npos;
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool listen_address::loopback() const {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

listen_address parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        throw bad_value{
            R"(must be host:port, such as "127.0.0.1:8080", "[::1]:8080" or ":8080" (every interface))"};
    }
    listen_address address{{}, parse_port(text.substr(colon + 1))};
    auto host = text.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos) {
            throw bad_value{"brackets are for an IPv6 address, such as \"[::1]:8080\""};
        }
    } else if (host.find(':') != std::string_view::npos) {
        throw bad_value{"an IPv6 address stands in brackets, such as \"[::1]:8080\""};
    }
    if (!host.empty() && !is_host(host)) {
        throw bad_value{"the host must be a name or an IP address"};
    }
    address.host = host;
    return address;
}

std::string parse_url(std::string_view text) {
    try {
        http::read_url(text);
    } catch (const std::invalid_argument& wrong) {
        throw bad_value{
            std::string{
                R"(must be a URL such as "http://localhost:11434" or "https://api.openai.com/v1": )"} +
            wrong.what()};
    }
    return std::string{text.substr(0, text.find_last_not_of('/') + 1)};
}

void as_optional_listen::read(const raw& from, listen_address& to) {
    const auto text = trimmed(text_of(from));
    if (text.empty() || text == "none") {
        to = listen_address{{}, 0, false};
        return;
    }
    to = parse_listen(text);
}

void as_origins::read(const raw& from, std::vector<std::string>& to) {
    as_choices::read(from, to);
    for (auto& origin : to) {
        origin.resize(origin.find_last_not_of('/') + 1);
        const auto scheme_end = origin.find("://");
        const bool shaped = scheme_end != std::string::npos && scheme_end > 0 &&
                            is_host(origin.substr(0, scheme_end)) &&
                            origin.find_first_of(" \t/?#@", scheme_end + 3) == std::string::npos &&
                            origin.size() > scheme_end + 3;
        if (origin != "*" && !shaped) {
            throw bad_value{
                R"(an origin is scheme://host[:port], such as "https://chat.example.com"; "*" is every one)"};
        }
    }
}

}  // namespace tapes::config
