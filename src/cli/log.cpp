#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* session_list_examples = R"(Examples:
  tapes log                                  the newest sessions
  tapes log --since 7d --model gpt-5 --errors
  tapes log --project site --limit 0 --json  all of them, an object in each line

TIME is 2026-01-31, 2026-01-31T12:00:00Z (UTC), or an age: 90s, 90m, 12h, 7d. See also: tapes show.)";

}  // namespace

void add_log(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::session_list>();
    auto* command = root.add_subcommand("log", "list the recorded sessions, the newest first");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("-n,--limit", request->limit, "the largest number of sessions (default 50; 0: all)")
        ->type_name("N")
        ->check(whole_number);
    add_text_options(*command,
                     {
                         {"--since", request->since, "TIME", "with an exchange then or later"},
                         {"--until", request->until, "TIME", "begun before"},
                         {"--project", request->project, "NAME", "of this project"},
                         {"--agent", request->agent, "NAME", "of this agent"},
                         {"--client", request->client, "NAME", "of this client, such as claude-code"},
                         {"--model", request->model, "NAME", "whose newest turn asked for this model"},
                         {"--provider", request->provider, "NAME", "of this provider"},
                         {"--caller", request->caller, "NAME", "of this caller (proxy.clients)"},
                         {"--session", request->session, "NAME", "whose name begins so"},
                         {"--title", request->title, "TEXT", "whose title has this in it"},
                     });
    command->add_flag("--errors", request->errors, "only with an exchange that failed");
    add_json_flag(*command, request->json);
    add_screen_flags(*command, request->screen);
    command->footer(session_list_examples);
    set_action(*command, context, [&context, request] {
        return app::list_sessions(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
