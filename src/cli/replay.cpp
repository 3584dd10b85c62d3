#include "commands.hpp"

#include <tapes/app/replay.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* replay_examples = R"(Examples:
  tapes replay --since 7d --dry-run                              what would be sent
  tapes replay --session abc --to file:abc.jsonl
  tapes replay night --since 2026-01-31 --until 2026-02-01 --to topic:staging.nodes --speed 10
  tapes replay list
  tapes replay resume night

What is chosen are turns; a turn brings the nodes before it, each once. Without a choice: everything. --speed
follows the times of the recording (1: as recorded), and waits as long as there was nothing; max never waits.
Each record has the headers replay and replay_seq. Ctrl-C pauses; what was sent is known, also after a crash.)";

void add_brokers(CLI::App& command, context& with) {
    command
        .add_option_function<std::string>(
            "--kafka-brokers",
            [&with](const std::string& value) {
                with.from.flags.push_back({"publisher.kafka.brokers", value, "--kafka-brokers"});
            },
            "of a topic: host:port, comma-separated (default: those of the configuration)")
        ->type_name("LIST")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

/// The configured topic is where nodes are published; a replay names its own, so brokers may come alone.
config::settings settings_of(context& with) {
    with.from.flags.push_back({"publisher.type", "nop", "tapes replay"});
    return load_config(with).values;
}

void add_choice(CLI::App& command, app::replay_request& asked) {
    const auto text = [&](const char* flag, std::string& to, const char* about, const char* type) {
        command.add_option(flag, to, about)
            ->type_name(type)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    };
    text("--root", asked.root, "the conversation that begins with this node", "HASH");
    text("--session", asked.session, "of one client's session", "ID");
    text("--since", asked.since,
         "recorded then or later: 2026-01-31, 2026-01-31T12:00:00Z (UTC), or an age: 90s, 90m, 12h, 7d",
         "TIME");
    text("--until", asked.until, "recorded before", "TIME");
    text("--agent", asked.agent, "of one agent", "NAME");
    text("--project", asked.project, "of one project", "NAME");
    command
        .add_option("--event-type", asked.event_types,
                    "which events of the turns (default tapes.node.v1); may be repeated")
        ->type_name("TYPE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_named(CLI::App& parent, context& with, const char* name, const char* about,
               std::function<int(const config::settings&, const std::string&)> act) {
    const auto chosen = std::make_shared<std::string>();
    auto* command = parent.add_subcommand(name, about);
    command->fallthrough();
    command->add_option("name", *chosen, "of the replay")->type_name("NAME")->required();
    command->preparse_callback([&with, chosen, act](std::size_t) {
        with.chosen = [&with, chosen, act] { return act(settings_of(with), *chosen); };
    });
}

void add_replay_list(CLI::App& parent, context& with) {
    const auto json = std::make_shared<bool>(false);
    auto* command = parent.add_subcommand("list", "every replay, how far it is and in which state");
    command->fallthrough();
    command->add_flag("--json", *json, "an object in each line");
    command->preparse_callback([&with, json](std::size_t) {
        with.chosen = [&with, json] { return app::list_replays(settings_of(with), *json, with.out); };
    });
}

void add_replay_start(CLI::App& command, context& with) {
    const auto asked = std::make_shared<app::replay_request>();
    command.add_option("name", asked->name, "of the replay (default: made of the time)")->type_name("NAME");
    add_choice(command, *asked);
    command.add_option("--to", asked->to, "topic:NAME, file:PATH (a new one) or - (standard output)")
        ->type_name("TARGET");
    command.add_option("--speed", asked->speed, "0.1 to 100 times as recorded, or max (default)")
        ->type_name("X");
    command.add_option("--batch", asked->batch, "events that a crash may send twice at most (default 500)")
        ->type_name("N")
        ->check(whole_number);
    command.add_flag("--dry-run", asked->dry_run, "only say what would be sent");
    command.preparse_callback([&with, asked](std::size_t) {
        with.chosen = [&with, asked] {
            return app::start_replay(settings_of(with), *asked, with.out, with.err);
        };
    });
}

}  // namespace

void add_replay(CLI::App& root, context& with) {
    auto* command = root.add_subcommand("replay", "send the events of recorded turns again");
    command->fallthrough();
    add_store_flag(*command, with);
    add_brokers(*command, with);
    add_replay_start(*command, with);
    add_replay_list(*command, with);
    add_named(*command, with, "resume", "go on where it stopped",
              [&with](const config::settings& how, const std::string& name) {
                  return app::resume_replay(how, name, with.out, with.err);
              });
    add_named(*command, with, "pause", "stop a running one, so that it can be resumed",
              [&with](const config::settings& how, const std::string& name) {
                  return app::pause_replay(how, name, with.out);
              });
    add_named(*command, with, "cancel", "end one for good",
              [&with](const config::settings& how, const std::string& name) {
                  return app::cancel_replay(how, name, with.out);
              });
    command->footer(replay_examples);  // last, for subcommands take over what is there
}

}  // namespace tapes::cli
