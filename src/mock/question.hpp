#pragma once

#include "text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::mock {

/// A tool that a request offers.
struct tool {
    std::string name;        ///< of one in a namespace `NAMESPACE__NAME`
    json schema;             ///< the JSON schema of its arguments
    bool freeform = false;   ///< takes plain text in place of arguments (`custom` tools of Responses)
    std::string space = {};  ///< its namespace (of Responses); "": none

    /// The schemas of its arguments by name.
    json arguments() const {
        return schema.is_object() ? schema.value("properties", json::object()) : json::object();
    }
};

/// The part of a request that decides the answer's content, the same for every API.
struct question {
    std::string model;
    std::string text;    ///< what the answer repeats: the user's last message, or the tool's result behind it
    std::string prompt;  ///< the user's last message
    bool is_user = false;       ///< the request ends with a message of the user
    bool answers_tool = false;  ///< the request ends with the result of a tool
    std::size_t results = 0;    ///< results of tools behind the user's last message
    bool task_goes_on = false;  ///< the last result belongs to a call of the agent's task
    std::vector<tool> tools;
    bool stream = false;
};

/// The text that answers: it repeats the user or the tool; the end of a long text is replaced by its hash.
std::string echo_of(const question& from);

}  // namespace tapes::mock
