#include "daemon/collector_daemon.hpp"

#include "process/log.hpp"
#include "process/signals.hpp"

#include <tapes/api/collector_figures.hpp>
#include <tapes/api/orphan_routes.hpp>
#include <tapes/bus/topics.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/text/list.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <future>
#include <utility>

namespace tapes::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds broker_timeout_at_start{10};
/// A start does not depend on brokers that this store has reached before.
constexpr std::chrono::seconds known_broker_timeout{3};
/// Publishers take what is left of the drain timeout, but at most this.
constexpr milliseconds longest_collector_flush{10'000};
constexpr int partitions_of_created_topic = 6;

/// Retries the dead letters of the collector.
class collected_letters : public publish::letter_sender {
public:
    explicit collected_letters(publish::collector& collector) : collector_{collector} {}
    std::vector<std::string> sources() const override { return collector_.sources(); }
    bus::write_result resend(const store::kept_letter& letter, milliseconds timeout) override {
        return collector_.resend(letter, timeout);
    }

private:
    publish::collector& collector_;
};

}  // namespace

collector_daemon::collector_daemon(const config::settings& settings)
    : settings_{settings},
      collector_settings_{resolved_collector(settings)},
      contents_{collector_contents(collector_settings_)},
      store_{settings_, {}},
      orphans_{std::make_unique<store::orphan_reader>(settings.storage.sqlite_path)} {
    bus_ = collector_bus(settings_, collector_settings_);
    reach_topics();
    if (orphans_->count() != 0) {
        (void)store::join_orphans(store_.writer);  // an import may have brought their parents
    }
    start_collector();
    services_ = std::make_unique<daemon_services>(
        store_, collector_publishers(settings_, collector_settings_), settings_.catalogue,
        std::make_unique<collected_letters>(*collector_));
    start_admin();
    spdlog::info("collecting topic {} of {} as group {}, {} consumers, into {}", collector_settings_.topic,
                 bus_->name(), collector_->group(), collector_settings_.consumers,
                 settings_.storage.sqlite_path);
    flush_log();
}

/// Makes sure that the topics exist. Failing that is an error only if this store has never reached them
/// before.
void collector_daemon::reach_topics() {
    const auto note = "collector_reached:" + text::comma_list(collector_settings_.brokers) + "/" +
                      collector_settings_.topic;
    bus::topic_spec nodes;
    nodes.name = collector_settings_.topic;
    nodes.partitions = partitions_of_created_topic;
    bus::topic_spec dead;
    dead.name = bus::dead_topic(collector_settings_.topic);
    dead.partitions = 1;
    const std::array wanted{nodes, dead};
    const bool known = store::reader{settings_.storage.sqlite_path}.note(note).has_value();
    try {
        bus::ensure_topics(*bus_, wanted, collector_settings_.create_topics,
                           known ? known_broker_timeout : broker_timeout_at_start);
        store_.writer.save_note(note, "1");
    } catch (const bus::setting_error&) {
        throw;
    } catch (const bus::bus_error& error) {
        if (!known) {
            throw;
        }
        spdlog::warn("{}; they were reached before, so the collector waits for them", error.what());
    }
}

void collector_daemon::start_collector() {
    auto options = collector_options(collector_settings_);
    options.first_retry = [this](const store::dead_letter& letter) {
        return store_.letters.first_retry(letter);
    };
    collector_ =
        std::make_unique<publish::collector>(*bus_, store_.writer, contents_.get(), std::move(options));
}

void collector_daemon::start_admin() {
    api::route_table routes;
    api::add_orphan_routes(routes, settings_.storage.sqlite_path);
    if (settings_.admin.listen.configured) {
        live_ = std::make_unique<live_events>(settings_, &store_.writer);
        live_->add_routes(routes);
    }
    services_->open_admin(
        settings_, [this](api::snapshot& current) { fill(current); }, [this] { return not_ready(); },
        std::move(routes));
}

void collector_daemon::fill(api::snapshot& current) {
    const auto status = collector_->status();
    const sync::lock_guard guard{orphans_use_};
    current.more = api::collector_figures(status, orphans_->count());
}

std::vector<std::string> collector_daemon::not_ready() const {
    auto reasons = store_.not_ready();
    if (const auto failure = collector_->failure(); !failure.empty()) {
        reasons.push_back("consumer failed: " + failure);
    }
    return reasons;
}

/// Stops reading. Returns true when a further signal came meanwhile.
bool collector_daemon::drain(const stop_signals& signals, steady_clock::time_point deadline) {
    auto draining = std::async(std::launch::async, [this, deadline] { return collector_->stop(deadline); });
    bool hurry = false;
    while (!hurry && draining.wait_for(milliseconds{0}) != std::future_status::ready) {
        hurry = signals.wait_for(milliseconds{5});
    }
    if (hurry) {
        (void)collector_->stop(steady_clock::now());
    }
    if (!draining.get()) {
        spdlog::info("some messages were read and not committed: they come again");
    }
    return hurry;
}

void collector_daemon::stop(const stop_signals& signals) {
    spdlog::info("stopping the collector");
    flush_log();
    store_.draining = true;
    store_.writer.prepare_stop();
    const auto drained_by = steady_clock::now() + collector_settings_.drain_timeout;
    const bool hurry = drain(signals, drained_by);
    if (contents_) {
        contents_->give_up();
    }
    const auto left = std::chrono::duration_cast<milliseconds>(drained_by - steady_clock::now());
    services_->stop(hurry ? hurried_flush_time
                          : std::clamp(left, hurried_flush_time, longest_collector_flush));
    const auto totals = collector_->status().totals;
    services_.reset();
    live_.reset();
    {
        const sync::lock_guard guard{orphans_use_};
        orphans_.reset();  // readers first: the last connection to close removes the WAL
    }
    // Ends everything that a consumer may still wait for, so that it can be destroyed.
    store_.writer.stop(steady_clock::now() + commit_time_at_stop);
    collector_.reset();
    spdlog::info("stopped: {} messages, {} nodes added, {} known, {} orphans, {} dead letters",
                 totals.received, totals.added, totals.known, totals.orphaned, totals.dead);
    flush_log();
}

}  // namespace tapes::app
