#pragma once

#include "redaction/names.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tapes::http {

/// What the value of a field may hold.
enum class field_kind : std::uint8_t {
    plain,
    shaped,  ///< a credential by the shape of its name alone
    secret,
    cookie,
    set_cookie,
    authorization,
    protocols,
    url,
};

/// Tells from the name of a field what its value may hold. Shapes count in requests only.
field_kind kind_of(std::string_view field_name, bool in_request, const name_rules& rules);

/// Tells whether a head is that of a request.
inline bool is_request_head(std::string_view head) noexcept {
    return !head.starts_with("HTTP/");
}

/// Calls `visit(line, is_start_line)` for each line of a head. A folded line (RFC 9112 §5.2) counts as one.
template <typename Visit>
void each_line(std::string_view head, Visit&& visit) {
    for (std::size_t at = 0; at < head.size();) {
        auto end = std::min(head.find('\n', at), head.size() - 1) + 1;
        while (at > 0 && end < head.size() && (head[end] == ' ' || head[end] == '\t')) {
            end = std::min(head.find('\n', end), head.size() - 1) + 1;
        }
        visit(head.substr(at, end - at), at == 0);
        at = end;
    }
}

/// Returns the value of a field line, without surrounding white space and line end.
std::string_view value_of(std::string_view line, std::size_t colon) noexcept;

/// Returns the target in the start line of a request, "" for that of an answer.
std::string_view target_of(std::string_view start_line) noexcept;

/// Returns the part of a field's value that is secret or that holds a URL; "" where there is none.
std::string_view secret_part(field_kind kind, std::string_view value) noexcept;

/// Returns what follows the scheme in a value of Authorization (RFC 9110 §11.4), or all of it where there is
/// none.
std::string_view after_scheme(std::string_view value) noexcept;

/// Returns true for what `redactor::token` returns: it stands for a credential, and is none.
bool is_redacted(std::string_view value) noexcept;

}  // namespace tapes::http
