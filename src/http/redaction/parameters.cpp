#include "redaction/credentials.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/percent.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::http {
namespace {

using text::percent_decoded;
using text::plus_sign;

using kind_of_parameter = name_kind (*)(std::string_view name, const name_rules& rules);

/// Adds the values of credential parameters of `text`, where any of `separators` stands between parameters.
void parameters(std::string_view text, std::size_t from, std::string_view separators, plus_sign plus,
                kind_of_parameter kind_of, const name_rules& rules, credential_ranges& out) {
    while (from < text.size()) {
        const auto end = std::min(text::find_any(text, separators, from), text.size());
        const auto pair = text.substr(from, end - from);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && equals + 1 < pair.size()) {
            const auto name = pair.substr(0, equals);
            const bool encoded = name.find('%') != std::string_view::npos;
            const auto kind = kind_of(encoded ? percent_decoded(name) : name, rules);
            if (kind != name_kind::plain) {
                const auto value = pair.substr(equals + 1);
                out.add({from + equals + 1, value.size(), percent_decoded(value, plus),
                         kind == name_kind::named});
            }
        }
        from = end + 1;
    }
}

}  // namespace

credential_ranges credentials_in_url(std::string_view url, const name_rules& rules) {
    credential_ranges out;
    text::count_work(url.size());
    const auto query = std::min(text::find_any(url, "?#"), url.size());
    for (auto slashes = url.find("//"); slashes != std::string_view::npos && slashes < url.size();) {
        const auto start = slashes + 2;
        const auto end = std::min(text::find_any(url, "/?#&", start), url.size());
        const auto at = url.substr(start, end - start).rfind('@');
        if (at != std::string_view::npos && at > 0) {
            out.add({start, at, percent_decoded(url.substr(start, at))});
        }
        slashes = url.find("//", end > start ? end : start);
    }
    parameters(url, query + 1, "&;?#", plus_sign::plus, query_kind, rules, out);
    return out;
}

void credentials_in_form(std::string_view body, const name_rules& rules, credential_ranges& out) {
    text::count_work(body.size());
    parameters(body, 0, "&", plus_sign::space, form_kind, rules, out);
}

}  // namespace tapes::http
