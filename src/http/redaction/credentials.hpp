#pragma once

#include <tapes/http/redaction.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

/// Bytes of a text that are to be replaced, and the credential they stand for.
struct credential_range {
    std::size_t at = 0;
    std::size_t size = 0;
    std::string value;
    bool recurs = true;  ///< it is to be looked for elsewhere, too
};

/// The credentials in a URL or request target: values of credential parameters after `?` or `#`, and user
/// info.
std::vector<credential_range> credentials_in_url(std::string_view url);

/// The values of a form body that are credentials by name.
std::vector<credential_range> credentials_in_form(std::string_view body);

/// True when a JSON text may hold a field that is a credential by API design: one fast pass, rarely wrong.
/// Returns the offset of the first place at or after `from` that looks like one, or npos.
std::size_t find_json_hint(std::string_view body, std::size_t from) noexcept;

/// The string values in one JSON text (or several, one after the other) that are credentials by API design,
/// in order. `base` is added to offsets.
void credentials_in_json(std::string_view text, std::size_t base, std::vector<credential_range>& out);

/// The same in an event stream or NDJSON: in each line, after `data:` where that stands, and in an event
/// whose data has several lines.
void credentials_in_lines(std::string_view body, std::vector<credential_range>& out);

/// What is a credential by the place where it stands in a body of that format.
std::vector<credential_range> credentials_in_body(std::string_view body, body_format format);

/// Of these, those that are to be looked for elsewhere. The first few where there are many.
std::vector<std::string> named_credentials(const std::vector<credential_range>& in_body);

/// Where these stand in the values of one member that follow each other (the deltas of an event stream), but
/// in no single one: one range for each value that holds a part. Bounded memory beside what is found.
void credentials_across_values(std::string_view body, const std::vector<std::string>& credentials,
                               std::vector<credential_range>& out);

/// Where `value` stands in `body`, as it is or with any escapes that JSON writers use for some of its
/// characters.
void occurrences(std::string_view body, std::string_view value, std::vector<credential_range>& out);

}  // namespace tapes::http
