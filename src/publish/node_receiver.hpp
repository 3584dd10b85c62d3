#pragma once

#include <tapes/publish/collector.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <tuple>

namespace tapes::publish {

/// What a collector does with messages, whoever reads them. Thread-safe.
class node_receiver {
public:
    node_receiver(store::writer& into, content_source* contents, const collector_settings& how)
        : into_{into}, contents_{contents}, how_{how} {}

    /// Reads, proves and stores them; returns when that is durable.
    bus::outcome take(std::span<const bus::message> batch);

    /// One message of before, from among the dead letters.
    bus::write_result take_again(const store::kept_letter& letter);

    void buried() noexcept { ++dead_; }
    collected_totals totals() const;

private:
    using place = std::tuple<std::string, int, std::int64_t>;
    struct reading;

    void read(const bus::message& from, std::size_t index, reading& into);
    std::string resolve(node_event& event, bool& passing);
    bool ask_again(const bus::message& from);
    std::string store(reading& what);
    store::received_batch store_items(std::span<const store::received_item> items);

    store::writer& into_;
    content_source* const contents_;
    const collector_settings& how_;
    std::mutex mutex_;
    std::map<place, unsigned> asked_;  ///< how often for the content of an event
    std::atomic<std::uint64_t> received_{0}, added_{0}, known_{0}, orphaned_{0}, joined_{0}, dead_{0},
        resolved_{0}, unresolved_{0};
};

}  // namespace tapes::publish
