#pragma once

#include "nodes/node_message.hpp"

#include <tapes/export/left_out.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// Messages in the form of an API. `own` tells that they were recorded in that API: then what only it knows
/// is written as it was; else it is left out, and counted.
struct form_context {
    bool own = false;
    left_out& left;
};

/// What stands outside the history, and the history.
struct messages_in_form {
    nlohmann::ordered_json system;  ///< null: there is none, or it stands in the history
    nlohmann::ordered_json history = nlohmann::ordered_json::array();
};

/// One message after the other, in the order of the chain.
using message_form = void (*)(const node_message& from, const form_context& context, messages_in_form& to);
void add_anthropic_message(const node_message& from, const form_context& context, messages_in_form& to);
void add_chat_message(const node_message& from, const form_context& context, messages_in_form& to);
void add_responses_message(const node_message& from, const form_context& context, messages_in_form& to);
void add_ollama_message(const node_message& from, const form_context& context, messages_in_form& to);

/// The arguments of a call as an object; those that are none as `{"arguments": "their text"}`.
nlohmann::ordered_json arguments_object(const merkle::block& call);
/// The same as the text of an object.
std::string arguments_text(const merkle::block& call);
/// The JSON that a block keeps of what has no field of its own; null where it is none.
nlohmann::ordered_json raw_json(const merkle::block& from);
/// The id of a call, or one that is made of its place where the API gives none.
std::string call_id_of(const node_message& from, std::size_t block);

}  // namespace tapes::exports
