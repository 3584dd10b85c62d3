#include "collector_daemon.hpp"

#include "log.hpp"

#include <tapes/api/collector_figures.hpp>
#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/node_routes.hpp>
#include <tapes/api/orphan_routes.hpp>
#include <tapes/api/replay_routes.hpp>
#include <tapes/bus/topics.hpp>
#include <tapes/publish/letter_resender.hpp>

#include <spdlog/spdlog.h>

#include <array>

namespace tapes::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds broker_patience{10};
/// With brokers that this store has reached before: a start does not depend on them.
constexpr std::chrono::seconds known_broker_patience{3};
/// How long the writer may take for what is left once no more comes.
constexpr std::chrono::seconds commit_deadline{10};
constexpr std::chrono::seconds longest_flush{10};
/// Of a topic that we create.
constexpr int partitions_of_nodes = 6;

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        all.append(all.empty() ? "" : ",").append(part);
    }
    return all;
}

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
    const auto durability = how_.storage.synchronous == config::durability::full ? store::synchronous::full
                                                                                 : store::synchronous::normal;
    lock_ = std::make_unique<store::store_lock>(store::open_options{path, durability});
    store::writer::settings writing;
    writing.on_commit = [this](std::size_t turns, std::chrono::nanoseconds took) {
        metrics_->committed(turns, took);
    };
    writer_ = std::make_unique<store::writer>(*lock_, ledger_, std::move(writing));
    reader_ = std::make_unique<store::reader>(path);
    orphans_ = std::make_unique<store::orphan_reader>(path);
    bus_ = collector_bus(how_, with_);
    reach_topics();
    letters_ = std::make_unique<letter_desk>(how_.dead_letters, path, *writer_);
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
    const auto note = "collector_reached:" + joined(with_.brokers) + "/" + with_.topic;
    bus::topic_spec nodes;
    nodes.name = with_.topic;
    nodes.partitions = partitions_of_nodes;
    bus::topic_spec dead;
    dead.name = bus::dead_topic(with_.topic);
    dead.partitions = 1;
    const std::array wanted{nodes, dead};
    const bool known = reader_->note(note).has_value();
    try {
        bus::ensure_topics(*bus_, wanted, with_.create_topics,
                           known ? known_broker_patience : broker_patience);
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
    std::vector<std::unique_ptr<publish::letter_sender>> senders;
    senders.push_back(std::make_unique<collected_letters>(*collector_));
    for (const auto& place : publishers_->places()) {
        senders.push_back(publish::make_letter_resender(
            *place.bus, how_.storage.sqlite_path, {place.name, place.name + ".dead_letters"},
            publish::topic_names{place.topic, place.prefix}, place.max_message_bytes));
    }
    letters_->start(std::move(senders));
    letters_end_ = {letters_.get(), [](letter_desk* desk) { desk->stop(); }};
}

void collector_daemon::start_admin() {
    metrics_->add_source([this](api::snapshot& now) { fill(now); });
    if (!how_.admin.listen.configured) {
        return;
    }
    api::admin_options options;
    options.host = how_.admin.listen.host;
    options.port = how_.admin.listen.port;
    options.token = how_.admin.token;
    options.not_ready = [this] { return not_ready(); };
    api::route_table routes;
    const auto& path = how_.storage.sqlite_path;
    api::add_orphan_routes(routes, path);
    api::add_node_routes(routes, path);
    letters_->add_routes(routes);
    api::add_replay_routes(routes, path, *writer_);
    api::add_cursor_routes(routes, path, *writer_,
                           {[this] { return publishers_->cursors(); },
                            [this](const std::string& name, const std::function<void()>& change) {
                                publishers_->around(name, change);
                            }});
    admin_ = std::make_unique<api::admin_server>(std::move(options), *metrics_, std::move(routes));
    const auto& host = how_.admin.listen.host;
    const bool v6 = host.find(':') != std::string::npos;
    const auto name = host.empty() ? std::string{"127.0.0.1"} : v6 ? "[" + host + "]" : host;
    const auto address = "http://" + name + ":" + std::to_string(admin_->port());
    lock_->tell_address(address);
    spdlog::info("admin listening on {}", address);
}

void collector_daemon::fill(api::snapshot& now) {
    const auto writing = writer_->status();
    now.store_failing = writing.failing;
    now.wal_bytes = writing.wal_bytes;
    const auto status = collector_->status();
    publishers_->fill(now);
    letters_->fill(now);
    const std::lock_guard lock{reader_use_};
    now.dead_letters = reader_->dead_letters();
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

void collector_daemon::stop() {
    spdlog::info("stopping the collector");
    flush_log();
    draining_ = true;
    const bool all = collector_->stop(steady_clock::now() + with_.drain_timeout);
    if (!all) {
        spdlog::info("some messages were read and not committed: they come again");
    }
    letters_->stop();
    if (!publishers_->stop(longest_flush)) {
        spdlog::info("some events are not published yet: the next start goes on from the saved cursor");
    }
    const auto totals = collector_->status().totals;
    if (admin_) {
        admin_->stop();
    }
    letters_end_.reset();
    publishers_.reset();
    orphans_.reset();  // readers first: the last connection to close removes the WAL
    reader_.reset();
    // Ends what a consumer may still wait for, so that it can be destroyed.
    writer_->stop(steady_clock::now() + commit_deadline);
    collector_.reset();
    spdlog::info("stopped: {} messages, {} nodes added, {} known, {} orphans, {} dead letters",
                 totals.received, totals.added, totals.known, totals.orphaned, totals.dead);
    flush_log();
}

}  // namespace tapes::app
