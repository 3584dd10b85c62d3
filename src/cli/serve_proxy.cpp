#include "key_flags.hpp"

#include <array>

namespace tapes::cli {

namespace {

constexpr std::array<key_flag, 16> serve_proxy_flags{{
    {"-l,--listen", "--listen", "proxy.listen", "HOST:PORT",
     "where clients connect (default 127.0.0.1:8080; \":8080\": every interface)"},
    {"-u,--upstream", "--upstream", "proxy.upstream", "URL",
     "where requests go (default http://localhost:11434; \"mock\": a built-in one)"},
    {"--provider", "--provider", "proxy.provider", "NAME",
     "anthropic, openai, ollama, azure, bedrock, databricks, gemini, groq, openrouter, mistral, vertex, xai, "
     "or auto: each request tells (default ollama)"},
    {"--project", "--project", "proxy.project", "NAME",
     "kept with each turn (default: name of the git top level, else of the directory)"},
    {"-s,--sqlite", "--sqlite", "storage.sqlite_path", "FILE",
     "the store (default: tapes.sqlite in the config dir)"},
    {"--postgres", "--postgres", "storage.postgres_dsn", "DSN", "not supported; says what to do instead"},
    {"--publisher", "--publisher", "publisher.type", "TYPE",
     "nop or kafka (default: kafka where brokers are given)"},
    {"--kafka-brokers", "--kafka-brokers", "publisher.kafka.brokers", "LIST", "host:port, comma-separated"},
    {"--kafka-topic", "--kafka-topic", "publisher.kafka.topic", "TOPIC", "topic of the nodes"},
    {"--kafka-client-id", "--kafka-client-id", "publisher.kafka.client_id", "ID", "client id"},
    {"--admin-listen", "--admin-listen", "admin.listen", "HOST:PORT",
     "health, metrics and the read API (default 127.0.0.1:8081; \"\": none)"},
    {"--admin-token", "--admin-token", "admin.token", "TOKEN",
     "bearer token of the admin listener (better: TAPES_ADMIN_TOKEN)"},
    {"--record-ack", "--record-ack", "record.ack", "MODE",
     "what the end of an answer waits for: bounded, wait, none"},
    {"--drain-timeout", "--drain-timeout", "proxy.drain_timeout", "TIME", "at shutdown (default 30s)"},
    {"--log-level", "--log-level", "log.level", "LEVEL", "trace, debug, info, warn or error"},
    {"--log-format", "--log-format", "log.format", "FORMAT", "text or json"},
}};

constexpr const char* serve_proxy_examples = R"(Examples:
  tapes serve proxy --upstream mock
  tapes serve proxy -u https://api.openai.com --provider openai -s ./tapes.sqlite
  tapes serve proxy --port 8080 --publisher kafka --kafka-brokers localhost:9092 --kafka-topic tapes.nodes
  tapes serve proxy --set proxy.idle_timeout=10m --set record.budget_bytes=1GiB

Also: --config-dir DIR, -d/--debug (log at level debug).
Every key that --set takes: tapes config. SIGINT, SIGTERM or SIGHUP stops it, losing nothing.)";

}  // namespace

void add_proxy_flags(CLI::App& command, command_context& context) {
    add_key_flags(command, context, serve_proxy_flags);
    command
        .add_option_function<unsigned>(
            "--port", [&context](unsigned port) { context.inputs.port = static_cast<std::uint16_t>(port); },
            "replaces the port of --listen")
        ->type_name("PORT")
        ->check(CLI::Range(0U, 65535U))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_set_flag(command, context);
    command.footer(serve_proxy_examples);
}

int serve_proxy(command_context& context) {
    return context.act.proxy(load_config(context).values);
}

void add_serve_proxy(CLI::App& serve, command_context& context) {
    auto* command = serve.add_subcommand("proxy", "relay LLM traffic, keep its turns, publish them");
    command->fallthrough();
    add_proxy_flags(*command, context);
    set_action(*command, context, [&] { return serve_proxy(context); });
}

}  // namespace tapes::cli
