#include "metrics/families.hpp"
#include "metrics/histogram.hpp"
#include "metrics/process_figures.hpp"
#include "metrics/snapshot_families.hpp"

#include <tapes/api/metrics.hpp>
#include <tapes/sync/mutex.hpp>

#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>

namespace tapes::api {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::uint64_t us = 1000;
constexpr std::uint64_t ms = 1000 * us;
constexpr std::uint64_t s = 1000 * ms;

constexpr std::array<std::uint64_t, 13> commit_bounds{100 * us, 250 * us, 500 * us, 1 * ms,  2500 * us,
                                                      5 * ms,   10 * ms,  25 * ms,  50 * ms, 100 * ms,
                                                      250 * ms, 1 * s,    5 * s};
constexpr std::array<std::uint64_t, 13> upstream_bounds{5 * ms, 25 * ms,   100 * ms, 250 * ms, 500 * ms,
                                                        1 * s,  2500 * ms, 5 * s,    10 * s,   30 * s,
                                                        60 * s, 300 * s,   600 * s};
constexpr std::array<std::uint64_t, 11> overhead_bounds{
    50 * us, 100 * us, 250 * us, 500 * us, 1 * ms, 2500 * us, 5 * ms, 10 * ms, 50 * ms, 250 * ms, 1 * s};
constexpr std::array<std::uint64_t, 10> turns_bounds{0, 1, 2, 4, 8, 16, 32, 64, 256, 1024};

constexpr std::size_t endings = capture::end_reason_names.size();

}  // namespace

class metrics::impl {
public:
    impl(const capture::ledger& account, std::vector<std::string> apis)
        : account_{account}, apis_{std::move(apis)}, exchanges_((apis_.size() + 2) * endings) {}

    /// Returns the counter of an API (a known one, "other" or "none") and an end reason.
    std::atomic<std::uint64_t>& exchanges(std::string_view api, capture::end_reason ended) noexcept {
        std::size_t row = 0;
        while (row < apis_.size() && apis_[row] != api) {
            ++row;
        }
        if (api.empty()) {
            row = apis_.size() + 1;
        }
        return exchanges_[row * endings + static_cast<std::size_t>(ended)];
    }

    std::vector<MetricFamily> collect() const {
        std::vector<MetricFamily> all = registry.Collect();
        add_exchanges(all);
        add_ledger(all);
        add_snapshot(read_sources(), all);
        all.push_back(family("tapes_commit_seconds", "Time of a group commit.", MetricType::Histogram,
                             {commit_seconds.collect()}));
        all.push_back(family("tapes_commit_turns", "Turns in a group commit.", MetricType::Histogram,
                             {commit_turns.collect()}));
        all.push_back(single_family("tapes_ack_timeouts_total",
                                    "Answers released before their turn was committed.", MetricType::Counter,
                                    ack_timeouts.load(std::memory_order_relaxed)));
        all.push_back(family("tapes_upstream_seconds", "Time that the upstream took for an exchange.",
                             MetricType::Histogram, {upstream_seconds.collect()}));
        all.push_back(family("tapes_overhead_seconds", "Time that the proxy added to an exchange.",
                             MetricType::Histogram, {overhead_seconds.collect()}));
        for (auto& figure : process_figures()) {
            all.push_back(std::move(figure));
        }
        return all;
    }

    prometheus::Registry registry;
    histogram<commit_bounds.size()> commit_seconds{commit_bounds, 1e9};
    histogram<turns_bounds.size()> commit_turns{turns_bounds, 1};
    histogram<upstream_bounds.size()> upstream_seconds{upstream_bounds, 1e9};
    histogram<overhead_bounds.size()> overhead_seconds{overhead_bounds, 1e9};
    std::atomic<std::uint64_t> ack_timeouts{0};
    mutable sync::mutex sources_mutex;
    std::vector<source> sources TAPES_GUARDED_BY(sources_mutex);

private:
    void add_exchanges(std::vector<MetricFamily>& all) const {
        std::vector<ClientMetric> samples;
        for (std::size_t row = 0; row < apis_.size() + 2; ++row) {
            const std::string api = row < apis_.size() ? apis_[row] : row == apis_.size() ? "other" : "none";
            for (std::size_t ended = 0; ended < endings; ++ended) {
                const auto count = exchanges_[row * endings + ended].load(std::memory_order_relaxed);
                samples.push_back(
                    sample(MetricType::Counter, static_cast<double>(count),
                           {{"api", api}, {"end_reason", std::string{capture::end_reason_names[ended]}}}));
            }
        }
        all.push_back(family("tapes_exchanges_total", "Exchanges that found their end, by how they ended.",
                             MetricType::Counter, std::move(samples)));
    }

    /// One reading of the ledger, so that in every scrape accepted = recorded + dropped + in flight.
    void add_ledger(std::vector<MetricFamily>& all) const {
        const auto totals = account_.read();
        all.push_back(single_family("tapes_exchanges_accepted_total", "Request heads that were parsed.",
                                    MetricType::Counter, totals.accepted));
        all.push_back(single_family("tapes_turns_recorded_total", "Turns that are committed.",
                                    MetricType::Counter, totals.recorded));
        std::vector<ClientMetric> dropped;
        for (std::size_t reason = 1; reason < totals.dropped.size(); ++reason) {
            dropped.push_back(sample(MetricType::Counter, static_cast<double>(totals.dropped[reason]),
                                     {{"reason", std::string{capture::drop_reason_names[reason]}}}));
        }
        all.push_back(family("tapes_exchanges_dropped_total", "Exchanges that yielded no turn, by reason.",
                             MetricType::Counter, std::move(dropped)));
        all.push_back(single_family("tapes_exchanges_in_flight", "Exchanges that have not found their end.",
                                    MetricType::Gauge, totals.in_flight()));
    }

    snapshot read_sources() const {
        snapshot current;
        const sync::lock_guard guard{sources_mutex};
        for (const auto& read : sources) {
            read(current);
        }
        return current;
    }

    const capture::ledger& account_;
    const std::vector<std::string> apis_;
    std::vector<std::atomic<std::uint64_t>> exchanges_;
};

metrics::metrics(const capture::ledger& account, std::vector<std::string> apis)
    : impl_{std::make_unique<impl>(account, std::move(apis))} {}

metrics::~metrics() = default;

void metrics::exchange_settled(std::string_view api, capture::end_reason ended, duration upstream,
                               duration overhead) noexcept {
    impl_->exchanges(api, ended).fetch_add(1, std::memory_order_relaxed);
    if (upstream.count() >= 0) {
        impl_->upstream_seconds.observe(static_cast<std::uint64_t>(upstream.count()));
    }
    if (overhead.count() >= 0) {
        impl_->overhead_seconds.observe(static_cast<std::uint64_t>(overhead.count()));
    }
}

void metrics::committed(std::size_t turns, duration took) noexcept {
    impl_->commit_turns.observe(turns);
    impl_->commit_seconds.observe(took.count() < 0 ? 0 : static_cast<std::uint64_t>(took.count()));
}

void metrics::ack_timed_out() noexcept {
    impl_->ack_timeouts.fetch_add(1, std::memory_order_relaxed);
}

void metrics::add_source(source from) {
    const sync::lock_guard guard{impl_->sources_mutex};
    impl_->sources.push_back(std::move(from));
}

prometheus::Registry& metrics::registry() noexcept {
    return impl_->registry;
}

std::string metrics::text() const {
    return prometheus::TextSerializer{}.Serialize(impl_->collect());
}

}  // namespace tapes::api
