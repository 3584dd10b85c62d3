#include "key_flags.hpp"

#include <tapes/app/daemons.hpp>

#include <array>

namespace tapes::cli {

namespace {

constexpr std::array<key_flag, 11> serve_collector_flags{{
    {"--kafka-brokers", "--kafka-brokers", "collector.brokers", "LIST", "host:port, comma-separated"},
    {"--kafka-topic", "--kafka-topic", "collector.topic", "TOPIC", "topic of the nodes"},
    {"--group", "--group", "collector.group", "NAME", "consumer group (default: made of the topic's name)"},
    {"--consumers", "--consumers", "collector.consumers", "N",
     "consumers of the group in this process (default 1; more than partitions are idle)"},
    {"--content-source", "--content-source", "collector.content_source", "LIST",
     "http URLs of proxies' admin listeners, for content that no event carries"},
    {"-s,--sqlite", "--sqlite", "storage.sqlite_path", "FILE",
     "the store (default: tapes.sqlite in the config dir)"},
    {"--admin-listen", "--admin-listen", "admin.listen", "HOST:PORT",
     "health, metrics and the read API (default 127.0.0.1:8081; \"\": none)"},
    {"--admin-token", "--admin-token", "admin.token", "TOKEN",
     "bearer token of the admin listener (better: TAPES_ADMIN_TOKEN)"},
    {"--drain-timeout", "--drain-timeout", "collector.drain_timeout", "TIME", "at shutdown (default 30s)"},
    {"--log-level", "--log-level", "log.level", "LEVEL", "trace, debug, info, warn or error"},
    {"--log-format", "--log-format", "log.format", "FORMAT", "text or json"},
}};

constexpr const char* serve_collector_examples = R"(Examples:
  tapes serve collector --kafka-brokers a:9092,b:9092 --kafka-topic tapes.nodes --sqlite central.sqlite
  tapes serve collector --kafka-brokers a:9092 --kafka-topic tapes.nodes --group central --consumers 3 \
       --content-source http://10.0.0.7:8081,http://10.0.0.8:8081 -s central.sqlite

A store has one collector. Nodes are stored once, whatever comes again; a node whose parent has not come waits
for it (tapes orphans). SIGINT, SIGTERM or SIGHUP stops it: what was read is stored and committed.)";

}  // namespace

void add_serve_collector(CLI::App& serve, command_context& context) {
    auto* command =
        serve.add_subcommand("collector", "take the nodes of many proxies from a Kafka topic into one store");
    command->fallthrough();
    add_key_flags(*command, context, serve_collector_flags);
    add_set_flag(*command, context);
    command->footer(serve_collector_examples);
    set_action(*command, context, [&context] { return app::run_collector(load_config(context).values); });
}

}  // namespace tapes::cli
