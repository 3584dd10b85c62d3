#include "tool_calls.hpp"

#include <tapes/text/hex.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

namespace tapes::mock {
namespace {

constexpr std::string_view task_word = "[task]";
constexpr std::string_view task_with_file = "[task:";
constexpr std::string_view agent_model = "tapes-agent";
constexpr std::string_view id_mark = "task";
constexpr std::string_view written_file = "tapes-mock.txt";
constexpr std::string_view written_text = "Written by the mock of tapes.\n";

using names = std::initializer_list<std::string_view>;

/// The values that one step of the task gives a tool, whatever the tool names its arguments.
struct step_values {
    std::string file{};
    std::string text{};
    std::string command{};
    std::string patch{};
};

bool is_one_of(std::string_view name, names known) {
    return std::any_of(known.begin(), known.end(), [&](std::string_view one) {
        return std::equal(name.begin(), name.end(), one.begin(), one.end(), [](char a, char b) {
            return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        });
    });
}

const tool* fitting_tool(const question& from, names known) {
    const auto found = std::find_if(from.tools.begin(), from.tools.end(),
                                    [&](const tool& one) { return is_one_of(one.name, known); });
    return found == from.tools.end() ? nullptr : &*found;
}

/// The value of an argument by its name; null where the step has none for it.
json argument(std::string_view name, const json& schema, const step_values& values) {
    const auto known = [&](const std::string& value, names of_value) {
        return !value.empty() && is_one_of(name, of_value);
    };
    if (known(values.file, {"file_path", "filepath", "path", "file", "filename"})) {
        return values.file;
    }
    if (known(values.text, {"content", "contents", "text", "file_text"})) {
        return values.text;
    }
    if (known(values.patch, {"input", "patch", "patchtext"})) {
        return values.patch;
    }
    if (known(values.command, {"command", "cmd"})) {
        const bool is_list = schema.is_object() && schema.value("type", json{}) == "array";
        return is_list ? json{"sh", "-c", values.command} : json(values.command);
    }
    return nullptr;
}

json arguments_of(const tool& chosen, const step_values& values) {
    if (chosen.freeform) {
        return values.patch;
    }
    json arguments = json::object();
    const auto required = chosen.schema.is_object() ? chosen.schema.value("required", json{}) : json{};
    const auto known = chosen.arguments();
    for (const auto& [name, schema] : known.items()) {
        auto value = argument(name, schema, values);
        if (value.is_null() && std::find(required.begin(), required.end(), name) != required.end()) {
            value = sample_argument(schema, 0);
        }
        if (!value.is_null()) {
            arguments[name] = std::move(value);
        }
    }
    return arguments;
}

/// The file of `[task:FILE]`, without what could mean something to a shell.
std::string file_to_read(const std::string& prompt) {
    std::string file;
    if (const auto at = prompt.find(task_with_file); at != std::string::npos) {
        const auto begin = at + task_with_file.size();
        file = prompt.substr(begin, prompt.find(']', begin) - begin);
    }
    std::erase_if(file, [](char c) {
        return std::string_view{" \t\r\n\"'`$\\;&|<>(){}*?!~#"}.find(c) != std::string_view::npos;
    });
    return file.empty() || file.starts_with('-') ? "README.md" : file;
}

struct task_step {
    const tool* chosen = nullptr;
    step_values values;
};

/// The steps for which the request has a tool, in their order.
std::vector<task_step> task_steps(const question& from) {
    const auto file = file_to_read(from.prompt);
    const std::string target{written_file};
    const std::string text{written_text};
    const auto* const shell =
        fitting_tool(from, {"bash", "shell", "exec_command", "shell_command", "run_shell_command",
                            "run_command", "execute_command", "run_terminal_cmd"});
    const auto* const reader = fitting_tool(from, {"read", "read_file"});
    const auto* const writer = fitting_tool(from, {"write", "write_file", "create_file"});
    const auto* const patcher = fitting_tool(from, {"apply_patch"});
    std::vector<task_step> steps;
    const auto add = [&](const tool* chosen, step_values values) {
        if (chosen != nullptr) {
            steps.push_back({chosen, std::move(values)});
        }
    };
    reader != nullptr ? add(reader, {.file = file}) : add(shell, {.command = "cat " + file});
    if (writer != nullptr) {
        add(writer, {.file = target, .text = text});
    } else if (patcher != nullptr) {
        add(patcher,
            {.patch = "*** Begin Patch\n*** Add File: " + target + "\n+" + text + "*** End Patch\n"});
    } else {
        add(shell, {.command = "echo 'Written by the mock of tapes.' > " + target});
    }
    add(shell, {.command = "echo tapes-mock"});
    return steps;
}

}  // namespace

bool asks_for_task(const question& from) {
    return from.task_goes_on || from.model.find(agent_model) != std::string::npos ||
           from.prompt.find(task_word) != std::string::npos ||
           from.prompt.find(task_with_file) != std::string::npos;
}

std::vector<tool_call> play_task(const question& from) {
    const auto steps = task_steps(from);
    if (from.results >= steps.size()) {
        return {};
    }
    const auto& [chosen, values] = steps[from.results];
    const auto number = std::to_string(from.results + 1);
    return {{std::string{id_mark} + number + "_" + text::to_hex(hash_of(from.prompt + from.text + number)),
             chosen->name, arguments_of(*chosen, values)}};
}

std::size_t task_results(std::string_view call_id) {
    std::size_t results = 0;
    if (const auto at = call_id.find(id_mark); at != std::string_view::npos) {
        std::from_chars(call_id.data() + at + id_mark.size(), call_id.data() + call_id.size(), results);
    }
    return results;
}

}  // namespace tapes::mock
