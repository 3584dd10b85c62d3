#include "rules.hpp"

#include <tapes/config/load.hpp>

#include <algorithm>

namespace tapes::config {

namespace {

/// A row: the reader and shower `As` applied to the member that `field` picks.
template <class As, class Field>
rule row(std::string name, std::string about, Field field, bool secret = false) {
    rule made;
    made.about.environment = environment_name(name);
    made.about.name = std::move(name);
    made.about.form = As::form;
    made.about.about = std::move(about);
    made.about.secret = secret;
    made.read = [field](settings& values, const raw& text) { As::read(text, field(values)); };
    made.show = [field](const settings& values) { return As::show(field(values)); };
    made.about.fallback = made.show(settings{});
    return made;
}

/// PostgreSQL's key exists only to say why it does not work here.
struct as_refused : as_text {
    static void read(const raw& from, std::string&) {
        if (!trimmed(text_of(from)).empty()) {
            throw bad_value{
                "PostgreSQL is not supported: turns are kept in SQLite (storage.sqlite_path, --sqlite), and "
                "many "
                "machines are brought together over Kafka"};
        }
    }
};

/// Properties come one by one; the table as a whole is only named.
struct as_properties {
    static constexpr const char* form = "table";
    static void read(const raw&, std::map<std::string, std::string>&) {
        throw bad_value{"must be a table; give one property as publisher.kafka.properties.NAME = VALUE"};
    }
    static std::string show(const std::map<std::string, std::string>&) { return {}; }
};

#define TAPES_FIELD(member) [](auto& all) -> auto& { return all.member; }

void add_proxy(std::vector<rule>& to) {
    using timeout = as_duration<1>;
    to.push_back(row<as_listen>("proxy.listen", "where clients connect; \":8080\" is every interface",
                                TAPES_FIELD(proxy.listen)));
    to.push_back(row<as_upstream>("proxy.upstream",
                                  "where requests go; \"mock\" starts the built-in upstream",
                                  TAPES_FIELD(proxy.upstream)));
    to.push_back(row<as_provider>(
        "proxy.provider",
        "whose API the upstream speaks; auto: each request tells, and only upstreams that are set are used",
        TAPES_FIELD(proxy.provider)));
    to.push_back(
        row<as_text>("proxy.project",
                     "project kept with each turn; empty: name of the git top level, else of the directory",
                     TAPES_FIELD(proxy.project)));
    to.push_back(row<as_path>("proxy.upstream_ca", "PEM file of a CA to trust besides the system's",
                              TAPES_FIELD(proxy.upstream_ca)));
    to.push_back(row<as_path>("proxy.tls_cert",
                              "PEM certificate chain; with proxy.tls_key the listener speaks TLS",
                              TAPES_FIELD(proxy.tls_cert)));
    to.push_back(
        row<as_path>("proxy.tls_key", "PEM private key of proxy.tls_cert", TAPES_FIELD(proxy.tls_key)));
    to.push_back(row<as_origins>("proxy.allowed_origins",
                                 "web pages that may use the proxy over loopback, besides those of loopback; "
                                 "\"*\": all",
                                 TAPES_FIELD(proxy.allowed_origins)));
    to.push_back(row<as_path>("proxy.client_ca",
                              "PEM file of the CAs of clients' certificates; then every client needs one",
                              TAPES_FIELD(proxy.client_ca)));
    to.push_back(row<as_clients>(std::string{clients_key},
                                 "who may use the proxy: names and their tokens; empty: all who reach it",
                                 TAPES_FIELD(proxy.clients), true));
    to.push_back(row<as_count<0, 1024>>("proxy.threads", "I/O threads; 0: as many as suit the machine",
                                        TAPES_FIELD(proxy.threads)));
    to.push_back(row<as_count<1, 1'000'000>>("proxy.max_connections", "open client connections; beyond: 503",
                                             TAPES_FIELD(proxy.max_connections)));
    to.push_back(row<as_bytes<1024, 1U << 24>>("proxy.max_header_bytes",
                                               "largest size of a request head or answer head",
                                               TAPES_FIELD(proxy.max_header_bytes)));
    to.push_back(row<as_count<8, 10'000>>("proxy.max_header_fields", "largest number of fields in a head",
                                          TAPES_FIELD(proxy.max_header_fields)));
    to.push_back(row<timeout>("proxy.connect_timeout", "time to connect to the upstream",
                              TAPES_FIELD(proxy.connect_timeout)));
    to.push_back(row<timeout>("proxy.head_timeout", "time for a client's request head",
                              TAPES_FIELD(proxy.head_timeout)));
    to.push_back(row<timeout>("proxy.first_byte_timeout", "time until the first byte of an answer",
                              TAPES_FIELD(proxy.first_byte_timeout)));
    to.push_back(row<timeout>("proxy.idle_timeout", "longest time between two bytes of an answer",
                              TAPES_FIELD(proxy.idle_timeout)));
    to.push_back(row<timeout>("proxy.client_write_timeout",
                              "longest time that a client may take no byte of its answer",
                              TAPES_FIELD(proxy.client_write_timeout)));
    to.push_back(row<timeout>("proxy.keepalive_timeout", "longest time that a client connection may be idle",
                              TAPES_FIELD(proxy.keepalive_timeout)));
    to.push_back(
        row<as_duration<0>>("proxy.tunnel_idle_timeout",
                            "longest time that nothing passes on a WebSocket or other tunnel; 0s: no limit",
                            TAPES_FIELD(proxy.tunnel_idle_timeout)));
    to.push_back(row<as_duration<0>>("proxy.drain_delay", "at shutdown: not ready, but still accepting",
                                     TAPES_FIELD(proxy.drain_delay)));
    to.push_back(row<as_duration<0>>("proxy.drain_timeout", "at shutdown: time for open exchanges to finish",
                                     TAPES_FIELD(proxy.drain_timeout)));
    to.push_back(row<as_one_of<client_gone>>(
        "proxy.on_client_disconnect", "close the upstream, or read its answer to the end (so usage is known)",
        TAPES_FIELD(proxy.on_client_disconnect)));
    to.push_back(row<as_url>("proxy.openai_upstream", "upstream of /agents/NAME/providers/openai",
                             TAPES_FIELD(proxy.openai_upstream)));
    to.push_back(row<as_url>("proxy.anthropic_upstream", "upstream of /agents/NAME/providers/anthropic",
                             TAPES_FIELD(proxy.anthropic_upstream)));
    to.push_back(row<as_url>("proxy.gemini_upstream", "upstream of /agents/NAME/providers/gemini",
                             TAPES_FIELD(proxy.gemini_upstream)));
    to.push_back(row<as_optional_url>("proxy.ollama_upstream",
                                      "upstream of /agents/NAME/providers/ollama; empty: proxy.upstream",
                                      TAPES_FIELD(proxy.ollama_upstream)));
    to.push_back(row<as_url>("proxy.openai_auth_upstream", "upstream of the sign-in paths of agent codex",
                             TAPES_FIELD(proxy.openai_auth_upstream)));
}

void add_record(std::vector<rule>& to) {
    to.push_back(row<as_one_of<ack_mode>>(
        "record.ack",
        "whether the end of an answer waits until its turn is stored: for ack_timeout, always or never",
        TAPES_FIELD(record.ack)));
    to.push_back(row<as_duration<1>>("record.ack_timeout", "how long `bounded` waits",
                                     TAPES_FIELD(record.ack_timeout)));
    to.push_back(row<as_bytes<1U << 20>>("record.budget_bytes", "captured bytes held in memory",
                                         TAPES_FIELD(record.budget_bytes)));
    to.push_back(row<as_bytes<0>>("record.spill_bytes",
                                  "captured bytes held in temporary files beside the store",
                                  TAPES_FIELD(record.spill_bytes)));
    to.push_back(row<as_one_of<wire_mode>>("record.wire", "the exchanges whose heads and bodies are kept",
                                           TAPES_FIELD(record.wire)));
    to.push_back(row<as_duration<1>>("record.work_limit",
                                     "time of a processor that the work on one exchange may take",
                                     TAPES_FIELD(record.work_limit)));
    to.push_back(row<as_count<0, 1024>>("record.workers",
                                        "worker threads, at least two; 0: as many as suit the machine",
                                        TAPES_FIELD(record.workers)));
    to.push_back(row<as_patterns>("record.volatile",
                                  "RE2 patterns for system text that a client rewrites with every request",
                                  TAPES_FIELD(record.volatile_system)));
}

void add_redaction(std::vector<rule>& to) {
    to.push_back(row<as_header_names>("redaction.headers",
                                      "header fields to redact beside those that are known",
                                      TAPES_FIELD(redaction.headers)));
    to.push_back(row<as_member_names>(
        "redaction.fields", "members of bodies and parameters to redact beside those that are known",
        TAPES_FIELD(redaction.fields)));
}

void add_rest(std::vector<rule>& to) {
    to.push_back(row<as_path>("storage.sqlite_path",
                              "the store; empty: tapes.sqlite in the configuration directory",
                              TAPES_FIELD(storage.sqlite_path)));
    to.push_back(row<as_one_of<durability>>("storage.synchronous",
                                            "full: survives loss of power; normal: survives kill -9",
                                            TAPES_FIELD(storage.synchronous)));
    to.push_back(row<as_refused>(
        "storage.postgres_dsn", "not supported: must stay empty",
        [](auto&) -> std::string& {
            static thread_local std::string nothing;
            nothing.clear();
            return nothing;
        },
        true));
    to.push_back(row<as_switch>("catalogue.enabled",
                                "keep the catalogue, by which sessions are listed, beside the store",
                                TAPES_FIELD(catalogue.enabled)));
    to.push_back(row<as_switch>("catalogue.text", "keep the index of what was said in the catalogue",
                                TAPES_FIELD(catalogue.text)));
    to.push_back(row<as_publisher>("publisher.type", "empty: kafka where brokers and topic are given",
                                   TAPES_FIELD(publisher.type)));
    to.push_back(row<as_bytes<65536, 1ULL << 30>>("publisher.window_bytes", "bytes in flight to the broker",
                                                  TAPES_FIELD(publisher.window_bytes)));
    to.push_back(row<as_one_of<cursor_start>>("publisher.start", "where a new cursor starts in the log",
                                              TAPES_FIELD(publisher.start)));
    to.push_back(row<as_duration<0>>("publisher.flush_timeout", "at shutdown: time for what is in flight",
                                     TAPES_FIELD(publisher.flush_timeout)));
    to.push_back(row<as_events>("publisher.events", "what is published", TAPES_FIELD(publisher.events)));
    to.push_back(row<as_text>("publisher.topic_prefix",
                              "stands before the names of all topics but that of the nodes",
                              TAPES_FIELD(publisher.topic_prefix)));
    to.push_back(row<as_text>("publisher.source",
                              "header `source` of every event, such as the name of this machine; empty: none",
                              TAPES_FIELD(publisher.source)));
    to.push_back(row<as_choices>("publisher.filter.provider", "only turns of these providers",
                                 TAPES_FIELD(publisher.filter.providers)));
    to.push_back(row<as_choices>("publisher.filter.agent", "only turns of these agents",
                                 TAPES_FIELD(publisher.filter.agents)));
    to.push_back(row<as_choices>("publisher.filter.project", "only turns of these projects",
                                 TAPES_FIELD(publisher.filter.projects)));
    to.push_back(row<as_names>("publisher.kafka.brokers", "host:port of one or more brokers",
                               TAPES_FIELD(publisher.kafka.brokers)));
    to.push_back(
        row<as_text>("publisher.kafka.topic", "topic of the nodes", TAPES_FIELD(publisher.kafka.topic)));
    to.push_back(
        row<as_text>("publisher.kafka.client_id", "client id", TAPES_FIELD(publisher.kafka.client_id)));
    to.push_back(row<as_switch>("publisher.kafka.create_topic", "create the topic where it is missing",
                                TAPES_FIELD(publisher.kafka.create_topic)));
    to.push_back(row<as_count<1, 10'000>>("publisher.kafka.partitions",
                                          "partitions of a topic that we create",
                                          TAPES_FIELD(publisher.kafka.partitions)));
    to.push_back(row<as_duration<0>>("publisher.kafka.retention",
                                     "retention of a topic that we create; 0s: the broker's default",
                                     TAPES_FIELD(publisher.kafka.retention)));
    to.push_back(row<as_bytes<1024, 1'000'000'000>>("publisher.kafka.max_message_bytes", "largest event",
                                                    TAPES_FIELD(publisher.kafka.max_message_bytes)));
    to.push_back(row<as_properties>(std::string{properties_key},
                                    "any librdkafka property, such as sasl.username (so SASL and TLS work)",
                                    TAPES_FIELD(publisher.kafka.properties)));
    to.push_back(row<as_text>("dead_letters.retry",
                              "when a dead letter is tried again: aggressive, default, cautious, immediate, "
                              "manual, or one of dead_letters.policies",
                              TAPES_FIELD(dead_letters.retry)));
    to.push_back(row<as_policy_names>("dead_letters.retry_by_event_type", "policies by event type",
                                      TAPES_FIELD(dead_letters.retry_by_event_type)));
    to.push_back(row<as_policy_names>("dead_letters.retry_by_topic",
                                      "policies by topic; they win over those by event type",
                                      TAPES_FIELD(dead_letters.retry_by_topic)));
    to.push_back(row<as_policies>("dead_letters.policies", "policies of your own",
                                  TAPES_FIELD(dead_letters.policies)));
    to.push_back(row<as_duration<0>>("dead_letters.retention",
                                     "older dead letters are discarded; 0s: kept for ever",
                                     TAPES_FIELD(dead_letters.retention)));
    to.push_back(row<as_duration<1>>("dead_letters.sweep_interval",
                                     "time between two looks for dead letters that are due",
                                     TAPES_FIELD(dead_letters.sweep_interval)));
}

void add_collector(std::vector<rule>& to) {
    to.push_back(row<as_names>("collector.brokers",
                               "host:port of one or more brokers; empty: publisher.kafka.brokers",
                               TAPES_FIELD(collector.brokers)));
    to.push_back(row<as_text>("collector.topic", "topic of the nodes; empty: publisher.kafka.topic",
                              TAPES_FIELD(collector.topic)));
    to.push_back(row<as_text>("collector.group", "consumer group; empty: made of the topic's name",
                              TAPES_FIELD(collector.group)));
    to.push_back(row<as_count<1, 256>>("collector.consumers", "consumers of the group in this process",
                                       TAPES_FIELD(collector.consumers)));
    to.push_back(row<as_one_of<offset_start>>(
        "collector.start", "where a group that has committed nothing begins", TAPES_FIELD(collector.start)));
    to.push_back(row<as_switch>("collector.create_topics",
                                "create the topic and that of its dead letters where they are missing",
                                TAPES_FIELD(collector.create_topics)));
    to.push_back(row<as_count<1, 100'000>>("collector.batch_messages",
                                           "most messages that are stored in one transaction",
                                           TAPES_FIELD(collector.batch_messages)));
    to.push_back(row<as_count<1, 10'000'000>>("collector.buffer_messages",
                                              "messages that a consumer holds, over all partitions",
                                              TAPES_FIELD(collector.buffer_messages)));
    to.push_back(row<as_bytes<65536, 1ULL << 34>>("collector.buffer_bytes",
                                                  "bytes that a consumer holds, over all partitions",
                                                  TAPES_FIELD(collector.buffer_bytes)));
    to.push_back(row<as_duration<1>>("collector.session_timeout",
                                     "a consumer that gives no sign of life for this long leaves its group",
                                     TAPES_FIELD(collector.session_timeout)));
    to.push_back(row<as_duration<0>>("collector.drain_timeout", "at shutdown: time to store what was read",
                                     TAPES_FIELD(collector.drain_timeout)));
    to.push_back(row<as_names>("collector.content_source",
                               "http URLs of proxies' admin listeners, for content that no event carries",
                               TAPES_FIELD(collector.content_source)));
    to.push_back(row<as_token>("collector.content_token", "bearer token of these listeners, or file:PATH",
                               TAPES_FIELD(collector.content_token), true));
    to.push_back(row<as_duration<1>>("collector.content_timeout", "time for one request for content",
                                     TAPES_FIELD(collector.content_timeout)));
    to.push_back(row<as_count<1, 1'000'000>>("collector.content_attempts",
                                             "requests for content before its event becomes a dead letter",
                                             TAPES_FIELD(collector.content_attempts)));
}

void add_listeners(std::vector<rule>& to) {
    to.push_back(row<as_optional_listen>("admin.listen", "health, metrics and the read API",
                                         TAPES_FIELD(admin.listen)));
    to.push_back(row<as_token>(
        "admin.token", "bearer token of the admin listener; on loopback one is made where none is set",
        TAPES_FIELD(admin.token), true));
    to.push_back(
        row<as_one_of<log_level>>("log.level", "least severity that is logged", TAPES_FIELD(log.level)));
    to.push_back(
        row<as_one_of<log_format>>("log.format", "lines of text or of JSON", TAPES_FIELD(log.format)));
}

#undef FIELD

}  // namespace

std::string environment_name(std::string_view key) {
    std::string name = "TAPES_";
    for (const char c : key) {
        name += c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

namespace {

/// What stands behind "TABLE." in `name`, or "".
std::string member_of(std::string_view table, std::string_view name) {
    const bool inside =
        name.size() > table.size() + 1 && name.starts_with(table) && name[table.size()] == '.';
    return inside ? std::string{name.substr(table.size() + 1)} : std::string{};
}

}  // namespace

std::string property_of(std::string_view name) {
    return member_of(properties_key, name);
}

std::string client_of(std::string_view name) {
    return member_of(clients_key, name);
}

const std::vector<rule>& rules() {
    static const std::vector<rule> all = [] {
        std::vector<rule> made;
        add_proxy(made);
        add_record(made);
        add_redaction(made);
        add_rest(made);
        add_collector(made);
        add_listeners(made);
        return made;
    }();
    return all;
}

const rule* find_rule(std::string_view name) {
    const auto found =
        std::find_if(rules().begin(), rules().end(), [&](const rule& r) { return r.about.name == name; });
    return found == rules().end() ? nullptr : &*found;
}

}  // namespace tapes::config
