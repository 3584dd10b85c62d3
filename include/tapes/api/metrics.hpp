#pragma once

#include <tapes/capture/ending.hpp>
#include <tapes/capture/ledger.hpp>

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

/// How far a cursor is behind the newest row of the log.
struct cursor_lag {
    std::string name;
    std::uint64_t rows = 0;
    double seconds = 0;  ///< age of the oldest row that it has not passed
};

/// What has become of the events that a cursor delivers.
struct published_events {
    std::string cursor;
    std::string result;  ///< "delivered", "failed", "dead"
    std::uint64_t count = 0;
};

/// What became of dead letters. Changes are counted in the store, tries of this process since its start.
struct dead_letter_figures {
    std::uint64_t pending = 0;
    std::uint64_t scheduled = 0;
    double oldest_seconds = 0;  ///< age of the oldest of these
    std::uint64_t received = 0;
    std::uint64_t retried = 0;
    std::uint64_t discarded = 0;
    std::uint64_t tries = 0;
    std::uint64_t failed_tries = 0;
    std::uint64_t errors = 0;  ///< tries that threw, and sweeps that could not be made
    double try_seconds = 0;    ///< all tries together
};

/// What is read at the moment of a scrape. Each source fills what it knows.
struct snapshot {
    std::uint64_t capture_bytes = 0;
    std::uint64_t spill_bytes = 0;
    bool store_failing = false;
    std::uint64_t wal_bytes = 0;
    std::vector<cursor_lag> cursors;
    std::vector<published_events> published;
    std::uint64_t dead_letters = 0;  ///< neither retried nor discarded
    dead_letter_figures letters;
    std::vector<prometheus::MetricFamily> more;  ///< of rooms with figures of their own
};

/// The figures of one process, in the names of design §9. Recording is thread-safe, lock-free and takes no
/// memory; everything else happens at a scrape. `account` must outlive it.
class metrics {
public:
    using duration = std::chrono::nanoseconds;
    using source = std::function<void(snapshot&)>;

    /// `apis`: the names that `exchange_settled` may be told; others count as "other", "" as "none".
    metrics(const capture::ledger& account, std::vector<std::string> apis);
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    /// An exchange found its end. `upstream`: from the request's last byte sent to the answer's last byte;
    /// `overhead`: what the proxy added. Negative ones are not observed (no answer came). Drops and
    /// recordings are counted by the ledger.
    void exchange_settled(std::string_view api, capture::end_reason ended, duration upstream,
                          duration overhead) noexcept;

    /// A group of `turns` was committed in `took`.
    void committed(std::size_t turns, duration took) noexcept;

    /// An answer's end was released before its turn was committed.
    void ack_timed_out() noexcept;

    /// Called at every scrape, from the thread that scrapes; must be thread-safe, quick, and valid until the
    /// last scrape. Several sources may be added.
    void add_source(source from);

    /// For figures that are recorded rarely and have no method here.
    prometheus::Registry& registry() noexcept;

    /// Everything in Prometheus' text format. Thread-safe.
    std::string text() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::api
