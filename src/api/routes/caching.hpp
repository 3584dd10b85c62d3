#pragma once

#include <tapes/api/record.hpp>
#include <tapes/api/route.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tapes::api {

/// How long an answer may be used again without a question (RFC 9111). All are private: a token was needed.
enum class freshness : int {
    ask = 1,      ///< the client asks each time, with its ETag
    forever = 2,  ///< it cannot change
};

/// Tells whether `tag` is among those of If-None-Match (RFC 9110 §13.1.2), compared weakly.
bool lists_tag(std::string_view field, std::string_view tag);

/// Returns the answer 304 where the client has `tag` already (RFC 9110 §13.1.2).
std::optional<response> not_modified(const request& received, std::string_view tag, freshness fresh);

/// Adds the ETag and how long the answer may be kept.
response tagged(response answer, std::string_view tag, freshness fresh);

/// A weak tag of everything that is derived from the record as it is now: it is another one when anything was
/// recorded since, and in another process.
std::string tag_of(record& from);

}  // namespace tapes::api
