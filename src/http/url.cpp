#include <tapes/http/url.hpp>

#include <boost/url/src.hpp>
#include <openssl/evp.h>

#include <stdexcept>

namespace tapes::http {

std::string url::bracketed_host() const {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string basic_credentials(std::string_view user_info) {
    std::string out((user_info.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(user_info.data()),
                                     static_cast<int>(user_info.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

url read_url(std::string_view text) {
    if (!text.starts_with("http://") && !text.starts_with("https://")) {
        throw std::invalid_argument{"the scheme is missing or unknown"};
    }
    if (text.find_first_of("?#") != std::string_view::npos) {
        throw std::invalid_argument{"a query or fragment has no meaning here"};
    }
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    const auto path = parsed ? std::string{parsed->encoded_path()} : std::string{};
    // Boost.URL 1.81 takes whatever stands behind a host or port for the path: "http://h:8o",
    // "http://u:p@w@h".
    if (!parsed || (!path.empty() && !path.starts_with('/'))) {
        throw std::invalid_argument{"the host or port is malformed, or a character must be percent-encoded"};
    }
    if (parsed->encoded_host_address().empty()) {
        throw std::invalid_argument{"the host is missing"};
    }
    if (parsed->has_port() && parsed->port_number() == 0) {
        throw std::invalid_argument{"the port is not a number from 1 to 65535"};
    }
    url read;
    read.tls = text.starts_with("https");
    read.host = std::string{parsed->encoded_host_address()};
    read.port = parsed->has_port() ? parsed->port_number() : read.scheme_port();
    read.user_info = parsed->userinfo();
    read.path = path.substr(0, path.find_last_not_of('/') + 1);
    return read;
}

}  // namespace tapes::http
