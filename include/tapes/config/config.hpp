#pragma once

#include <tapes/http/head.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

/// The checked configuration, as one value. How it is made (defaults, file, environment, flags) is load.hpp;
/// what each key means to a user is keys.hpp and docs/configuration.md.
namespace tapes::config {

using std::chrono::milliseconds;

/// Where to listen. `host` is a name or an IP address without brackets; "" means every interface (IPv6 and
/// IPv4). `port` 0: the system chooses.
struct listen_address {
    std::string host;
    std::uint16_t port = 0;
    bool configured = true;  ///< false: no listener (`admin.listen = ""`)

    /// "127.0.0.1:8080", "[::1]:8080", ":8080"; "" when not configured.
    std::string text() const;
    /// Only this machine can reach it: `localhost`, 127.0.0.0/8 or ::1.
    bool loopback() const;

    bool operator==(const listen_address&) const = default;
};

enum class client_gone { cancel, drain };
enum class ack_mode { bounded, wait, none };
enum class wire_mode { turns, all, none };
enum class durability { full, normal };
enum class publisher_type { none, nop, kafka };
enum class cursor_start { beginning, now };
enum class offset_start { earliest, latest, error };
enum class log_level { trace, debug, info, warn, error };
enum class log_format { text, json };

struct proxy_settings {
    listen_address listen{"127.0.0.1", 8080};
    std::string upstream =
        "http://localhost:11434";  ///< an http or https URL without trailing slash, or "mock"
    /// "anthropic", "openai", "ollama", "gemini", or "auto": then the upstreams that nobody has set are "".
    std::string provider = "ollama";
    std::string project;      ///< never empty once loaded
    std::string upstream_ca;  ///< PEM file of a CA to trust besides the system's, or ""
    std::string tls_cert;     ///< PEM file; with tls_key: the listener speaks TLS
    std::string tls_key;
    std::map<std::string, std::string>
        clients;            ///< names and their tokens, or "file:PATH"; empty: all may use it
    std::string client_ca;  ///< PEM file of the CAs of clients' certificates, or "": none is asked for
    std::vector<std::string> allowed_origins;  ///< of web pages, besides those of loopback; "*": all
    unsigned threads = 0;                      ///< I/O threads; 0: chosen by the program
    std::size_t max_connections = 10000;
    std::size_t max_header_bytes = http::head_limits{}.bytes;
    std::size_t max_header_fields = http::head_limits{}.fields;
    milliseconds connect_timeout{10'000};
    milliseconds head_timeout{30'000};
    milliseconds first_byte_timeout{600'000};
    milliseconds idle_timeout{300'000};  ///< between two bytes of an answer
    milliseconds client_write_timeout{60'000};
    milliseconds keepalive_timeout{75'000};
    milliseconds tunnel_idle_timeout{3'600'000};  ///< 0: none
    milliseconds drain_delay{0};
    milliseconds drain_timeout{30'000};
    client_gone on_client_disconnect = client_gone::cancel;
    std::string openai_upstream = "https://api.openai.com/v1";
    std::string anthropic_upstream = "https://api.anthropic.com";
    std::string gemini_upstream = "https://generativelanguage.googleapis.com";
    std::string ollama_upstream;  ///< "" : `upstream`
    std::string openai_auth_upstream = "https://auth.openai.com";
};

struct record_settings {
    ack_mode ack = ack_mode::bounded;
    milliseconds ack_timeout{250};
    std::uint64_t budget_bytes = 256ULL << 20;
    std::uint64_t spill_bytes = 8ULL << 30;
    milliseconds work_limit{10'000};
    wire_mode wire = wire_mode::turns;
    unsigned workers = 0;                      ///< 0: chosen by the program; never less than two
    std::vector<std::string> volatile_system;  ///< `record.volatile`: RE2 patterns that compile
};

/// What is redacted beside what is known (docs/credentials.md); a name may have `*` in it.
struct redaction_settings {
    std::vector<std::string> headers;  ///< names of header fields
    std::vector<std::string> fields;   ///< names of members of bodies and of parameters
};

struct catalogue_settings {
    bool enabled = true;
    bool text = true;  ///< what was said can be searched
};

struct storage_settings {
    std::string sqlite_path;  ///< never empty once loaded
    durability synchronous = durability::full;
};

struct kafka_settings {
    std::vector<std::string> brokers;
    std::string topic;
    std::string client_id;  ///< "" : librdkafka's default
    bool create_topic = true;
    int partitions = 6;         ///< of a topic that we create
    milliseconds retention{0};  ///< of a topic that we create; 0: the broker's default
    std::size_t max_message_bytes = 32ULL << 20;
    std::map<std::string, std::string> properties;  ///< librdkafka's, as they are
};

/// Which turns are published; a list that is empty takes all.
struct turn_filter {
    std::vector<std::string> providers, agents, projects;
};

/// All but that of exchanges.
std::vector<std::string> default_events();

struct publisher_settings {
    std::string name = "kafka";                  ///< of its cursor
    publisher_type type = publisher_type::none;  ///< as resolved: brokers and topic alone mean kafka
    /// Types of events: of nodes, exchanges and dead letters (docs/events.md); at least one.
    std::vector<std::string> events = default_events();
    std::string topic_prefix;  ///< of the topics of all but nodes
    std::string source;        ///< who publishes, for consumers; "": not told
    turn_filter filter;
    std::uint64_t window_bytes = 32ULL << 20;
    cursor_start start = cursor_start::beginning;
    milliseconds flush_timeout{10'000};
    kafka_settings kafka;  ///< brokers and topic are set when `type` is kafka
};

/// A custom retry policy: multiplier^attempt times the base, at most the cap.
struct retry_figures {
    unsigned max_retries = 0;
    milliseconds base{0};
    milliseconds cap{0};  ///< 0: none
    double multiplier = 1.0;

    bool operator==(const retry_figures&) const = default;
};

struct dead_letter_settings {
    std::string retry = "default";  ///< name of a policy, as in the two that follow
    std::map<std::string, std::string> retry_by_event_type;
    std::map<std::string, std::string> retry_by_topic;  ///< wins over the event type's
    std::map<std::string, retry_figures> policies;      ///< besides the built-in ones
    milliseconds retention{7LL * 24 * 3'600'000};       ///< 0: kept for ever
    milliseconds sweep_interval{1'000};
};

struct collector_settings {
    std::vector<std::string> brokers;  ///< empty: those of the publisher
    std::string topic;                 ///< "": that of the publisher
    std::string group;                 ///< "": made of the topic
    unsigned consumers = 1;
    offset_start start = offset_start::earliest;  ///< of a group that has committed nothing
    bool create_topics = true;
    std::size_t batch_messages = 500;
    std::size_t buffer_messages = 10'000;
    std::uint64_t buffer_bytes = 64ULL << 20;
    milliseconds session_timeout{45'000};
    milliseconds drain_timeout{30'000};
    std::vector<std::string> content_source;  ///< http URLs of admin listeners
    std::string content_token;
    milliseconds content_timeout{30'000};
    unsigned content_attempts = 10;
};

struct admin_settings {
    listen_address listen{"127.0.0.1", 8081};
    std::string token;  ///< never empty when `listen` is not loopback
};

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::text;
};

/// One table [[prices]] of the file, for read::read_price_rows.
struct price_settings {
    std::string toml;   ///< that table alone, as TOML
    std::string where;  ///< "FILE:LINE", for errors
};

/// Everything that can be configured. A plain value; one that came out of load() has been checked as a whole.
struct settings {
    proxy_settings proxy;
    record_settings record;
    redaction_settings redaction;
    storage_settings storage;
    catalogue_settings catalogue;
    publisher_settings publisher;  ///< of [publisher], variables and flags
    /// All that publish: those of [[publisher]], and `publisher` where it does.
    std::vector<publisher_settings> publishers;
    dead_letter_settings dead_letters;
    collector_settings collector;
    admin_settings admin;
    log_settings log;
    std::vector<price_settings> prices;  ///< own rows of the price table
    std::string config_dir;              ///< the directory that holds config.toml and, by default, the store
};

}  // namespace tapes::config
