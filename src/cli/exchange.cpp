#include "commands.hpp"

#include <tapes/app/exchanges.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* list_examples = R"(Examples:
  tapes exchange list --limit 5
  tapes exchange list --since 90m --dropped          what gave no turn, and why
  tapes exchange list --session abc --json           every column, an object in each line)";

constexpr const char* show_examples = R"(Examples:
  tapes exchange show 01890a5d                       heads and bodies, content codings undone
  tapes exchange show 42 --request > request.json    the bytes as they came
  tapes exchange show 42 --response --decoded
  tapes exchange show 42 --events                    each event of the answer, with its time

ID is the exchange's id, as in log lines and the list, as much of its beginning as is unique, or its seq.)";

void add_exchange_list(CLI::App& parent, command_context& context) {
    const auto request = std::make_shared<app::exchange_list>();
    auto* command = parent.add_subcommand("list", "list the newest exchanges");
    command->fallthrough();
    command->add_option("--limit", request->limit, "the largest number of exchanges (default 20)")
        ->type_name("N")
        ->check(whole_number);
    command
        ->add_option(
            "--since", request->since,
            "accepted since then: 2026-01-31, 2026-01-31T12:00:00Z (UTC), or an age: 90s, 90m, 12h, 7d")
        ->type_name("TIME");
    command->add_option("--api", request->api, "such as openai_chat")->type_name("API");
    command->add_option("--session", request->session, "only sessions of clients whose id begins so")
        ->type_name("ID");
    command->add_flag("--dropped", request->dropped, "only what gave no turn");
    command->add_flag("--json", request->json,
                      "an object in each line, with all columns of the view exchanges,"
                      " request_text and answer_text");
    command->footer(list_examples);
    set_action(*command, context, [&context, request] {
        return app::list_exchanges(load_config(context).values, *request, context.out);
    });
}

void add_exchange_show(CLI::App& parent, command_context& context) {
    const auto request = std::make_shared<app::exchange_show>();
    auto* command = parent.add_subcommand("show", "print heads and bodies of one exchange");
    command->fallthrough();
    command->add_option("id", request->id, "id, its beginning, or seq")->type_name("ID")->required();
    auto* request_flag = command->add_flag_callback(
        "--request", [request] { request->shown = app::exchange_show::part::request; },
        "only the request's body");
    auto* response_flag = command->add_flag_callback(
        "--response", [request] { request->shown = app::exchange_show::part::response; },
        "only the answer's body");
    request_flag->excludes(response_flag);
    auto* raw = command->add_flag("--raw", request->raw, "bodies as on the wire (the default of one body)");
    auto* decoded =
        command->add_flag("--decoded", request->decoded, "content codings undone (the default of the whole)");
    raw->excludes(decoded);
    const auto events = std::make_shared<app::exchange_events>();
    auto* listed =
        command->add_flag("--events", events->wanted, "what the answer said, event by event, with times");
    for (auto* const other : {request_flag, response_flag, raw, decoded}) {
        listed->excludes(other);
    }
    command->add_option("--from", events->from, "with --events: from this offset of the decoded body on")
        ->type_name("N")
        ->check(whole_number)
        ->needs(listed);
    command->add_option("-n,--limit", events->limit, "with --events: at most so many (default 1000; 0: all)")
        ->type_name("N")
        ->check(whole_number)
        ->needs(listed);
    add_json_flag(*command, events->json)->needs(listed);
    command->footer(show_examples);
    set_action(*command, context, [&context, request, events] {
        if (events->wanted) {
            events->id = request->id;
            return app::show_events(load_config(context).values, *events, context.out);
        }
        return app::show_exchange(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace

void add_exchange(CLI::App& root, command_context& context) {
    auto* command = root.add_subcommand("exchange", "list or print the exchanges that passed the proxy");
    command->fallthrough();
    command->require_subcommand(1);
    add_store_flag(*command, context);
    add_exchange_list(*command, context);
    add_exchange_show(*command, context);
}

}  // namespace tapes::cli
