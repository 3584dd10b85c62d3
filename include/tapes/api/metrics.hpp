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
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::api {

/// How far a cursor is behind the end of the log.
struct cursor_lag {
    std::string name;
    std::uint64_t rows = 0;
    double seconds = 0;  ///< age of the oldest row that it has not passed
};

/// The number of a cursor's events that had a result.
struct published_events {
    std::string cursor;
    std::string result;  ///< "delivered", "failed", "dead"
    std::uint64_t count = 0;
};

/// Figures of dead letters. Changes are counted in the store; tries are those of this process since its
/// start.
struct dead_letter_figures {
    std::uint64_t pending = 0;
    std::uint64_t scheduled = 0;
    double oldest_seconds = 0;  ///< age of the oldest pending or scheduled letter
    std::uint64_t received = 0;
    std::uint64_t retried = 0;
    std::uint64_t discarded = 0;
    std::uint64_t tries = 0;
    std::uint64_t failed_tries = 0;
    std::uint64_t errors = 0;  ///< tries that threw, and sweeps that could not be made
    double try_seconds = 0;    ///< time of all tries together
};

/// Values that are read at the moment of a scrape. Each source fills in those that it knows.
struct snapshot {
    std::uint64_t capture_bytes = 0;
    std::uint64_t spill_bytes = 0;
    bool store_failing = false;
    std::uint64_t wal_bytes = 0;
    std::optional<std::uint64_t> store_bytes;  ///< nothing: not known
    /// Nothing: no catalogue is kept, or it was not looked at yet.
    std::optional<std::uint64_t> catalogue_lag_rows;
    std::vector<cursor_lag> cursors;
    std::vector<published_events> published;
    std::uint64_t dead_letters = 0;  ///< those that are neither retried nor discarded
    dead_letter_figures letters;
    std::vector<prometheus::MetricFamily> more;  ///< families of other rooms
};

/// The metrics of a process. Recording is thread-safe, lock-free and takes no memory; everything else happens
/// at a scrape. `account` must outlive it.
class metrics {
public:
    using duration = std::chrono::nanoseconds;
    using source = std::function<void(snapshot&)>;

    /// `apis` are the names that exchange_settled() counts; others count as "other", and "" as "none".
    metrics(const capture::ledger& account, std::vector<std::string> apis);
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    /// Counts an exchange that has ended. `upstream` is the time from sending the last byte of the request to
    /// receiving the last byte of the answer, `overhead` the time that the proxy added. Negative times (no
    /// answer came) are not observed. The ledger counts drops and recordings.
    void exchange_settled(std::string_view api, capture::end_reason ended, duration upstream,
                          duration overhead) noexcept;

    /// Counts a group of `turns` whose commit took `took`.
    void committed(std::size_t turns, duration took) noexcept;

    /// Counts an answer whose end was released before its turn was committed.
    void ack_timed_out() noexcept;

    /// Adds a source. It is called at every scrape, on the thread that scrapes, and must be thread-safe,
    /// quick, and valid until the last scrape.
    void add_source(source read);

    /// Returns the registry for figures that are recorded rarely and have no method here.
    prometheus::Registry& registry() noexcept;

    /// Returns all metrics in Prometheus' text format. Thread-safe.
    std::string text() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::api
