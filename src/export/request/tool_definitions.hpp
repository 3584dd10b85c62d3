#pragma once

#include <tapes/export/left_out.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// A tool that the client runs, as any API defines it.
struct function_tool {
    std::string name;
    std::string description;
    nlohmann::ordered_json parameters;  ///< a JSON schema; null: none
    nlohmann::ordered_json strict;      ///< null: not told
};

/// The definitions of tools in a recorded request of any API (Bedrock's Converse has them in `toolConfig`);
/// null where there are none.
nlohmann::ordered_json recorded_tools(const nlohmann::ordered_json& request);

/// Reads the definitions of a recorded request of any API. Tools of the provider's own are counted in `left`.
std::vector<function_tool> read_tools(const nlohmann::ordered_json& tools, left_out& left);

/// Writes them in the form of an API: `anthropic_messages`, `openai_chat`, `openai_responses`, `ollama_chat`.
nlohmann::ordered_json tools_in_form(const std::vector<function_tool>& tools, std::string_view api);

}  // namespace tapes::exports
