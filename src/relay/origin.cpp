#include "origin.hpp"

#include <tapes/text/percent.hpp>

#include <openssl/evp.h>

#include <charconv>
#include <stdexcept>

namespace tapes::relay {

namespace {

[[noreturn]] void refuse(std::string_view setting, std::string_view reason) {
    throw std::invalid_argument(std::string{setting} +
                                " must be http://host[:port][/path] or https://…: " + std::string{reason});
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace

origin parse_origin(std::string_view url, std::string_view setting) {
    origin made;
    if (url.starts_with("https://")) {
        made.tls = true;
        made.port = 443;
        url.remove_prefix(8);
    } else if (url.starts_with("http://")) {
        url.remove_prefix(7);
    } else {
        refuse(setting, "the scheme is missing or unknown");
    }
    const auto own_port = made.port;
    const auto slash = url.find_first_of("/?#");
    auto authority = url.substr(0, slash);
    auto path = slash == std::string_view::npos ? std::string_view{} : url.substr(slash);
    if (path.find_first_of("?#") != std::string_view::npos) {
        refuse(setting, "a query or fragment has no meaning here");
    }
    while (!path.empty() && path.back() == '/') {
        path.remove_suffix(1);
    }
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        made.authorization = "Basic " + base64(text::percent_decoded(authority.substr(0, at)));
        authority.remove_prefix(at + 1);
    }
    std::string_view host = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) {
            refuse(setting, "the address lacks its ']'");
        }
        host = authority.substr(1, close - 1);
        port = authority.substr(close + 1);
    } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        port = authority.substr(colon);
    }
    if (!port.empty()) {
        const auto digits = port.substr(1);
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
        if (port.front() != ':' || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() ||
            made.port == 0) {
            refuse(setting, "the port is not a number from 1 to 65535");
        }
    }
    if (host.empty() || host.find_first_of(" \t\r\n\\") != std::string_view::npos) {
        refuse(setting, "the host is missing or malformed");
    }
    made.host = host;
    made.base_path = path;
    const bool address6 = host.find(':') != std::string_view::npos;
    const auto bracketed = address6 ? "[" + made.host + "]" : made.host;
    made.authority = made.port == own_port ? bracketed : bracketed + ":" + std::to_string(made.port);
    made.name = (made.tls ? "https://" : "http://") + bracketed + ":" + std::to_string(made.port);
    return made;
}

}  // namespace tapes::relay
