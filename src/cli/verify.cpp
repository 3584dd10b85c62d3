#include "commands.hpp"

#include <tapes/app/verify.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* verify_examples = R"(Examples:
  tapes verify                            the default store (see: tapes config)
  tapes verify --sqlite old.sqlite --json

Works while tapes runs, and changes nothing. Exit code 0: all is well; 1: something is wrong, and named.)";

}  // namespace

void add_verify(CLI::App& root, command_context& context) {
    const auto json = std::make_shared<bool>(false);
    auto* command =
        root.add_subcommand("verify", "check everything that the store says against what it holds");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_flag("--json", *json, "tell it as one JSON object");
    command->footer(verify_examples);
    set_action(*command, context, [&context, json] {
        return app::verify_store(load_config(context).values, *json, context.out);
    });
}

}  // namespace tapes::cli
