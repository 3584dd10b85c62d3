#include "metrics/snapshot_families.hpp"

#include "metrics/families.hpp"

#include <utility>

namespace tapes::api {

namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add_letters(const dead_letter_figures& figures, std::vector<MetricFamily>& all) {
    const auto number = [](auto value) { return static_cast<double>(value); };
    all.push_back(family("tapes_dead_letters_open", "Dead letters that wait, by state.", MetricType::Gauge,
                         {sample(MetricType::Gauge, number(figures.pending), {{"state", "pending"}}),
                          sample(MetricType::Gauge, number(figures.scheduled), {{"state", "scheduled"}})}));
    all.push_back(single_family("tapes_dead_letter_age_seconds", "Age of the oldest dead letter that waits.",
                                MetricType::Gauge, figures.oldest_seconds));
    all.push_back(
        family("tapes_dead_letter_changes_total", "Changes of dead letters.", MetricType::Counter,
               {sample(MetricType::Counter, number(figures.received), {{"change", "received"}}),
                sample(MetricType::Counter, number(figures.retried), {{"change", "retried"}}),
                sample(MetricType::Counter, number(figures.discarded), {{"change", "discarded"}})}));
    all.push_back(family(
        "tapes_dead_letter_tries_total", "Tries to deliver a dead letter.", MetricType::Counter,
        {sample(MetricType::Counter, number(figures.tries - figures.failed_tries), {{"result", "delivered"}}),
         sample(MetricType::Counter, number(figures.failed_tries), {{"result", "failed"}})}));
    all.push_back(single_family("tapes_dead_letter_errors_total", "Tries that threw, and sweeps that failed.",
                                MetricType::Counter, figures.errors));
    all.push_back(single_family("tapes_dead_letter_try_seconds_total", "Time spent on tries.",
                                MetricType::Counter, figures.try_seconds));
}

void add_cursors(const std::vector<cursor_lag>& cursors, std::vector<MetricFamily>& all) {
    auto rows = family("tapes_cursor_lag_rows", "Log rows that a cursor has not passed.", MetricType::Gauge);
    auto seconds = family("tapes_cursor_lag_seconds",
                          "Age of the oldest log row that a cursor has not passed.", MetricType::Gauge);
    for (const auto& lag : cursors) {
        add_sample(rows, lag.rows, {{"cursor", lag.name}});
        add_sample(seconds, lag.seconds, {{"cursor", lag.name}});
    }
    all.push_back(std::move(rows));
    all.push_back(std::move(seconds));
}

void add_published(const std::vector<published_events>& published, std::vector<MetricFamily>& all) {
    auto events = family("tapes_publish_total", "Events by cursor and result.", MetricType::Counter);
    for (const auto& row : published) {
        add_sample(events, row.count, {{"cursor", row.cursor}, {"result", row.result}});
    }
    all.push_back(std::move(events));
}

}  // namespace

void add_snapshot(const snapshot& current, std::vector<MetricFamily>& all) {
    all.push_back(single_family("tapes_capture_bytes", "Captured bytes in memory.", MetricType::Gauge,
                                current.capture_bytes));
    all.push_back(single_family("tapes_spill_bytes", "Captured bytes in temporary files.", MetricType::Gauge,
                                current.spill_bytes));
    all.push_back(single_family("tapes_store_failing", "1 while the store cannot commit.", MetricType::Gauge,
                                current.store_failing ? 1.0 : 0.0));
    all.push_back(single_family("tapes_wal_bytes", "Size of the write-ahead log.", MetricType::Gauge,
                                current.wal_bytes));
    if (current.store_bytes) {
        all.push_back(single_family("tapes_store_bytes", "Size of the store's file, without its log.",
                                    MetricType::Gauge, *current.store_bytes));
    }
    if (current.catalogue_lag_rows) {
        all.push_back(single_family("tapes_catalogue_lag_rows", "Log rows that are not in the catalogue yet.",
                                    MetricType::Gauge, *current.catalogue_lag_rows));
    }
    add_cursors(current.cursors, all);
    add_published(current.published, all);
    add_letters(current.letters, all);
    all.push_back(single_family("tapes_dead_letters", "Events that could not be delivered.",
                                MetricType::Gauge, current.dead_letters));
    for (const auto& family : current.more) {
        all.push_back(family);
    }
}

}  // namespace tapes::api
