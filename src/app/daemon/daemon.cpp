#include "daemon/daemon.hpp"

#include "daemon/recording_settings.hpp"
#include "process/log.hpp"
#include "process/signals.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/config/load.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/llm/later_request.hpp>
#include <tapes/record/volatile_sets.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

namespace tapes::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Each publisher takes at most its own flush_timeout.
constexpr milliseconds longest_flush = std::chrono::hours{1};
/// The size from which on a body is held in a file instead of in memory.
constexpr std::uint64_t body_memory_bytes = 1024 * 1024;

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

/// Says why clients that a command starts cannot use this proxy: they are told a URL and nothing else.
std::string entrance_refusal(const config::proxy_settings& proxy) {
    if (!proxy.tls_cert.empty()) {
        return "this proxy listens with TLS, under a certificate that clients may not trust";
    }
    if (!proxy.clients.empty() || !proxy.client_ca.empty()) {
        return "this proxy asks its clients who they are (proxy.clients, proxy.client_ca)";
    }
    return {};
}

std::vector<std::string> api_names() {
    std::vector<std::string> names;
    for (const llm::api& known : llm::apis()) {
        names.emplace_back(known.name);
    }
    return names;
}

}  // namespace

daemon::daemon(const config::settings& settings, purpose wanted)
    : settings_{settings},
      tokens_{config::client_tokens(settings.proxy)},
      budget_{settings.record.budget_bytes, settings.record.spill_bytes},
      store_{settings_, api_names(), [this](const store::entry& entry) { settled(entry); }} {
    const auto& path = settings_.storage.sqlite_path;
    spill_ = {std::filesystem::absolute(path).parent_path().string(), body_memory_bytes};
    services_ = std::make_unique<daemon_services>(store_, settings_.publishers, settings_.catalogue);
    auto recording = recording_settings(settings_, tokens_);
    const http::redactor redactor{store_.lock.redaction_key(), recording.redaction};
    if (settings_.admin.listen.configured) {
        start_live(recording.redaction);
        ingest_ = std::make_unique<ingest_service>(recording, store_.lock.redaction_key(), store_.writer,
                                                   store_.ledger, budget_, settings_.proxy.project);
    }
    pool_ = std::make_unique<record::pool>(std::move(recording), store_.lock.redaction_key(), store_.writer,
                                           store_.ledger);
    remember_volatile_set();
    if (settings_.proxy.upstream == "mock") {
        mock_ = std::make_unique<mock::server>(mock::options{});
        mock_->start();
        spdlog::info("the upstream is the built-in mock at {}", mock_->url());
    }
    relay_ = std::make_unique<relay::server>(
        relay_options(),
        relay::surroundings{*pool_, budget_, spill_, store_.ledger,
                            [this] { store_.metrics.ack_timed_out(); }, redactor, in_flight_.get()});
    entrances_ = std::make_unique<entrance_service>(*relay_, entrance_refusal(settings_.proxy),
                                                    wanted == purpose::runs);
    api::route_table routes;
    entrances_->add_routes(routes);
    if (live_) {
        live_->add_routes(routes);
        ingest_->add_routes(routes);
    }
    services_->open_admin(
        settings_,
        [this](api::snapshot& current) {
            current.capture_bytes = budget_.memory_bytes();
            current.spill_bytes = budget_.spill_bytes();
        },
        [this] {
            auto reasons = store_.not_ready();
            if (auto still = pool_->standstill(); !still.empty()) {
                reasons.push_back(std::move(still));
            }
            return reasons;
        },
        std::move(routes));
    relay_->start();
    spdlog::info("proxy listening on {}", relay_->url());
    if (!settings_.proxy.listen.loopback() && tokens_.empty() && settings_.proxy.client_ca.empty()) {
        spdlog::warn(
            "other machines can reach {}, and everybody there may use the proxy: name who may in "
            "proxy.clients, or "
            "set proxy.client_ca",
            settings_.proxy.listen.text());
    }
    spdlog::info("provider {}, upstream {}, recording to {}", settings_.proxy.provider, upstreams_text(),
                 settings_.storage.sqlite_path);
    flush_log();
}

daemon::~daemon() {
    // Does something only if stop() was not called. The parts end in the reverse order of their start.
    if (relay_) {
        relay_->stop();
    }
    if (pool_) {
        pool_->stop();
    }
    services_.reset();  // its admin listener asks the pool
    if (in_flight_) {
        in_flight_->stop();  // it shows what it has to the other
    }
}

void daemon::start_live(const http::redaction_settings& redaction) {
    in_flight_ = std::make_unique<record::answers_in_flight>(
        redaction, store_.lock.redaction_key(), budget_,
        [this](const record::shown_answer& answer) { live_->show(answer); },
        record::begun_answers_of(settings_.storage.sqlite_path));
    live_ = std::make_unique<live_events>(settings_, &store_.writer,
                                          [this](bool wanted) { in_flight_->want(wanted); });
}

/// Names the upstream for all requests; with `auto`, all that are named.
std::string daemon::upstreams_text() const {
    const auto& proxy = settings_.proxy;
    auto text = mock_ ? mock_->url() : config::masked("proxy.upstream", proxy.upstream);
    if (proxy.provider != relay::auto_provider) {
        return text;
    }
    for (const auto& [name, url] : {std::pair{"openai", &proxy.openai_upstream},
                                    {"anthropic", &proxy.anthropic_upstream},
                                    {"gemini", &proxy.gemini_upstream},
                                    {"ollama", &proxy.ollama_upstream}}) {
        if (!url->empty()) {
            text += fmt::format("{}{} for {}", text.empty() ? "" : ", ",
                                config::masked("proxy.upstream", *url), name);
        }
    }
    return text;
}

relay::options daemon::relay_options() const {
    const auto& proxy = settings_.proxy;
    relay::options made;
    made.host = proxy.listen.host;
    made.port = proxy.listen.port;
    made.upstream = mock_ ? mock_->url() : proxy.upstream;
    made.provider = proxy.provider;
    made.provider_of_api = [](std::string_view method, std::string_view path) {
        const auto* const api = llm::find_api(method, path);
        if (api == nullptr) {
            const auto later = llm::find_later_request(method, path);
            return later ? later->provider : std::string_view{};
        }
        const auto of_path = llm::facts_of(*api, path).provider;
        return of_path.empty() ? api->provider : of_path;
    };
    made.names_model = [](std::string_view method, std::string_view path) {
        const auto* const api = llm::find_api(method, path);
        return api != nullptr && !llm::facts_of(*api, path).model.empty();
    };
    made.project = proxy.project;
    made.openai_upstream = proxy.openai_upstream;
    made.anthropic_upstream = proxy.anthropic_upstream;
    made.gemini_upstream = proxy.gemini_upstream;
    made.ollama_upstream = proxy.ollama_upstream;
    made.openai_auth_upstream = proxy.openai_auth_upstream;
    made.upstream_ca = proxy.upstream_ca;
    made.tls_cert = proxy.tls_cert;
    made.tls_key = proxy.tls_key;
    made.client_ca = proxy.client_ca;
    made.clients = tokens_;
    made.allowed_origins = proxy.allowed_origins;
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
    made.ack = ack_mode(settings_.record.ack);
    made.ack_timeout = settings_.record.ack_timeout;
    return made;
}

/// Keeps the patterns for `tapes verify`: turns are proved under the patterns under which they were recorded.
void daemon::remember_volatile_set() {
    if (settings_.record.volatile_system.empty()) {
        return;
    }
    const auto known =
        store::reader{settings_.storage.sqlite_path}.note(record::volatile_sets_note).value_or(std::string{});
    if (const auto now = record::with_volatile_set(known, settings_.record.volatile_system); now != known) {
        store_.writer.save_note(record::volatile_sets_note, now);
    }
}

void daemon::settled(const store::entry& entry) {
    const auto& exchange = *entry.exchange;
    const auto upstream = between(exchange.forwarded_at, exchange.last_byte_at);
    const auto before = between(exchange.accepted_at, exchange.forwarded_at);
    const auto committed =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto after = between(exchange.last_byte_at, committed);
    const bool whole = upstream.count() >= 0 && before.count() >= 0;
    store_.metrics.exchange_settled(entry.api, exchange.ended, upstream,
                                    whole ? before + after : std::chrono::nanoseconds{-1});
    log_exchange(entry);
    if (const auto& counts = exchange.counts();
        counts != nullptr && entry.dropped == capture::drop_reason::none) {
        ++counts->turns;
    }
}

void daemon::wait_for_commits(steady_clock::time_point deadline) const {
    while (store_.writer.status().queued > 0 && steady_clock::now() < deadline) {
        std::this_thread::sleep_for(milliseconds{2});
    }
}

void daemon::stop(const stop_signals& signals) {
    spdlog::info("stopping: {} connections are open", relay_->connections());
    flush_log();
    store_.draining = true;
    bool hurry = settings_.proxy.drain_delay.count() > 0 && signals.wait_for(settings_.proxy.drain_delay);
    relay_->drain();
    const auto drained_by = steady_clock::now() + settings_.proxy.drain_timeout;
    while (!hurry && relay_->connections() > 0 && steady_clock::now() < drained_by) {
        hurry = signals.wait_for(milliseconds{5});
    }
    relay_->stop();
    pool_->stop([&](milliseconds time) { return hurry = hurry || signals.wait_for(time); });
    store_.writer.prepare_stop();
    const auto committed_by = steady_clock::now() + commit_time_at_stop;
    wait_for_commits(committed_by);
    services_->stop(hurry ? hurried_flush_time : longest_flush);
    services_.reset();
    if (live_) {
        in_flight_->stop();
        live_->stop();
    }
    store_.writer.stop(committed_by);
    const auto total = store_.ledger.read();
    spdlog::info("stopped: {} accepted, {} recorded, {} dropped", total.accepted, total.recorded,
                 total.dropped_total());
    flush_log();
}

}  // namespace tapes::app
