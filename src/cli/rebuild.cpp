#include "key_flags.hpp"

#include <tapes/app/rebuild.hpp>

#include <array>
#include <memory>

namespace tapes::cli {

namespace {

constexpr std::array<key_flag, 5> rebuild_flags{{
    {"--kafka-brokers", "--kafka-brokers", "collector.brokers", "LIST", "host:port, comma-separated"},
    {"--kafka-topic", "--kafka-topic", "collector.topic", "TOPIC", "topic of the nodes"},
    {"--consumers", "--consumers", "collector.consumers", "N", "consumers that read at once (default 1)"},
    {"--content-source", "--content-source", "collector.content_source", "LIST",
     "http URLs of proxies' admin listeners, for content that no event carries"},
    {"--log-level", "--log-level", "log.level", "LEVEL", "trace, debug, info, warn or error"},
}};

constexpr const char* rebuild_examples = R"(Examples:
  tapes rebuild --from-kafka --kafka-brokers localhost:9092 --kafka-topic tapes.nodes --to new.sqlite

Reads the whole topic, up to its end as of now. Where nodes or their parents are not on it any more, that is said,
and the exit code is 1.)";

struct rebuild_words {
    bool from_kafka = false;
    std::string to;
};

}  // namespace

void add_rebuild(CLI::App& root, command_context& context) {
    const auto words = std::make_shared<rebuild_words>();
    auto* command = root.add_subcommand("rebuild", "make a new store of a Kafka topic that holds everything");
    command->fallthrough();
    command->add_flag("--from-kafka", words->from_kafka, "read the nodes from a topic of Kafka")->required();
    command->add_option("--to", words->to, "the new store")->type_name("FILE")->required();
    add_key_flags(*command, context, rebuild_flags);
    add_set_flag(*command, context);
    command->footer(rebuild_examples);
    set_action(*command, context, [&context, words] {
        return app::rebuild_store(load_config(context).values, words->to, context.out, context.err);
    });
}

}  // namespace tapes::cli
