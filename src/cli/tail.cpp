#include "commands.hpp"

#include <tapes/app/tail.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* tail_examples = R"(Examples:
  tapes tail                            the newest exchanges
  tapes tail -f --project site          and each one that is recorded from now on
  tapes tail -f --partial               and answers while they are still coming
  tapes tail -n 0 -f --json | jq .said

It goes on when the process that records is started again. See also: tapes log, tapes show.)";

}  // namespace

void add_tail(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::tail_request>();
    auto* command = root.add_subcommand("tail", "show the newest exchanges, one in a line, and follow them");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("-n,--limit", request->limit, "the number of exchanges to begin with (default 20)")
        ->type_name("N")
        ->check(whole_number);
    command->add_flag("-f,--follow", request->follow, "go on with those that are recorded from now on");
    command->add_flag("--partial", request->partial, "with -f: show answers while they are still coming");
    add_text_options(*command,
                     {
                         {"--project", request->project, "NAME", "of this project"},
                         {"--agent", request->agent, "NAME", "of this agent"},
                         {"--session", request->session, "NAME", "of the session of this name"},
                         {"--model", request->model, "NAME", "of this model, requested or answering"},
                         {"--provider", request->provider, "NAME", "of this provider"},
                     });
    add_json_flag(*command, request->json);
    add_screen_flags(*command, request->screen);
    command->footer(tail_examples);
    set_action(*command, context, [&context, request] {
        return app::tail_record(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
