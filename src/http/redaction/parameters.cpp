#include "redaction/credentials.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/percent.hpp>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

using text::percent_decoded;
using text::plus_sign;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) noexcept {
    return std::ranges::any_of(names,
                               [&](std::string_view one) { return text::equal_ignoring_case(name, one); });
}

/// Adds the values of credential parameters of `text`, where any of `separators` stands between parameters.
template <std::size_t N>
void parameters(std::string_view text, std::size_t from, std::string_view separators, plus_sign plus,
                const std::array<std::string_view, N>& names, std::vector<credential_range>& out) {
    while (from < text.size()) {
        const auto end = std::min(text.find_first_of(separators, from), text.size());
        const auto pair = text.substr(from, end - from);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && equals + 1 < pair.size()) {
            const auto name = pair.substr(0, equals);
            const bool encoded = name.find('%') != std::string_view::npos;
            if (encoded ? is_one_of(percent_decoded(name), names) : is_one_of(name, names)) {
                const auto value = pair.substr(equals + 1);
                out.push_back({from + equals + 1, value.size(), percent_decoded(value, plus)});
            }
        }
        from = end + 1;
    }
}

}  // namespace

std::vector<credential_range> credentials_in_url(std::string_view url) {
    static constexpr std::array<std::string_view, 17> names{"key",
                                                            "api_key",
                                                            "api-key",
                                                            "apikey",
                                                            "access_token",
                                                            "token",
                                                            "auth_token",
                                                            "id_token",
                                                            "refresh_token",
                                                            "client_secret",
                                                            "password",
                                                            "secret",
                                                            "subscription-key",
                                                            "sig",
                                                            "x-amz-security-token",
                                                            "x-goog-api-key",
                                                            "x-amz-signature"};
    std::vector<credential_range> out;
    const auto query = std::min(url.find_first_of("?#"), url.size());
    for (auto slashes = url.find("//"); slashes != std::string_view::npos && slashes < url.size();) {
        const auto start = slashes + 2;
        const auto end = std::min(url.find_first_of("/?#&", start), url.size());
        const auto at = url.substr(start, end - start).rfind('@');
        if (at != std::string_view::npos && at > 0) {
            out.push_back({start, at, percent_decoded(url.substr(start, at))});
        }
        slashes = url.find("//", end > start ? end : start);
    }
    parameters(url, query + 1, "&;?#", plus_sign::plus, names, out);
    return out;
}

std::vector<credential_range> credentials_in_form(std::string_view body) {
    static constexpr std::array<std::string_view, 15> names{
        "access_token", "refresh_token", "id_token",         "client_secret", "api_key",
        "token",        "code",          "code_verifier",    "password",      "assertion",
        "device_code",  "subject_token", "client_assertion", "actor_token",   "authorization_token"};
    std::vector<credential_range> out;
    parameters(body, 0, "&", plus_sign::space, names, out);
    return out;
}

}  // namespace tapes::http
