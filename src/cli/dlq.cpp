#include "commands.hpp"

#include <tapes/app/dead_letters.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* dlq_examples = R"(Examples:
  tapes dlq list --state pending                     what waits for a person
  tapes dlq show 7                                   all of one, with its history and payload
  tapes dlq retry 7 8                                now, whatever its policy says
  tapes dlq retry --topic tapes.nodes --since 2h --dry-run
  tapes dlq discard --all --reason "test data"
  tapes dlq stats --json

A change goes through the process that has the store, when one runs: see admin.listen and admin.token.)";

/// The flags that choose letters.
void add_choice(CLI::App& to, app::letter_choice& choice, bool changes) {
    to.add_option("id", choice.ids, "numbers, as in the list")->type_name("NUMBER")->check(whole_number);
    to.add_option("--state", choice.states, "pending, scheduled, retried or discarded")
        ->type_name("STATE")
        ->check(CLI::IsMember({"pending", "scheduled", "retried", "discarded"}));
    to.add_option("--topic", choice.topic, "only letters of one topic")->type_name("TOPIC");
    to.add_option("--event-type", choice.event_type, "such as tapes.node.v1")->type_name("TYPE");
    to.add_option("--source", choice.source, "only letters of one cursor or consumer group")
        ->type_name("NAME");
    to.add_option("--since", choice.since,
                  "received since then: 2026-01-31, 2026-01-31T12:00:00Z, or an age: 90m")
        ->type_name("TIME");
    to.add_option("--until", choice.until, "received before then")->type_name("TIME");
    if (changes) {
        to.add_flag("--all", choice.all, "all that are pending or scheduled");
    }
}

void add_dlq_list(CLI::App& parent, command_context& context) {
    struct arguments {
        app::letter_choice choice;
        std::size_t limit = 50;
        bool json = false;
    };
    const auto request = std::make_shared<arguments>();
    auto* command = parent.add_subcommand("list", "list the newest dead letters");
    command->fallthrough();
    add_choice(*command, request->choice, false);
    command->add_option("--limit", request->limit, "the largest number of dead letters (default 50)")
        ->type_name("N")
        ->check(whole_number);
    command->add_flag("--json", request->json, "an object in each line");
    set_action(*command, context, [&context, request] {
        return app::list_letters(load_config(context).values, request->choice, request->limit, request->json,
                                 context.out);
    });
}

void add_dlq_show(CLI::App& parent, command_context& context) {
    const auto id = std::make_shared<std::int64_t>();
    const auto json = std::make_shared<bool>();
    auto* command = parent.add_subcommand("show", "show all of one dead letter");
    command->fallthrough();
    command->add_option("id", *id, "its number")->type_name("NUMBER")->required()->check(whole_number);
    command->add_flag("--json", *json, "in one line");
    set_action(*command, context, [&context, id, json] {
        return app::show_letter(load_config(context).values, *id, *json, context.out);
    });
}

void add_dlq_stats(CLI::App& parent, command_context& context) {
    const auto json = std::make_shared<bool>();
    auto* command = parent.add_subcommand("stats", "show totals by topic and state");
    command->fallthrough();
    command->add_flag("--json", *json, "as one JSON object");
    set_action(*command, context, [&context, json] {
        return app::letter_stats(load_config(context).values, *json, context.out);
    });
}

void add_dlq_change(CLI::App& parent, command_context& context, bool discard) {
    struct arguments {
        app::letter_choice choice;
        std::string reason;
        bool dry_run = false;
    };
    const auto request = std::make_shared<arguments>();
    auto* command =
        parent.add_subcommand(discard ? "discard" : "retry",
                              discard ? "give dead letters up, for a reason" : "try dead letters again now");
    command->fallthrough();
    add_choice(*command, request->choice, true);
    command->add_flag("--dry-run", request->dry_run, "only say how many letters would change");
    if (discard) {
        command->add_option("--reason", request->reason, "why; kept and announced")
            ->type_name("TEXT")
            ->required();
    }
    set_action(*command, context, [&context, request, discard] {
        const auto values = load_config(context).values;
        return discard ? app::discard_letters(values, request->choice, request->reason, request->dry_run,
                                              context.out)
                       : app::retry_letters(values, request->choice, request->dry_run, context.out);
    });
}

}  // namespace

void add_dlq(CLI::App& root, command_context& context) {
    auto* command =
        root.add_subcommand("dlq", "list, retry or discard dead letters: events that could not be delivered");
    command->fallthrough();
    command->require_subcommand(1);
    add_store_flag(*command, context);
    add_dlq_list(*command, context);
    add_dlq_show(*command, context);
    add_dlq_change(*command, context, false);
    add_dlq_change(*command, context, true);
    add_dlq_stats(*command, context);
    command->footer(dlq_examples);
}

}  // namespace tapes::cli
