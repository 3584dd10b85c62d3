#pragma once

#include "answer.hpp"
#include "question.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapes::mock {

/// A call of a tool, before it gets the form of an API.
struct tool_call {
    std::string id;  ///< without the prefix of the API; unique within a conversation
    std::string name;
    json arguments;          ///< an object; for a tool that takes plain text a string
    std::string space = {};  ///< tool::space
};

/// Chooses the calls that answer a request; most requests get none, for a tool may be a shell. Calls are made
/// where `wanted.tool_calls` says how many, where the user's last message holds `[call TOOL {"a": 1}]`
/// (several are made at once), and, one after the other, as the agent's task (play_task). A refusal calls
/// nothing.
std::vector<tool_call> choose_calls(const question& from, const shape& wanted);

/// Tells whether a request asks for calls at all, so that its tools need not be read otherwise.
bool asks_for_calls(const question& from, const shape& wanted);

/// Tells whether a request asks for the agent's task: `[task]` or `[task:FILE]` in the user's last message,
/// or a model whose name contains "tapes-agent".
bool asks_for_task(const question& from);

/// The next call of the agent's task: reads FILE (README.md), writes tapes-mock.txt, runs `echo`, each with
/// the tool of the request that fits by its name. None once the task is done, and for a step without such a
/// tool.
std::vector<tool_call> play_task(const question& from);

/// The number of results that there are once the call with this id has been answered; 0 where the id is none
/// of the task's.
std::size_t task_results(std::string_view call_id);

/// An argument of a tool that nothing is known about but its schema; `number` makes calls differ.
json sample_argument(const json& schema, int number);

}  // namespace tapes::mock
