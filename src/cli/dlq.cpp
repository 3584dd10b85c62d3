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
void add_choice(CLI::App& to, app::letter_choice& which, bool changes) {
    to.add_option("id", which.ids, "numbers, as in the list")->type_name("NUMBER")->check(whole_number);
    to.add_option("--state", which.states, "pending, scheduled, retried or discarded")
        ->type_name("STATE")
        ->check(CLI::IsMember({"pending", "scheduled", "retried", "discarded"}));
    to.add_option("--topic", which.topic, "of one topic")->type_name("TOPIC");
    to.add_option("--event-type", which.event_type, "such as tapes.node.v1")->type_name("TYPE");
    to.add_option("--source", which.source, "of one cursor or consumer group")->type_name("NAME");
    to.add_option("--since", which.since,
                  "received since then: 2026-01-31, 2026-01-31T12:00:00Z, or an age: 90m")
        ->type_name("TIME");
    to.add_option("--until", which.until, "received before then")->type_name("TIME");
    if (changes) {
        to.add_flag("--all", which.all, "all that are pending or scheduled");
    }
}

void add_dlq_list(CLI::App& parent, context& with) {
    struct asked {
        app::letter_choice which;
        std::size_t limit = 50;
        bool json = false;
    };
    const auto what = std::make_shared<asked>();
    auto* command = parent.add_subcommand("list", "the newest dead letters");
    command->fallthrough();
    add_choice(*command, what->which, false);
    command->add_option("--limit", what->limit, "so many at most (default 50)")
        ->type_name("N")
        ->check(whole_number);
    command->add_flag("--json", what->json, "an object in each line");
    command->preparse_callback([&with, what](std::size_t) {
        with.chosen = [&with, what] {
            return app::list_letters(load_config(with).values, what->which, what->limit, what->json,
                                     with.out);
        };
    });
}

void add_dlq_show(CLI::App& parent, context& with) {
    const auto id = std::make_shared<std::int64_t>();
    const auto json = std::make_shared<bool>();
    auto* command = parent.add_subcommand("show", "all of one dead letter");
    command->fallthrough();
    command->add_option("id", *id, "its number")->type_name("NUMBER")->required()->check(whole_number);
    command->add_flag("--json", *json, "in one line");
    command->preparse_callback([&with, id, json](std::size_t) {
        with.chosen = [&with, id, json] {
            return app::show_letter(load_config(with).values, *id, *json, with.out);
        };
    });
}

void add_dlq_stats(CLI::App& parent, context& with) {
    const auto json = std::make_shared<bool>();
    auto* command = parent.add_subcommand("stats", "totals by topic and state");
    command->fallthrough();
    command->add_flag("--json", *json, "as one JSON object");
    command->preparse_callback([&with, json](std::size_t) {
        with.chosen = [&with, json] { return app::letter_stats(load_config(with).values, *json, with.out); };
    });
}

void add_dlq_change(CLI::App& parent, context& with, bool discard) {
    struct asked {
        app::letter_choice which;
        std::string reason;
        bool dry_run = false;
    };
    const auto what = std::make_shared<asked>();
    auto* command =
        parent.add_subcommand(discard ? "discard" : "retry",
                              discard ? "give dead letters up, for a reason" : "try dead letters again now");
    command->fallthrough();
    add_choice(*command, what->which, true);
    command->add_flag("--dry-run", what->dry_run, "only say how many");
    if (discard) {
        command->add_option("--reason", what->reason, "why; kept and announced")
            ->type_name("TEXT")
            ->required();
    }
    command->preparse_callback([&with, what, discard](std::size_t) {
        with.chosen = [&with, what, discard] {
            const auto values = load_config(with).values;
            return discard ? app::discard_letters(values, what->which, what->reason, what->dry_run, with.out)
                           : app::retry_letters(values, what->which, what->dry_run, with.out);
        };
    });
}

}  // namespace

void add_dlq(CLI::App& root, context& with) {
    auto* command = root.add_subcommand("dlq", "dead letters: events that could not be delivered");
    command->fallthrough();
    command->require_subcommand(1);
    add_store_flag(*command, with);
    add_dlq_list(*command, with);
    add_dlq_show(*command, with);
    add_dlq_change(*command, with, false);
    add_dlq_change(*command, with, true);
    add_dlq_stats(*command, with);
    command->footer(dlq_examples);
}

}  // namespace tapes::cli
