#include "server/guard.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/authority.hpp>

#include <boost/asio/ip/address.hpp>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace tapes::api {

namespace {

using text::equal_ignoring_case;

std::array<unsigned char, SHA256_DIGEST_LENGTH> digest_of(std::string_view text) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return digest;
}

bool only_fetches(const request& request) {
    return request.method == "GET" || request.method == "HEAD";
}

}  // namespace

bool comes_from_elsewhere(const request& request) {
    return std::ranges::any_of(request.fields, [&](const auto& field) {
        const auto& [name, value] = field;
        return equal_ignoring_case(name, "sec-fetch-site") && value != "same-origin" &&
               !(value == "none" && only_fetches(request));
    });
}

bool guard::host_allowed(std::string_view host) const {
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(std::string{host}, no_address);
    if (!no_address) {
        // A page cannot rebind an address, but one that is neither loopback nor ours did not mean us.
        return address.is_loopback() || host == host_;
    }
    return equal_ignoring_case(host, "localhost") || (!host_.empty() && equal_ignoring_case(host, host_));
}

unsigned guard::check_origin(const request& request) const {
    std::string_view host;
    std::size_t hosts = 0;
    for (const auto& [name, value] : request.fields) {
        if (equal_ignoring_case(name, "host")) {
            host = value;
            ++hosts;
        }
    }
    if (hosts != 1 || host.empty()) {
        return 400;
    }
    if (!any_host_ && !host_allowed(text::host_of(host))) {
        return 403;
    }
    for (const auto& [name, value] : request.fields) {
        if (!equal_ignoring_case(name, "origin")) {
            continue;
        }
        const auto scheme_end = value.find("://");
        if (scheme_end == std::string::npos ||
            !equal_ignoring_case(std::string_view{value}.substr(scheme_end + 3), host)) {
            return 403;
        }
    }
    return 0;
}

bool guard::authorized(const request& request, bool token_alone) const {
    if (token_.empty()) {
        return true;
    }
    const auto given = request.field("authorization");
    return given.empty() ? !token_alone && has_cookie(request) : has_token(given);
}

bool guard::has_token(std::string_view field) const {
    constexpr std::string_view scheme = "bearer ";
    if (!text::starts_ignoring_case(field, scheme)) {
        return false;
    }
    field.remove_prefix(scheme.size());
    while (field.starts_with(' ')) {
        field.remove_prefix(1);
    }
    // Digests have one length, so the comparison does not tell the token's.
    const auto a = digest_of(field);
    const auto b = digest_of(token_);
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool guard::has_cookie(const request& request) const {
    // Origin was compared with Host by check_origin().
    const bool shows_where = !request.field("origin").empty() || !request.field("sec-fetch-site").empty();
    return (only_fetches(request) || shows_where) && !comes_from_elsewhere(request) &&
           cookie_.admits(request, browser_cookie::clock::now());
}

}  // namespace tapes::api
