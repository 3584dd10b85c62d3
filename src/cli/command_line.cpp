#include "commands.hpp"

#include <tapes/cli/command_line.hpp>
#include <tapes/config/keys.hpp>

#include <algorithm>
#include <array>
#include <ostream>

namespace tapes::cli {

namespace {

constexpr const char* root_examples = R"(Examples:
  tapes serve proxy --upstream mock                 try it: no key, no network needed
  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \
       -d '{"model":"demo","messages":[{"role":"user","content":"hi"}]}'

  tapes run -- claude                               record what a program says, wherever it sends it
  tapes log                                         what was recorded, session by session
  tapes show                                        the newest session

  tapes serve proxy --provider openai --upstream https://api.openai.com
  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1   then run any OpenAI client

  tapes serve proxy --kafka-brokers localhost:9092 --kafka-topic tapes.nodes
  tapes config                                      every value and where it came from

Turns are kept in ~/.tapes/tapes.sqlite (see: tapes config get storage.sqlite_path).)";

/// Commands of v0.4 that a user may try.
constexpr std::array<const char*, 13> reference_commands{"api",    "ingest",   "chat",  "checkout", "deck",
                                                         "start",  "seed",     "skill", "init",     "auth",
                                                         "status", "validate", "sync"};

int complain(app::printer& err, std::string text, int code) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (text.ends_with(' ')) {
        text.pop_back();
    }
    err << "tapes: " << text << "\n";
    return code;
}

/// Takes the command of `tapes run` off the line: its words are not ours, whatever they look like.
std::vector<std::string> take_command(std::vector<std::string> arguments, std::vector<std::string>& command) {
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    auto first = arguments.begin();
    while (first != dashes && first->starts_with('-')) {
        first += *first == "--config-dir" && first + 1 != dashes ? 2 : 1;
    }
    if (dashes != arguments.end() && first != dashes && *first == "run") {
        command.assign(dashes + 1, arguments.end());
        arguments.erase(dashes, arguments.end());
    }
    return arguments;
}

/// CLI11 reads `--flag=` as a flag that wants the next argument.
std::vector<std::string> with_empty_values(const std::vector<std::string>& arguments) {
    std::vector<std::string> all;
    for (const auto& argument : arguments) {
        if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
            all.push_back(argument.substr(0, argument.size() - 1));
            all.emplace_back();
        } else {
            all.push_back(argument);
        }
    }
    return all;
}

/// The words that name a command: "tapes serve".
std::string path_of(const CLI::App& command) {
    const auto* const parent = command.get_parent();
    return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
}

/// The command that was named last.
const CLI::App& named(const CLI::App& root) {
    const CLI::App* command = &root;
    while (!command->get_subcommands().empty()) {
        command = command->get_subcommands().front();
    }
    return *command;
}

std::vector<std::string> subcommands(const CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(sub->get_name());
    }
    return names;
}

/// Lists a command's own commands: "tapes cursor has list, set".
std::string subcommand_list(const CLI::App& command) {
    std::string text = path_of(command) + " has";
    const auto names = subcommands(command);
    for (const auto& name : names) {
        text += (&name == &names.front() ? " " : ", ") + name;
    }
    return text;
}

/// Words the error of CLI11 about something missing; of a missing subcommand it names those that there are.
std::string missing(const CLI::App& root, const std::string& message) {
    const auto& command = named(root);
    const bool lacks = command.get_require_subcommand_min() != 0 && command.get_subcommands().empty();
    return lacks ? "a command is missing: " + subcommand_list(command) : message;
}

std::string unexpected(const CLI::App& root) {
    const auto* command = &named(root);
    const auto rest = root.remaining(true);
    const auto word = rest.empty() ? std::string{} : rest.front();
    std::vector<std::string> known;
    const bool flag = word.starts_with('-');
    for (const auto* at = command; at != nullptr; at = flag ? at->get_parent() : nullptr) {
        if (flag) {
            for (const auto* option : at->get_options()) {
                for (const auto& name : option->get_lnames()) {
                    known.push_back("--" + name);
                }
            }
            continue;
        }
        known = subcommands(*at);
    }
    if (std::find(reference_commands.begin(), reference_commands.end(), word) != reference_commands.end()) {
        return "this version has no command \"" + word + "\"; see tapes --help";
    }
    const auto meant = config::nearest(word.substr(0, word.find('=')), known);
    std::string hint = meant.empty() ? "; see tapes --help" : "; did you mean " + meant + "?";
    if (!flag && meant.empty() && !known.empty()) {
        hint = "; " + subcommand_list(*command);
    }
    return std::string{"unknown "} + (flag ? "flag" : "command or argument") + " \"" + word + "\"" + hint;
}

void add_globals(CLI::App& root, command_context& context) {
    root.add_option_function<std::string>(
            "--config-dir", [&](const std::string& directory) { context.inputs.config_dir = directory; },
            "directory of config.toml and, by default, of the store (default: ./.tapes, else ~/.tapes)")
        ->type_name("DIR")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    root.add_flag_callback(
        "-d,--debug",
        [&] {
            context.inputs.flags.push_back({"log.level", "debug", "--debug"});
        },
        "log at level debug");
    root.set_version_flag("--version", version_line());
}

}  // namespace

void set_action(CLI::App& command, command_context& context, std::function<int()> action) {
    command.preparse_callback(
        [&context, action = std::move(action)](std::size_t) { context.chosen = action; });
}

config::loaded load_config(command_context& context) {
    auto loaded = config::load(context.inputs);
    for (const auto& warning : loaded.warnings) {
        context.err << "tapes: warning: " << warning << "\n";
    }
    return loaded;
}

int run_command_line(const std::vector<std::string>& arguments, const actions& act, config::inputs inputs,
                     std::ostream& out, std::ostream& err, bool to_terminal) {
    app::printer printed{out, to_terminal ? app::printer::device::terminal : app::printer::device::file};
    app::printer complaints{err};
    command_context context{act, std::move(inputs), printed, complaints, {}, {}};
    CLI::App root{"tapes: a relay for LLM APIs that keeps what was said", "tapes"};
    root.fallthrough();
    // One command a line: behind it a word is a name, whatever else it names. All commands inherit that.
    root.require_subcommand(0, 1);
    add_globals(root, context);
    add_serve(root, context);
    add_run(root, context);
    add_config(root, context);
    add_log(root, context);
    add_show(root, context);
    add_tree(root, context);
    add_diff(root, context);
    add_search(root, context);
    add_stats(root, context);
    add_why(root, context);
    add_tail(root, context);
    add_mcp(root, context);
    add_open(root, context);
    add_export(root, context);
    add_import(root, context);
    add_exchange(root, context);
    add_dlq(root, context);
    add_cursor(root, context);
    add_verify(root, context);
    add_backup(root, context);
    add_restore(root, context);
    add_rederive(root, context);
    add_rebuild(root, context);
    add_orphans(root, context);
    add_replay(root, context);
    add_version(root, context);
    add_completion(root, context);
    add_complete_id(root, context);
    root.footer(root_examples);  // last, for subcommands take over what is there
    try {
        auto words = with_empty_values(take_command(arguments, context.behind_dashes));
        std::reverse(words.begin(), words.end());
        root.parse(std::move(words));
        if (!context.chosen) {
            printed.lines(root.help());
            return done;
        }
        return context.chosen();
    } catch (const CLI::ExtrasError&) {
        return complain(complaints, unexpected(root), wrong_use);
    } catch (const CLI::RequiredError& wrong) {
        return complain(complaints, missing(root, wrong.what()), wrong_use);
    } catch (const CLI::ParseError& wrong) {
        // Help and version are not errors.
        return wrong.get_exit_code() == 0 ? root.exit(wrong, out, err)
                                          : complain(complaints, wrong.what(), wrong_use);
    } catch (const usage_error& wrong) {
        return complain(complaints, wrong.what(), wrong_use);
    } catch (const config::error& wrong) {
        return complain(complaints, wrong.what(), wrong.where() == config::source::flag ? wrong_use : failed);
    } catch (const std::exception& wrong) {
        return complain(complaints, wrong.what(), failed);
    }
}

}  // namespace tapes::cli
