#include "server/browser_cookie.hpp"

#include "server/random_bits.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/list.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdint>
#include <span>

namespace tapes::api {

namespace {

/// Another purpose, or another form of the cookie, is to have another key.
constexpr std::string_view key_purpose = "tapes browser session 1";
constexpr std::size_t nonce_digits = 32;
constexpr std::size_t end_digits = 16;
constexpr std::size_t mac_digits = 64;
constexpr std::size_t signed_size = nonce_digits + 1 + end_digits;
/// A page of another port can set cookies of this name for deeper paths, which come first.
constexpr int most_looked_at = 8;

std::array<unsigned char, 32> hmac_of(std::span<const unsigned char> key, std::string_view text) {
    std::array<unsigned char, 32> made{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data(), &size);
    return made;
}

std::int64_t seconds_of(browser_cookie::clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// Reads what to_hex() has written.
std::int64_t number_of(std::string_view digits) {
    std::uint64_t number = 0;
    for (const char digit : digits) {
        number = number * 16 + static_cast<std::uint64_t>(text::hex_value(digit));
    }
    return static_cast<std::int64_t>(number);
}

}  // namespace

browser_cookie::browser_cookie(std::string_view token)
    : key_{hmac_of({reinterpret_cast<const unsigned char*>(token.data()), token.size()}, key_purpose)} {}

std::string browser_cookie::mac_of(std::string_view text) const {
    return text::to_hex(hmac_of(key_, text));
}

std::string browser_cookie::make(clock::time_point end) const {
    auto text = random_bits() + "." + text::to_hex(static_cast<std::uint64_t>(seconds_of(end)));
    return text + "." + mac_of(text);
}

bool browser_cookie::is_good(std::string_view value, clock::time_point now) const {
    if (value.size() != signed_size + 1 + mac_digits || value[signed_size] != '.') {
        return false;
    }
    const auto made = mac_of(value.substr(0, signed_size));
    if (CRYPTO_memcmp(value.data() + signed_size + 1, made.data(), mac_digits) != 0) {
        return false;
    }
    const auto end = number_of(value.substr(nonce_digits + 1, end_digits));
    return end > seconds_of(now) && end <= seconds_of(now + lifetime);
}

bool browser_cookie::admits(const request& asked, clock::time_point now) const {
    const auto name = name_for(asked.field("host"));
    int looked_at = 0;
    for (const auto& [field, value] : asked.fields) {
        if (!text::equal_ignoring_case(field, "cookie")) {
            continue;
        }
        std::string_view left{value};
        while (!left.empty() && looked_at < most_looked_at) {
            auto given = text::take_element(left, ';');
            if (text::take_element(given, '=') != name) {
                continue;
            }
            ++looked_at;
            if (is_good(given, now)) {
                return true;
            }
        }
    }
    return false;
}

std::string browser_cookie::name_for(std::string_view host) {
    const auto colon = host.rfind(':');
    const auto port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
    const bool is_port = !port.empty() && port.size() <= 5 &&
                         std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
    return is_port ? "tapes-" + std::string{port} : "tapes";
}

std::string browser_cookie::set_cookie(std::string_view host, std::string_view value) {
    const auto seconds =
        value.empty() ? 0 : std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
    return name_for(host) + "=" + std::string{value} + "; Max-Age=" + std::to_string(seconds) +
           "; Path=/; HttpOnly; SameSite=Strict";
}

}  // namespace tapes::api
