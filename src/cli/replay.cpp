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

void add_brokers(CLI::App& command, command_context& context) {
    command
        .add_option_function<std::string>(
            "--kafka-brokers",
            [&context](const std::string& value) {
                context.inputs.flags.push_back({"publisher.kafka.brokers", value, "--kafka-brokers"});
            },
            "brokers of the target topic: host:port, comma-separated (default: those of the configuration)")
        ->type_name("LIST")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

/// The configured topic is where nodes are published; a replay names its own, so brokers may come alone.
config::settings replay_settings(command_context& context) {
    context.inputs.flags.push_back({"publisher.type", "nop", "tapes replay"});
    return load_config(context).values;
}

void add_choice(CLI::App& command, app::replay_request& request) {
    const auto text = [&](const char* flag, std::string& to, const char* about, const char* type) {
        command.add_option(flag, to, about)
            ->type_name(type)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    };
    text("--root", request.root, "the conversation that begins with this node", "HASH");
    text("--session", request.session, "only turns of the client's session with this id", "ID");
    text("--since", request.since,
         "recorded then or later: 2026-01-31, 2026-01-31T12:00:00Z (UTC), or an age: 90s, 90m, 12h, 7d",
         "TIME");
    text("--until", request.until, "recorded before that time", "TIME");
    text("--agent", request.agent, "only turns of one agent", "NAME");
    text("--project", request.project, "only turns of one project", "NAME");
    command
        .add_option("--event-type", request.event_types,
                    "which events of the turns (default tapes.node.v1); may be repeated")
        ->type_name("TYPE")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_named(CLI::App& parent, command_context& context, const char* name, const char* about,
               std::function<int(const config::settings&, const std::string&)> act) {
    const auto chosen = std::make_shared<std::string>();
    auto* command = parent.add_subcommand(name, about);
    command->fallthrough();
    command->add_option("name", *chosen, "name of the replay")->type_name("NAME")->required();
    set_action(*command, context, [&context, chosen, act] { return act(replay_settings(context), *chosen); });
}

void add_replay_list(CLI::App& parent, command_context& context) {
    const auto json = std::make_shared<bool>(false);
    auto* command = parent.add_subcommand("list", "list every replay, how far it is and in which state");
    command->fallthrough();
    command->add_flag("--json", *json, "an object in each line");
    set_action(*command, context,
               [&context, json] { return app::list_replays(replay_settings(context), *json, context.out); });
}

void add_replay_start(CLI::App& command, command_context& context) {
    const auto request = std::make_shared<app::replay_request>();
    command.add_option("name", request->name, "name of the replay (default: made of the time)")
        ->type_name("NAME");
    add_choice(command, *request);
    command.add_option("--to", request->to, "topic:NAME, file:PATH (a new one) or - (standard output)")
        ->type_name("TARGET");
    command.add_option("--speed", request->speed, "0.1 to 100 times as recorded, or max (default)")
        ->type_name("X");
    command
        .add_option("--batch", request->batch,
                    "the largest number of events that a crash may send twice (default 500)")
        ->type_name("N")
        ->check(whole_number);
    command.add_flag("--dry-run", request->dry_run, "only say what would be sent");
    set_action(command, context, [&context, request] {
        return app::start_replay(replay_settings(context), *request, context.out, context.err);
    });
}

}  // namespace

void add_replay(CLI::App& root, command_context& context) {
    auto* command = root.add_subcommand("replay", "send the events of recorded turns again");
    command->fallthrough();
    add_store_flag(*command, context);
    add_brokers(*command, context);
    add_replay_start(*command, context);
    add_replay_list(*command, context);
    add_named(*command, context, "resume", "go on with a replay where it stopped",
              [&context](const config::settings& settings, const std::string& name) {
                  return app::resume_replay(settings, name, context.out, context.err);
              });
    add_named(*command, context, "pause", "stop a running replay, so that it can be resumed",
              [&context](const config::settings& settings, const std::string& name) {
                  return app::pause_replay(settings, name, context.out);
              });
    add_named(*command, context, "cancel", "end a replay for good",
              [&context](const config::settings& settings, const std::string& name) {
                  return app::cancel_replay(settings, name, context.out);
              });
    command->footer(replay_examples);  // last, for subcommands take over what is there
}

}  // namespace tapes::cli
