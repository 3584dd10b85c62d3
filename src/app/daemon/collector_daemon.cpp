#include "daemon/collector_daemon.hpp"

#include "access/store_options.hpp"
#include "daemon/admin_listener.hpp"
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

constexpr std::chrono::seconds collector_broker_patience{10};
/// With brokers that this store has reached before: a start does not depend on them.
constexpr std::chrono::seconds known_broker_patience{3};
/// How long the writer may take for what is left once no more comes.
constexpr std::chrono::seconds collector_commit_deadline{10};
/// What publishers may take within the time that is left, and what they may in any case.
constexpr milliseconds collector_longest_flush{10'000};
constexpr milliseconds collector_hurried_flush{500};
/// Of a topic that we create.
constexpr int partitions_of_nodes = 6;

/// The collector as one of those who try dead letters again.
class collected_letters : public publish::letter_sender {
public:
    explicit collected_letters(publish::collector& by) : by_{by} {}
    std::vector<std::string> sources() const override { return by_.sources(); }
    bus::write_result resend(const store::kept_letter& letter, milliseconds timeout) override {
        return by_.resend(letter, timeout);
    }

private:
    publish::collector& by_;
};

}  // namespace

collector_daemon::collector_daemon(const config::settings& how)
    : how_{how}, with_{resolved_collector(how)}, contents_{collector_contents(with_)} {
    metrics_ = std::make_unique<api::metrics>(ledger_, std::vector<std::string>{});
    const auto& path = how_.storage.sqlite_path;
    lock_ = std::make_unique<store::store_lock>(store_options(how_.storage));
    store::writer::settings writing;
    writing.test_delay = test_commit_delay();
    writing.on_commit = [this](std::size_t turns, std::chrono::nanoseconds took) {
        metrics_->committed(turns, took);
    };
    writer_ = std::make_unique<store::writer>(*lock_, ledger_, std::move(writing));
    orphans_ = std::make_unique<store::orphan_reader>(path);
    bus_ = collector_bus(how_, with_);
    reach_topics();
    letters_ = std::make_unique<dead_letter_service>(how_.dead_letters, path, *writer_);
    if (orphans_->count() != 0) {
        (void)store::join_orphans(*writer_);  // their parents may have come by an import
    }
    start_collector();
    start_publishers();
    start_letters();
    start_admin();
    spdlog::info("collecting topic {} of {} as group {}, {} consumers, into {}", with_.topic, bus_->name(),
                 collector_->group(), with_.consumers, path);
    flush_log();
}

/// Until broker and topic have once been reached with this store, that they cannot be is an error.
void collector_daemon::reach_topics() {
    const auto note = "collector_reached:" + text::comma_list(with_.brokers) + "/" + with_.topic;
    bus::topic_spec nodes;
    nodes.name = with_.topic;
    nodes.partitions = partitions_of_nodes;
    bus::topic_spec dead;
    dead.name = bus::dead_topic(with_.topic);
    dead.partitions = 1;
    const std::array wanted{nodes, dead};
    const bool known = store::reader{how_.storage.sqlite_path}.note(note).has_value();
    try {
        bus::ensure_topics(*bus_, wanted, with_.create_topics,
                           known ? known_broker_patience : collector_broker_patience);
        writer_->save_note(note, "1");
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
    auto options = collector_options(with_);
    options.first_retry = [this](const store::dead_letter& letter) { return letters_->first_retry(letter); };
    collector_ = std::make_unique<publish::collector>(*bus_, *writer_, contents_.get(), std::move(options));
}

void collector_daemon::start_publishers() {
    publishers_ = std::make_unique<publishers>(
        collector_publishers(how_, with_), how_.storage.sqlite_path, *writer_,
        [this](const store::dead_letter& letter) { return letters_->first_retry(letter); });
    publishers_->start();
}

void collector_daemon::start_letters() {
    letters_->start(*publishers_, std::make_unique<collected_letters>(*collector_));
    letters_end_ = {letters_.get(), [](dead_letter_service* desk) { desk->stop(); }};
}

void collector_daemon::start_admin() {
    metrics_->add_source([this](api::snapshot& now) { fill(now); });
    api::route_table routes;
    api::add_orphan_routes(routes, how_.storage.sqlite_path);
    admin_ = open_admin_listener(
        how_.admin, {*metrics_, *lock_, *writer_, *letters_, *publishers_, [this] { return not_ready(); }},
        std::move(routes));
}

void collector_daemon::fill(api::snapshot& now) {
    const auto writing = writer_->status();
    now.store_failing = writing.failing;
    now.wal_bytes = writing.wal_bytes;
    const auto status = collector_->status();
    publishers_->fill(now);
    letters_->fill(now);
    const sync::lock_guard lock{orphans_use_};
    now.more = api::collector_figures(status, orphans_->count());
}

std::vector<std::string> collector_daemon::not_ready() const {
    std::vector<std::string> reasons;
    if (draining_) {
        reasons.emplace_back("draining");
    }
    if (const auto writing = writer_->status(); writing.failing) {
        reasons.push_back("store failing: " + writing.error);
    }
    if (const auto why = collector_->failure(); !why.empty()) {
        reasons.push_back("consumer failed: " + why);
    }
    return reasons;
}

/// True when a further signal came meanwhile.
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
    draining_ = true;
    const auto drained_by = steady_clock::now() + with_.drain_timeout;
    const bool hurry = drain(signals, drained_by);
    if (contents_) {
        contents_->give_up();
    }
    letters_->stop();
    const auto left = std::chrono::duration_cast<milliseconds>(drained_by - steady_clock::now());
    if (!publishers_->stop(hurry ? collector_hurried_flush
                                 : std::clamp(left, collector_hurried_flush, collector_longest_flush))) {
        spdlog::info("some events are not published yet: the next start goes on from the saved cursor");
    }
    const auto totals = collector_->status().totals;
    if (admin_) {
        admin_->stop();
    }
    letters_end_.reset();
    publishers_.reset();
    {
        const sync::lock_guard lock{orphans_use_};
        orphans_.reset();  // readers first: the last connection to close removes the WAL
    }
    // Ends what a consumer may still wait for, so that it can be destroyed.
    writer_->stop(steady_clock::now() + collector_commit_deadline);
    collector_.reset();
    spdlog::info("stopped: {} messages, {} nodes added, {} known, {} orphans, {} dead letters",
                 totals.received, totals.added, totals.known, totals.orphaned, totals.dead);
    flush_log();
}

}  // namespace tapes::app
