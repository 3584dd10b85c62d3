#pragma once

#include "redaction/letters.hpp"

#include <string_view>

namespace tapes::http {

/// Tells whether a member holds credentials in members of its own whose names do not say so.
bool leads_to_credentials(std::string_view name) noexcept;

/// Tells whether a member may hold an address: `url`, `api_base`.
bool names_address(std::string_view name) noexcept;

/// Tells whether leads_to_credentials or names_address may say yes to a name with these letters.
bool may_lead_to_credentials(letter_set letters) noexcept;

/// Tells whether a member of a request or answer is conversation, a tool or a schema, into which nothing is
/// looked.
bool is_conversation(std::string_view name) noexcept;

/// Tells whether a member holds messages or a schema wherever it stands.
bool is_messages_or_schema(std::string_view name) noexcept;

}  // namespace tapes::http
