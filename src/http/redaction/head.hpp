#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tapes::http {

/// What the value of a field is looked at for.
enum class field_kind : std::uint8_t { plain, secret, cookie, set_cookie, authorization, protocols, url };

field_kind kind_of(std::string_view field_name) noexcept;

/// Calls `visit(line, is_start_line)` for the lines of a head; folded lines (RFC 9112 §5.2) are one.
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

/// Where the value of a field line lies in it, without white space and line end.
std::string_view value_of(std::string_view line, std::size_t colon) noexcept;

/// The target of a request's start line; "" of an answer's.
std::string_view target_of(std::string_view start_line) noexcept;

/// The part of a field's value that is secret, or that holds a URL; "" where there is none.
std::string_view secret_part(field_kind kind, std::string_view value) noexcept;

/// What follows the scheme word of an Authorization value (RFC 9110 §11.4); all of it where there is none.
std::string_view after_scheme(std::string_view value) noexcept;

/// What `redactor::token` gives: it stands for a credential, and is none.
bool is_redacted(std::string_view value) noexcept;

}  // namespace tapes::http
