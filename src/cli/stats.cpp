#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* usage_examples = R"(Examples:
  tapes stats                              all that was recorded
  tapes stats --by day,model --since 7d
  tapes stats --by session --project site --json
  tapes stats --by tool
  tapes stats --latency --by model

Input, cache read, cache write and output never overlap; reasoning is a part of the output. Prices: docs/reading.md.
Days are those of UTC: --since and --until count whole ones.)";

}  // namespace

void add_stats(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::usage_request>();
    auto* command = root.add_subcommand("stats", "sum up tokens that were used, and what they cost");
    command->fallthrough();
    add_store_flag(*command, context);
    command
        ->add_option("--by", request->by,
                     "day, model, provider, project, agent, session, tool; with --latency also api, but not "
                     "session and tool")
        ->type_name("WHAT,...")
        ->delimiter(',');
    command->add_flag("--latency", request->latency,
                      "how long answers took: percentiles of the first byte, of all, and between tokens");
    add_text_options(
        *command, {
                      {"--since", request->since, "TIME", "from that day on: 2026-01-31, or an age: 12h, 7d"},
                      {"--until", request->until, "TIME", "up to that day, which counts"},
                      {"--project", request->project, "NAME", "of this project"},
                      {"--agent", request->agent, "NAME", "of this agent"},
                      {"--model", request->model, "NAME", "that asked for this model"},
                      {"--provider", request->provider, "NAME", "of this provider"},
                      {"--session", request->session, "ID", "of this session"},
                  });
    add_json_flag(*command, request->json);
    add_screen_flags(*command, request->screen);
    command->footer(usage_examples);
    set_action(*command, context, [&context, request] {
        return app::show_usage(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
