#include "redaction/credentials.hpp"
#include "redaction/head.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/http/url.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/percent.hpp>
#include <tapes/text/work_meter.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

using text::equal_ignoring_case;
using text::percent_decoded;
using text::trimmed;

/// What is shorter may stand in a conversation by chance, and so may what looks like a figure.
constexpr std::size_t shortest_credential = 16;
/// How many credentials of a body, and of a head, are searched for; of a head's cookies as many again.
constexpr std::size_t most_named = 32;
constexpr std::size_t most_collected = 64;
/// How many bytes they may have together: what looks for them takes memory for each.
constexpr std::size_t most_collected_bytes = std::size_t{64} * 1024;

std::string base64_decoded(std::string_view text) {
    std::string padded{text};
    padded.resize((padded.size() + 3) / 4 * 4, '=');
    std::string out(padded.size() / 4 * 3 + 1, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(padded.data()),
                                     static_cast<int>(padded.size()));
    out.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    while (!out.empty() && out.back() == '\0') {
        out.pop_back();
    }
    return out;
}

/// Returns true for what people send to servers that want no key, and for what names a key that lies
/// elsewhere: words, not secrets.
bool is_placeholder(std::string_view value) noexcept {
    static constexpr std::array<std::string_view, 2> words{"no-key-required", "sk-no-key-required"};
    static constexpr std::array<std::string_view, 7> starts{"your-", "your_", "os.environ/", "env.", "${",
                                                            "{{",    "<"};
    return std::ranges::any_of(words, [&](auto word) { return equal_ignoring_case(value, word); }) ||
           std::ranges::any_of(starts, [&](auto start) { return text::starts_ignoring_case(value, start); });
}

bool is_number(std::string_view value) noexcept {
    return value.find_first_not_of("0123456789+-.,_eE ") == std::string_view::npos;
}

/// Returns true for a date of RFC 3339 or of HTTP (RFC 9110 §5.6.7).
bool is_date(std::string_view value) noexcept {
    const auto digits = [&](std::size_t at, std::size_t count) {
        const auto part = value.substr(std::min(at, value.size()), count);
        return part.size() == count && std::ranges::all_of(part, text::is_digit);
    };
    if (digits(0, 4) && digits(5, 2) && digits(8, 2) && value[4] == '-' && value[7] == '-') {
        return value.find_first_not_of("0123456789-:.,+TtZz ", 10) == std::string_view::npos;
    }
    return value.size() >= 26 && value.size() <= 29 && value.substr(3, 2) == ", " && digits(5, 2) &&
           value.ends_with(" GMT");
}

/// Returns true for the usual form of a UUID (RFC 9562 §4).
bool is_uuid(std::string_view value) noexcept {
    if (value.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? value[i] != '-' : text::hex_value(value[i]) < 0) {
            return false;
        }
    }
    return true;
}

/// Returns true for what may be looked for in other places: it is unlikely to stand there by chance.
bool may_be_looked_for(std::string_view value) noexcept {
    return value.size() >= shortest_credential && !is_placeholder(value) && !is_redacted(value) &&
           !is_number(value) && !is_date(value) && !is_uuid(value);
}

/// Returns the password of a pair of user and password, or the user where it is empty: some services take a
/// key as the user.
std::string_view secret_of_pair(std::string_view pair) noexcept {
    const auto user = pair.substr(0, pair.find(':'));
    const auto password = pair.substr(std::min(user.size() + 1, pair.size()));
    return password.empty() ? user : password;
}

class collection {
public:
    collection(const name_rules& rules, bool in_request) : rules_{rules}, in_request_{in_request} {}

    void add(std::string_view value) { found_.add(value); }
    bool is_full(std::size_t count) const noexcept { return found_.all.size() >= count; }

    void add_authorization(std::string_view value) {
        add_with_scheme(value);
        // Fields of one name may have been joined on the way (RFC 9110 §5.3).
        while (!value.empty()) {
            const auto end = std::min(value.find(','), value.size());
            const auto one = trimmed(value.substr(0, end));
            const auto word = one.substr(0, text::find_any(one, " \t"));
            if (equal_ignoring_case(word, "bearer") || equal_ignoring_case(word, "basic")) {
                add_with_scheme(one);
            }
            value.remove_prefix(std::min(end + 1, value.size()));
        }
    }

    void add_cookies(std::string_view value, bool only_first) {
        while (!value.empty()) {
            const auto end = std::min(value.find(';'), value.size());
            const auto pair = trimmed(value.substr(0, end));
            if (const auto equals = pair.find('='); equals != std::string_view::npos) {
                cookies_.add(pair.substr(equals + 1));
            }
            value.remove_prefix(only_first ? value.size() : std::min(end + 1, value.size()));
        }
    }

    void add_url(std::string_view url) {
        for (const auto& one : credentials_in_url(url, rules_)) {
            const auto raw = url.substr(one.at, one.size);
            if (is_redacted(raw) || !one.recurs) {
                continue;
            }
            if (is_user_info(url, one)) {
                const auto secret = secret_of_pair(raw);
                add(secret);
                add(percent_decoded(secret));
                continue;
            }
            add(raw);
            add(one.value);
        }
    }

    void add_field(std::string_view name, std::string_view value) {
        switch (const auto kind = kind_of(name, in_request_, rules_)) {
            case field_kind::plain:
                add_json(value);
                break;
            case field_kind::shaped:
                break;
            case field_kind::secret:
            case field_kind::protocols:
                add(secret_part(kind, value));
                break;
            case field_kind::authorization:
                add_authorization(value);
                break;
            case field_kind::cookie:
                add_cookies(value, false);
                break;
            case field_kind::set_cookie:
                add_cookies(value, true);
                break;
            case field_kind::url:
                add_url(value);
                break;
        }
    }

    std::vector<std::string> longest_first() && {
        auto all = std::move(found_.all);
        for (auto& one : cookies_.all) {
            if (std::ranges::find(all, one) == all.end()) {
                all.push_back(std::move(one));
            }
        }
        std::ranges::stable_sort(all, std::ranges::greater{}, &std::string::size);
        return all;
    }

private:
    /// The first values that come, as far as they fit. One that does not is left out, and others go on.
    struct first_values {
        void add(std::string_view value) {
            if (all.size() < most_collected && value.size() <= most_collected_bytes - bytes &&
                may_be_looked_for(value) && std::ranges::find(all, value) == all.end()) {
                all.emplace_back(value);
                bytes += value.size();
            }
        }

        std::vector<std::string> all;
        std::size_t bytes = 0;
    };

    /// Adds what a configuration in JSON names as credentials (Portkey's `x-portkey-config`).
    void add_json(std::string_view value) {
        if (value.starts_with('{') || value.starts_with('[')) {
            credential_ranges in_value;
            credentials_in_json(value, 0, rules_, in_value);
            for (const auto& one : in_value) {
                if (one.recurs) {
                    add(one.value);
                }
            }
        }
    }

    void add_with_scheme(std::string_view value) {
        const auto rest = after_scheme(value);
        add(rest);
        if (rest.data() != value.data() &&
            equal_ignoring_case(value.substr(0, text::find_any(value, " \t")), "basic")) {
            const auto pair = base64_decoded(rest);
            if (pair.find(':') != std::string::npos) {
                add(secret_of_pair(pair));
            }
        }
    }

    static bool is_user_info(std::string_view url, const credential_range& one) noexcept {
        return one.at + one.size < url.size() && url[one.at + one.size] == '@';
    }

    const name_rules& rules_;
    bool in_request_;
    first_values found_;
    first_values cookies_;
};

}  // namespace

std::vector<std::string> collect_credentials(std::string_view head, std::string_view target,
                                             const name_rules& rules) {
    text::count_work(head.size());
    collection all{rules, is_request_head(head)};
    all.add_url(target);
    each_line(head, [&](std::string_view line, bool first) {
        const auto colon = line.find(':');
        if (first) {
            all.add_url(target_of(line.substr(0, line.find_last_not_of("\r\n") + 1)));
        } else if (colon != std::string_view::npos) {
            all.add_field(trimmed(line.substr(0, colon)), value_of(line, colon));
        }
    });
    return std::move(all).longest_first();
}

std::vector<std::string> collect_credentials(std::string_view head, std::string_view target) {
    return collect_credentials(head, target, name_rules{});
}

std::vector<std::string> credentials_of_user_info(std::string_view user_info) {
    const name_rules none;
    collection all{none, true};
    all.add(user_info);
    all.add(secret_of_pair(user_info));
    all.add(text::percent_encoded(secret_of_pair(user_info)));
    all.add(basic_credentials(user_info));
    return std::move(all).longest_first();
}

std::vector<std::string> named_credentials(const credential_ranges& in_body) {
    const name_rules none;
    collection all{none, true};
    for (const auto& one : in_body) {
        if (all.is_full(most_named)) {
            break;
        }
        if (one.recurs) {
            all.add(one.value);
            all.add(secret_of_pair(one.value));
            all.add_authorization(one.value);
        }
    }
    return std::move(all).longest_first();
}

}  // namespace tapes::http
