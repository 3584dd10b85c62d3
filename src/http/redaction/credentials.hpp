#pragma once

#include "redaction/names.hpp"

#include <tapes/http/redaction.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

/// The bytes of a text that are to be replaced, and the credential that they stand for.
struct credential_range {
    std::size_t at = 0;
    std::size_t size = 0;
    std::string value;
    bool recurs = true;  ///< the text is to be searched for it elsewhere, too
};

/// Finds the credentials in a URL or request target: values of credential parameters after `?` or `#`, and
/// user info.
std::vector<credential_range> credentials_in_url(std::string_view url, const name_rules& rules = {});

/// Finds the values of a form body that are credentials by their names.
std::vector<credential_range> credentials_in_form(std::string_view body, const name_rules& rules);

/// Returns the first offset at or after `from` where a JSON text has a member that may be a credential by its
/// name, or that may hold one, or npos. One fast pass, so that most bodies need no other.
std::size_t find_json_hint(std::string_view body, std::size_t from, const name_rules& rules);

/// Appends, in order, the string values of one JSON text (or of several, one after the other) that are
/// credentials by API design. `base` is added to their offsets.
void credentials_in_json(std::string_view text, std::size_t base, const name_rules& rules,
                         std::vector<credential_range>& out);

/// Does the same for an event stream or NDJSON: in each line, after `data:` where that stands, and in an
/// event whose data has several lines.
void credentials_in_lines(std::string_view body, const name_rules& rules, std::vector<credential_range>& out);

/// Finds the values that are credentials by their places in a body of that format.
std::vector<credential_range> credentials_in_body(std::string_view body, body_format format,
                                                  const name_rules& rules);

/// Returns those of the credentials that are to be searched for elsewhere, at most 32.
std::vector<std::string> named_credentials(const std::vector<credential_range>& in_body);

/// Collects the credentials of a head, see http::collect_credentials.
std::vector<std::string> collect_credentials(std::string_view head, std::string_view target,
                                             const name_rules& rules);

/// Finds the credentials that stand in successive values of one member (the deltas of an event stream), but
/// in no single value. Appends one range for each value that holds a part. Memory is bounded beside what is
/// found.
void credentials_across_values(std::string_view body, const std::vector<std::string>& credentials,
                               std::vector<credential_range>& out);

}  // namespace tapes::http
