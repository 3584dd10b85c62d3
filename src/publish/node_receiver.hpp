#pragma once

#include <tapes/publish/collector.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>

namespace tapes::publish {

/// Why a message is refused.
enum class refusal : std::uint8_t {
    senseless,        ///< and it always will be
    content_missing,  ///< another time its content may be found
};

/// What a collector does with messages, whoever reads them. Thread-safe.
class node_receiver {
public:
    node_receiver(store::writer& into, content_source* contents, const collector_settings& settings)
        : into_{into}, contents_{contents}, settings_{settings} {}

    /// Reads, proves and stores them; returns when that is durable.
    bus::outcome take(std::span<const bus::message> batch);

    /// One message of before, from among the dead letters.
    bus::write_result take_again(const store::kept_letter& letter);

    /// Of one that `take` refused.
    refusal refused_as(const bus::message& message) const;
    /// It is safe among the dead letters.
    void buried(const bus::message& message);
    collected_totals totals() const;

private:
    using place = std::tuple<std::string, int, std::int64_t>;
    struct reading;
    struct resolution;

    void read(const bus::message& from, std::size_t index, reading& into);
    resolution resolve(event::node_event& event);
    bool ask_again(const bus::message& from);
    void remember_missing(const bus::message& from);
    std::string store(reading& batch);
    store::received_batch store_items(std::span<const store::received_item> items);

    store::writer& into_;
    content_source* const contents_;
    const collector_settings& settings_;
    mutable sync::mutex mutex_;
    std::map<place, unsigned> asked_ TAPES_GUARDED_BY(mutex_);  ///< how often for the content of an event
    std::set<place> missing_ TAPES_GUARDED_BY(mutex_);  ///< refused as content_missing, not buried yet
    std::atomic<std::uint64_t> received_{0}, added_{0}, known_{0}, orphaned_{0}, joined_{0}, dead_{0},
        resolved_{0}, unresolved_{0};
};

}  // namespace tapes::publish
