#pragma once

#include "nodes/node_message.hpp"

#include <nlohmann/json.hpp>

namespace tapes::exports {

/// What a message says, as parts of the GenAI conventions (gen-ai-input-messages.json). Other blocks are
/// generic parts under their own type.
nlohmann::ordered_json parts_of_message(const node_message& from);

/// The role of a message there: `system`, `user`, `assistant` or `tool`.
const char* role_of_message(const node_message& from);

}  // namespace tapes::exports
