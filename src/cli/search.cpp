#include "commands.hpp"

#include <tapes/app/reading.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* search_examples = R"(Examples:
  tapes search multi-agent parser            both, in one message
  tapes search '"no such file" OR ENOENT'    a phrase, or another word
  tapes search 'deploy* -staging since:7d'   words that begin so, without another
  tapes search timeout --tool Bash --errors --newest
  tapes search 语言 role:user --json

A filter in the query does what its flag does: model: provider: agent: project: role: tool: session: since: until:
error:yes is:fork, and with a minus before it all others. All other punctuation is text: std::move, a.b, don't.
See a hit with: tapes show HASH. TIME is 2026-01-31, 2026-01-31T12:00:00Z (UTC), or an age: 90s, 90m, 12h, 7d.)";

}  // namespace

void add_search(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::record_search>();
    auto* command = root.add_subcommand("search", "find what was said, by words and filters");
    command->fallthrough();
    add_store_flag(*command, context);
    command
        ->add_option("query", request->words, "words, \"phrases\", begin*, -without, one OR other, filters")
        ->type_name("QUERY")
        ->required();
    command->add_option("-n,--limit", request->limit, "the largest number of hits (default 20; 0: all)")
        ->type_name("N")
        ->check(whole_number);
    command->add_option("--part", request->parts, "only there: text, tools, arguments, results, thinking")
        ->type_name("PART,...")
        ->delimiter(',');
    add_text_options(
        *command,
        {
            {"--since", request->since, "TIME", "said then or later"},
            {"--until", request->until, "TIME", "said before"},
            {"--project", request->project, "NAME", "of this project"},
            {"--agent", request->agent, "NAME", "sent by this agent"},
            {"--model", request->model, "NAME", "to or by this model"},
            {"--provider", request->provider, "NAME", "of this provider"},
            {"--role", request->role, "NAME", "user, assistant, tool, system"},
            {"--tool", request->tool, "NAME", "calls of this tool and their results"},
            {"--session", request->session, "NAME", "of this session; @ is the newest"},
            {"--after", request->after, "CURSOR", "behind the hits of an earlier search, which tells it"},
        });
    command->add_flag("--errors", request->errors,
                      "only results of tools that failed, and exchanges that did");
    command->add_flag("--forks", request->forks, "only messages with which a branch begins");
    command->add_flag("--newest", request->newest, "the newest first, not the best");
    command->add_flag("--flat", request->flat, "hits in their order, not by session");
    add_json_flag(*command, request->json);
    add_screen_flags(*command, request->screen);
    command->footer(search_examples);
    set_action(*command, context, [&context, request] {
        return app::search_record(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
