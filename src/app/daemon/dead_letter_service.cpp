#include "daemon/dead_letter_service.hpp"

#include <tapes/api/letter_routes.hpp>
#include <tapes/publish/letter_resender.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tapes::app {

namespace {

publish::sweep_settings sweep_settings_of(const config::dead_letter_settings& settings) {
    publish::retry_policies::choice choice;
    choice.fallback = settings.retry;
    choice.by_event_type = settings.retry_by_event_type;
    choice.by_topic = settings.retry_by_topic;
    for (const auto& [name, figures] : settings.policies) {
        choice.custom[name] = {figures.max_retries, figures.base, figures.cap, figures.multiplier};
    }
    publish::sweep_settings made;
    made.policies = publish::retry_policies{choice};
    made.interval = settings.sweep_interval;
    made.retention = settings.retention;
    return made;
}

}  // namespace

dead_letter_service::dead_letter_service(const config::dead_letter_settings& settings, std::string store_path,
                                         store::writer& writer)
    : settings_{sweep_settings_of(settings)},
      store_path_{std::move(store_path)},
      writer_{writer},
      reader_{std::make_unique<store::letter_reader>(store_path_)} {}

dead_letter_service::~dead_letter_service() {
    stop();
}

void dead_letter_service::start(const publishers& publishers,
                                std::unique_ptr<publish::letter_sender> sender) {
    store::release_letter_leases(writer_);
    if (sender) {
        senders_.push_back(std::move(sender));
    }
    for (const auto& place : publishers.places()) {
        senders_.push_back(publish::make_letter_resender(
            *place.bus, store_path_, {place.name, place.name + ".dead_letters"},
            event::topic_names{place.topic, place.prefix}, place.max_message_bytes));
    }
    std::vector<publish::letter_sender*> each;
    each.reserve(senders_.size());
    for (const auto& one : senders_) {
        each.push_back(one.get());
    }
    sweeper_ = std::make_unique<publish::letter_sweeper>(writer_, std::move(each), settings_);
    sweeper_->start();
}

void dead_letter_service::stop() {
    if (sweeper_) {
        sweeper_->stop();
    }
    senders_.clear();
    const sync::lock_guard guard{reader_use_};
    reader_.reset();
}

void dead_letter_service::add_routes(api::route_table& table) {
    api::add_letter_routes(table, store_path_, writer_, [this] {
        if (sweeper_) {
            sweeper_->wake();
        }
    });
}

void dead_letter_service::fill(api::snapshot& now) {
    const sync::lock_guard guard{reader_use_};
    if (!reader_) {
        return;
    }
    auto& figures = now.letters;
    std::int64_t oldest = 0;
    for (const auto& total : reader_->totals()) {
        const bool pending = total.state == store::letter_state::pending;
        if (!pending && total.state != store::letter_state::scheduled) {
            continue;
        }
        (pending ? figures.pending : figures.scheduled) += total.count;
        oldest = oldest == 0 ? total.oldest_us : std::min(oldest, total.oldest_us);
    }
    if (oldest != 0) {
        const auto since =
            std::chrono::system_clock::now().time_since_epoch() - std::chrono::microseconds{oldest};
        figures.oldest_seconds = std::max(0.0, std::chrono::duration<double>{since}.count());
    }
    now.dead_letters = figures.pending + figures.scheduled;
    figures.received = reader_->changes(store::letter_change::received);
    figures.retried = reader_->changes(store::letter_change::retried);
    figures.discarded = reader_->changes(store::letter_change::discarded);
    if (sweeper_) {
        const auto status = sweeper_->status();
        figures.tries = status.tried;
        figures.failed_tries = status.failed;
        figures.errors = status.errors;
        figures.try_seconds = static_cast<double>(status.took_us) / 1e6;
    }
}

}  // namespace tapes::app
