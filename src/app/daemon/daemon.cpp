#include "daemon/daemon.hpp"

#include "access/store_options.hpp"
#include "daemon/admin_listener.hpp"
#include "process/log.hpp"
#include "process/signals.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/record/volatile_sets.hpp>

#include <spdlog/spdlog.h>

#include <filesystem>
#include <thread>

namespace tapes::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long the writer may take for what is left once no more comes.
constexpr std::chrono::seconds commit_deadline{10};
/// What publishers may take then: as long as each wants, or hardly any time.
constexpr milliseconds longest_flush = std::chrono::hours{1};
constexpr milliseconds hurried_flush{500};
/// What one body holds in memory before it goes on in a file (design: 1 MiB).
constexpr std::uint64_t body_memory_bytes = 1024 * 1024;

record::settings record_settings(const config::record_settings& how) {
    record::settings made;
    made.workers = how.workers;
    made.volatile_system = how.volatile_system;
    switch (how.wire) {
        case config::wire_mode::turns:
            made.wire = record::wire_policy::turns;
            break;
        case config::wire_mode::all:
            made.wire = record::wire_policy::all;
            break;
        case config::wire_mode::none:
            made.wire = record::wire_policy::none;
            break;
    }
    return made;
}

record::ack_mode ack_mode(config::ack_mode mode) {
    switch (mode) {
        case config::ack_mode::bounded:
            return record::ack_mode::bounded;
        case config::ack_mode::wait:
            return record::ack_mode::wait;
        case config::ack_mode::none:
            return record::ack_mode::none;
    }
    return record::ack_mode::bounded;
}

std::chrono::nanoseconds between(capture::timestamp from, capture::timestamp to) {
    const bool both = from != capture::timestamp{} && to != capture::timestamp{};
    return both ? std::chrono::nanoseconds{to - from} : std::chrono::nanoseconds{-1};
}

}  // namespace

daemon::daemon(const config::settings& how)
    : how_{how}, budget_{how.record.budget_bytes, how.record.spill_bytes} {
    const auto directory = std::filesystem::absolute(how_.storage.sqlite_path).parent_path().string();
    spill_ = {directory, body_memory_bytes};
    std::vector<std::string> api_names;
    for (const llm::api& known : llm::apis()) {
        api_names.emplace_back(known.name);
    }
    metrics_ = std::make_unique<api::metrics>(ledger_, std::move(api_names));
    lock_ = std::make_unique<store::store_lock>(store_options(how_.storage));

    store::writer::settings writing;
    writing.test_delay = test_commit_delay();
    writing.on_commit = [this](std::size_t turns, std::chrono::nanoseconds took) {
        metrics_->committed(turns, took);
        flush_log();
    };
    writing.on_settled = [this](const store::entry& one) { settled(one); };
    writer_ = std::make_unique<store::writer>(*lock_, ledger_, std::move(writing));
    start_publishers();
    auto recording = record_settings(how_.record);
    recording.store_path = how_.storage.sqlite_path;
    pool_ = std::make_unique<record::pool>(std::move(recording), lock_->redaction_key(), *writer_, ledger_);
    remember_volatile_set();
    if (how_.proxy.upstream == "mock") {
        mock_ = std::make_unique<mock::server>(mock::options{});
        mock_->start();
        spdlog::info("the upstream is the built-in mock at {}", mock_->url());
    }
    relay_ = std::make_unique<relay::server>(
        relay_options(),
        relay::surroundings{*pool_, budget_, spill_, ledger_, [this] { metrics_->ack_timed_out(); }});
    start_admin();
    relay_->start();
    spdlog::info("proxy listening on {}", relay_->url());
    spdlog::info("provider {}, upstream {}, recording to {}", how_.proxy.provider,
                 mock_ ? mock_->url() : config::masked("proxy.upstream", how_.proxy.upstream),
                 how_.storage.sqlite_path);
    flush_log();
}

daemon::~daemon() {
    // Only where stop() was not called: the parts end in the reverse order of their start.
    if (relay_) {
        relay_->stop();
    }
    if (pool_) {
        pool_->stop();
    }
}

void daemon::start_publishers() {
    letters_ = std::make_unique<dead_letter_service>(how_.dead_letters, how_.storage.sqlite_path, *writer_);
    publishers_ = std::make_unique<publishers>(
        how_.publishers, how_.storage.sqlite_path, *writer_,
        [this](const store::dead_letter& letter) { return letters_->first_retry(letter); });
    publishers_->start();
    letters_->start(*publishers_);
    letters_end_ = {letters_.get(), [](dead_letter_service* desk) { desk->stop(); }};
}

void daemon::start_admin() {
    metrics_->add_source([this](api::snapshot& now) { fill(now); });
    admin_ = open_admin_listener(
        how_.admin, {*metrics_, *lock_, *writer_, *letters_, *publishers_, [this] { return not_ready(); }});
}

relay::options daemon::relay_options() const {
    const auto& proxy = how_.proxy;
    relay::options made;
    made.listen = proxy.listen.text();
    made.upstream = mock_ ? mock_->url() : proxy.upstream;
    made.provider = proxy.provider;
    made.project = proxy.project;
    made.openai_upstream = proxy.openai_upstream;
    made.anthropic_upstream = proxy.anthropic_upstream;
    made.ollama_upstream = proxy.ollama_upstream;
    made.openai_auth_upstream = proxy.openai_auth_upstream;
    made.upstream_ca = proxy.upstream_ca;
    made.tls_cert = proxy.tls_cert;
    made.tls_key = proxy.tls_key;
    made.threads = proxy.threads;
    made.max_connections = proxy.max_connections;
    made.limits = {.bytes = proxy.max_header_bytes, .fields = proxy.max_header_fields};
    made.timeouts = {
        .connect = proxy.connect_timeout,
        .request_head = proxy.head_timeout,
        .first_byte = proxy.first_byte_timeout,
        .between_bytes = proxy.idle_timeout,
        .client_write = proxy.client_write_timeout,
        .keep_alive = proxy.keepalive_timeout,
        .tunnel_idle = proxy.tunnel_idle_timeout,
    };
    made.on_client_disconnect = proxy.on_client_disconnect == config::client_gone::drain
                                    ? relay::disconnect_policy::drain
                                    : relay::disconnect_policy::cancel;
    made.ack = ack_mode(how_.record.ack);
    made.ack_timeout = how_.record.ack_timeout;
    return made;
}

/// For `tapes verify`: what is recorded from now on is proved under these patterns, whatever comes later.
void daemon::remember_volatile_set() {
    if (how_.record.volatile_system.empty()) {
        return;
    }
    const auto known =
        store::reader{how_.storage.sqlite_path}.note(record::volatile_sets_note).value_or(std::string{});
    if (const auto now = record::with_volatile_set(known, how_.record.volatile_system); now != known) {
        writer_->save_note(record::volatile_sets_note, now);
    }
}

void daemon::settled(const store::entry& one) {
    const auto& from = *one.exchange;
    const auto upstream = between(from.forwarded_at, from.last_byte_at);
    const auto before = between(from.accepted_at, from.forwarded_at);
    const auto committed =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto after = between(from.last_byte_at, committed);
    const bool whole = upstream.count() >= 0 && before.count() >= 0;
    metrics_->exchange_settled(one.api, from.ended, upstream,
                               whole ? before + after : std::chrono::nanoseconds{-1});
    log_exchange(one);
}

void daemon::fill(api::snapshot& now) {
    now.capture_bytes = budget_.memory_bytes();
    now.spill_bytes = budget_.spill_bytes();
    const auto writing = writer_->status();
    now.store_failing = writing.failing;
    now.wal_bytes = writing.wal_bytes;
    publishers_->fill(now);
    letters_->fill(now);
}

std::vector<std::string> daemon::not_ready() const {
    std::vector<std::string> reasons;
    if (draining_) {
        reasons.emplace_back("draining");
    }
    if (const auto writing = writer_->status(); writing.failing) {
        reasons.push_back("store failing: " + writing.error);
    }
    return reasons;
}

void daemon::wait_for_commits(steady_clock::time_point deadline) const {
    while (writer_->status().queued > 0 && steady_clock::now() < deadline) {
        std::this_thread::sleep_for(milliseconds{2});
    }
}

void daemon::stop(const stop_signals& signals) {
    spdlog::info("stopping: {} connections are open", relay_->connections());
    flush_log();
    draining_ = true;
    bool hurry = how_.proxy.drain_delay.count() > 0 && signals.wait_for(how_.proxy.drain_delay);
    relay_->drain();
    const auto drained_by = steady_clock::now() + how_.proxy.drain_timeout;
    while (!hurry && relay_->connections() > 0 && steady_clock::now() < drained_by) {
        hurry = signals.wait_for(milliseconds{5});
    }
    relay_->stop();
    pool_->stop();
    const auto committed_by = steady_clock::now() + commit_deadline;
    wait_for_commits(committed_by);
    letters_->stop();
    if (!publishers_->stop(hurry ? hurried_flush : longest_flush)) {
        spdlog::info("some events are not published yet: the next start goes on from the saved cursor");
    }
    if (admin_) {
        admin_->stop();
    }
    letters_end_.reset();
    publishers_.reset();
    writer_->stop(committed_by);
    const auto total = ledger_.read();
    spdlog::info("stopped: {} accepted, {} recorded, {} dropped", total.accepted, total.recorded,
                 total.dropped_total());
    flush_log();
}

}  // namespace tapes::app
