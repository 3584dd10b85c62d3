#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/bus/sync_writer.hpp>
#include <tapes/event/node_reader.hpp>
#include <tapes/publish/content_source.hpp>
#include <tapes/publish/letter_sweeper.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::publish {

struct collector_settings {
    bus::consumer_options reading;  ///< `topics`: the one of the nodes; see bus::check
    unsigned consumers = 1;         ///< of the group, in this process
    event::event_limits limits;
    unsigned content_attempts = 10;  ///< how often content is asked for before its event is a dead letter
    std::chrono::milliseconds dead_letter_timeout{10'000};  ///< of writing one to the topic
    /// Says when an event whose content was not found is tried again. Where it is not set, none is by itself.
    std::function<store::letter_due(const store::dead_letter&)> first_retry;
};

/// Counts what became of messages since the collector was made.
struct collected_totals {
    std::uint64_t received = 0;    ///< repeats included
    std::uint64_t added = 0;       ///< stored in their chains
    std::uint64_t known = 0;       ///< were there
    std::uint64_t orphaned = 0;    ///< kept until their parent comes
    std::uint64_t joined = 0;      ///< orphans whose parent has come
    std::uint64_t dead = 0;        ///< kept as dead letters
    std::uint64_t resolved = 0;    ///< events by reference whose content was found
    std::uint64_t unresolved = 0;  ///< questions for content that found none
};

struct collector_status {
    collected_totals totals;
    std::vector<bus::consumer_status> consumers;
    std::string last_trouble;  ///< of any of them
};

/// Takes the events of many stores into one: consumers of one group read a topic, prove each node by its hash
/// and store it; offsets are committed when that is durable. What cannot be taken goes to `<topic>.dead` and
/// among the store's dead letters, and the rest goes on. Thread-safe.
class collector : public letter_sender {
public:
    /// Starts reading. `bus`, `into` and `contents` (null where there is no source) outlive it. Without
    /// `dead_topic` dead letters are kept in the store only. Throws bus::setting_error.
    collector(bus::message_bus& bus, store::writer& into, content_source* contents,
              collector_settings settings, bool dead_topic = true);
    /// Waits for what is being stored. Without `stop` it ends like a crash: nothing more is committed.
    ~collector() override;

    /// Stops reading, stores what it has, commits and leaves the group. Returns false where something was
    /// left at `deadline`; it comes again. A second call, also while the first waits, may bring the deadline
    /// nearer.
    bool stop(std::chrono::steady_clock::time_point deadline);

    collector_status status() const;
    const std::string& group() const;
    /// Tells why a consumer has ended by itself; "" while none has.
    std::string failure() const;

    /// Returns the source of this group's dead letters, which `resend` reads again.
    std::vector<std::string> sources() const override;
    bus::write_result resend(const store::kept_letter& letter, std::chrono::milliseconds timeout) override;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// Returns the name that dead letters of a group have as their source.
std::string letter_source(const std::string& group);

}  // namespace tapes::publish
