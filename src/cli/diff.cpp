#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* diff_examples = R"(Examples:
  tapes diff @1 @                       the session before the newest one, and that: figures, threads, messages
  tapes diff 41 42                      two exchanges: their requests part by part, and their answers
  tapes diff 3f2a9c81 77aa01b2 --stat   how much two chains differ

Two sessions, two exchanges or two nodes; of things of two kinds their chains are compared. Exits with 0
whether or not they differ.)";

}  // namespace

void add_diff(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::compared_records>();
    auto* command = root.add_subcommand("diff", "tell how two sessions, exchanges or chains differ");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("a", request->left, "a session, node or exchange")->type_name("A")->required();
    command->add_option("b", request->right, "another one")->type_name("B")->required();
    auto* words = command->add_flag_callback(
        "--words", [request] { request->by_lines = false; }, "mark the words that differ (the default)");
    command->add_flag("--lines", request->by_lines, "compare whole lines")->excludes(words);
    auto* stat = command->add_flag("--stat", request->stat, "only how much differs");
    add_json_flag(*command, request->json)->excludes(stat);
    add_screen_flags(*command, request->screen);
    command->footer(diff_examples);
    set_action(*command, context, [&context, request] {
        return app::show_difference(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
