#pragma once

#include <tapes/bus/kafka.hpp>
#include <tapes/sync/mutex.hpp>

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tapes::bus {

template <auto Function>
struct deleter {
    template <class T>
    void operator()(T* handle) const noexcept {
        Function(handle);
    }
};

using conf_handle = std::unique_ptr<rd_kafka_conf_t, deleter<rd_kafka_conf_destroy>>;
using client_handle = std::unique_ptr<rd_kafka_t, deleter<rd_kafka_destroy>>;
using queue_handle = std::unique_ptr<rd_kafka_queue_t, deleter<rd_kafka_queue_destroy>>;
using topic_handle = std::unique_ptr<rd_kafka_topic_t, deleter<rd_kafka_topic_destroy>>;
using partition_list =
    std::unique_ptr<rd_kafka_topic_partition_list_t, deleter<rd_kafka_topic_partition_list_destroy>>;
using error_handle = std::unique_ptr<rd_kafka_error_t, deleter<rd_kafka_error_destroy>>;
using event_handle = std::unique_ptr<rd_kafka_event_t, deleter<rd_kafka_event_destroy>>;

/// librdkafka's log lines into ours: one line of a kind each `interval`, and how many were left out. Its
/// threads call it until the client is destroyed, so it outlives the client.
class log_limiter {
public:
    enum class voice { loud, quiet };  ///< quiet: only remembered, for an error that its caller throws
    explicit log_limiter(voice level = voice::loud) : voice_{level} {}

    void write(int level, const char* facility, const char* text);
    /// Nothing is logged any more.
    void silence();
    /// The last line at warning or above, for error texts.
    std::string last_problem() const;
    void note_problem(std::string text);

private:
    struct kind {
        std::chrono::steady_clock::time_point last;
        unsigned left_out = 0;
    };
    mutable sync::mutex mutex_;
    voice voice_ TAPES_GUARDED_BY(mutex_);
    std::map<std::string, kind> kinds_ TAPES_GUARDED_BY(mutex_);
    std::string problem_ TAPES_GUARDED_BY(mutex_);
};

/// What a client is for. Topics are looked after by a producer.
enum class client_role { producer, consumer };

/// A client's configuration with our defaults and the user's properties over them. Throws setting_error.
/// `extra` is set after the defaults, where the user says nothing.
conf_handle make_conf(const kafka_settings& settings, const std::map<std::string, std::string>& extra,
                      log_limiter& log, client_role role = client_role::producer);

/// Throws setting_error.
client_handle make_client(conf_handle conf, client_role role = client_role::producer);

/// Lets go of a client that does not end: its threads stay until the process ends, without a word, and `log`
/// with them. No queue of the client may be in use any more. Thread-safe.
void abandon(client_handle client, std::unique_ptr<log_limiter> log);

}  // namespace tapes::bus
