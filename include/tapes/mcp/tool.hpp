#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace tapes::mcp {

/// Members stand in the order in which they were written.
using ordered_json = nlohmann::ordered_json;

/// A question that an agent may ask, as `tools/list` tells it.
struct tool {
    std::string name, title, description;
    ordered_json input;   ///< JSON Schema of its arguments
    ordered_json output;  ///< JSON Schema of `tool_result::record`
};

/// What became of a call.
struct tool_result {
    ordered_json record;  ///< an object: what the record says
    std::string problem;  ///< why there is no answer, a sentence for who asked; "": there is one
};

}  // namespace tapes::mcp
