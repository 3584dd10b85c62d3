#include "foreign_page.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/authority.hpp>

namespace tapes::tape {
namespace {

bool is_loopback(std::string_view host) {
    return text::equal_ignoring_case(host, "localhost") || text::ends_ignoring_case(host, ".localhost") ||
           host == "::1" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

bool is_address(std::string_view authority) {
    const auto host = text::host_of(authority);
    return !host.empty() &&
           (authority.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

bool is_from_foreign_page(std::string_view head) {
    const auto origin = http::find_value(head, "origin");
    const auto site = http::find_value(head, "sec-fetch-site");
    const auto host = http::find_value(head, "host");
    bool trusted = false;
    if (const auto scheme = origin.find("://"); scheme != std::string_view::npos) {
        const bool web =
            text::starts_ignoring_case(origin, "http:") || text::starts_ignoring_case(origin, "https:");
        // Editors and desktop programs have schemes of their own, which no page from elsewhere can have.
        trusted = !web || is_loopback(text::host_of(origin.substr(scheme + 3)));
        if (!trusted) {
            return true;
        }
    }
    if (!trusted && text::equal_ignoring_case(site, "cross-site")) {
        return true;
    }
    const bool browser = !origin.empty() || !site.empty() ||
                         text::starts_ignoring_case(http::find_value(head, "user-agent"), "mozilla/");
    return browser && !trusted && !is_address(host) && !is_loopback(text::host_of(host));
}

}  // namespace tapes::tape
