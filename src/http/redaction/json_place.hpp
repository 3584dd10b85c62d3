#pragma once

#include "redaction/names.hpp"

#include <string_view>

namespace tapes::http {

/// The part that a JSON value has in the API.
enum class place : unsigned char {
    nothing,
    root,  ///< a request or an answer, or what wraps one
    roots,
    open,  ///< anything else that is no conversation
    servers,
    server,
    tools,
    tool,
    tool_part,       ///< within a tool, but not in its schema
    headers,         ///< header fields for an MCP server
    authentication,  ///< for a source of data (Azure): its `key` is a credential
    secrets,         ///< objects with a `value` that is secret
    secret_object,
    plain_secrets  ///< values that are secret, whatever their names
};

/// Returns the place of the elements of an array at `here`. `depth` is that of the array.
place element_of(place here, int depth) noexcept;

/// Returns the place of what a member holds. Messages, schemas and tool calls are conversation, and are not
/// entered.
place inside(place here, std::string_view name, const name_rules& rules);

/// Tells whether the string in a member is a credential.
name_kind secret_kind(place here, std::string_view name, const name_rules& rules);

/// Tells whether the string in a member is an address whose parts may be credentials.
bool is_url(place here, std::string_view name) noexcept;

}  // namespace tapes::http
