#include "browser_guard.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/authority.hpp>

#include <boost/asio/ip/host_name.hpp>

#include <algorithm>

namespace tapes::relay {

namespace {

using text::equal_ignoring_case;

constexpr std::string_view refused_origin =
    "web pages of this origin may not use the proxy; proxy.allowed_origins lists those that may";
constexpr std::string_view refused_site =
    "web pages of other sites may not use the proxy; proxy.allowed_origins lists origins that may";
constexpr std::string_view refused_host = "web pages may use the proxy only under a name of this machine";

using text::host_of;

bool is_loopback(const boost::asio::ip::address& address) {
    const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    return mapped
               ? boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).is_loopback()
               : address.is_loopback();
}

/// True for addresses of loopback, and for the names that are always resolved to it (RFC 6761 §6.3).
bool is_loopback(std::string_view host) {
    if (equal_ignoring_case(host, "localhost") || text::ends_ignoring_case(host, ".localhost")) {
        return true;
    }
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(std::string{host}, no_address);
    return !no_address && is_loopback(address);
}

/// What a head says of the page behind it.
struct page_signs {
    std::vector<std::string_view> origins;
    std::string_view host;
    bool cross_site = false;
    bool browser = false;
};

page_signs read_signs(const std::vector<http::field>& fields) {
    page_signs found;
    for (const auto& one : fields) {
        if (http::equal_names(one.name, "origin")) {
            found.origins.push_back(one.value);
            found.browser = true;
        } else if (http::equal_names(one.name, "host")) {
            found.host = one.value;
        } else if (text::starts_ignoring_case(one.name, "sec-fetch-")) {
            found.browser = true;
            found.cross_site = found.cross_site || (http::equal_names(one.name, "sec-fetch-site") &&
                                                    equal_ignoring_case(one.value, "cross-site"));
        } else if (http::equal_names(one.name, "user-agent")) {
            // A page that reads its own, rebound host over http sends neither Origin nor Sec-Fetch fields.
            found.browser = found.browser || text::starts_ignoring_case(one.value, "mozilla/");
        }
    }
    return found;
}

}  // namespace

browser_guard::browser_guard(const options& settings)
    : listen_host_{settings.host}, allowed_{settings.allowed_origins} {
    active_ = std::ranges::find(allowed_, "*") == allowed_.end();
    boost::system::error_code none;
    machine_ = boost::asio::ip::host_name(none);
}

browser_guard::origin_kind browser_guard::classify(std::string_view origin) const {
    const auto same = [&](const std::string& one) { return equal_ignoring_case(one, origin); };
    if (std::ranges::any_of(allowed_, same)) {
        return origin_kind::allowed;
    }
    const auto scheme_end = origin.find("://");
    if (scheme_end == std::string_view::npos) {
        return equal_ignoring_case(origin, "null") || origin.empty() ? origin_kind::opaque
                                                                     : origin_kind::foreign;
    }
    const auto scheme = origin.substr(0, scheme_end);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) {
        // A list of origins is none of an editor (RFC 6454 §7.1 allows lists).
        return origin.find_first_of(" ,\t") == std::string_view::npos ? origin_kind::other_scheme
                                                                      : origin_kind::foreign;
    }
    return is_loopback(host_of(origin.substr(scheme_end + 3))) ? origin_kind::local : origin_kind::foreign;
}

bool browser_guard::names_this_machine(std::string_view host) const {
    return is_loopback(host) || (!host.empty() && (equal_ignoring_case(host, listen_host_) ||
                                                   equal_ignoring_case(host, machine_)));
}

browser_guard::refusal browser_guard::check(const http::request_head& head,
                                            const boost::asio::ip::address& reached) const {
    if (!active_ || !is_loopback(reached) || (!head.target.starts_with('/') && head.target != "*")) {
        return {};
    }
    const auto signs = read_signs(head.fields);
    bool known = false;    // who asks is told by Origin, so whether that is cross-site does not matter
    bool trusted = false;  // no page from elsewhere can have the browser say so
    for (const auto origin : signs.origins) {
        const auto kind = classify(origin);
        if (kind == origin_kind::foreign) {
            return {"Origin", origin, refused_origin};
        }
        known = known || kind != origin_kind::opaque;
        trusted = trusted || kind == origin_kind::allowed || kind == origin_kind::other_scheme;
    }
    if (trusted) {
        return {};
    }
    if (signs.cross_site && !known) {
        return {"Sec-Fetch-Site", "cross-site", refused_site};
    }
    if (signs.browser && !names_this_machine(host_of(signs.host))) {
        return {"Host", signs.host, refused_host};
    }
    return {};
}

}  // namespace tapes::relay
