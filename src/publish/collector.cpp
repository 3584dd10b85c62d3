#include "node_receiver.hpp"

#include <tapes/bus/topics.hpp>
#include <tapes/event/event.hpp>
#include <tapes/publish/dead_letter_record.hpp>
#include <tapes/store/clock.hpp>
#include <tapes/store/dead_letters.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <utility>

namespace tapes::publish {
namespace {

using std::chrono::steady_clock;

}  // namespace

std::string letter_source(const std::string& group) {
    return "collector:" + group;
}

class collector::impl {
public:
    impl(bus::message_bus& bus, store::writer& into, content_source* contents, collector_settings settings,
         bool dead_topic)
        : settings_{std::move(settings)}, into_{into}, receiver_{into, contents, settings_} {
        if (settings_.consumers == 0) {
            throw bus::setting_error("collector: consumers must not be 0");
        }
        if (dead_topic) {
            dead_.emplace(bus);
        }
        readers_.reserve(settings_.consumers);
        for (unsigned i = 0; i < settings_.consumers; ++i) {
            readers_.push_back(std::make_unique<reader>(*this, i));
            readers_.back()->from = bus.make_consumer(*readers_.back(), settings_.reading);
        }
        group_ = readers_.front()->from->group();
    }

    bool stop(steady_clock::time_point deadline) {
        if (dead_) {
            // The consumers need time for more than a dead letter that nobody takes.
            const auto now = steady_clock::now();
            dead_->finish_by(now + std::max(deadline - now, steady_clock::duration{}) / 3);
        }
        // At once: each that leaves the group would hand its partitions to those that are still in it.
        std::vector<std::future<bool>> stopping;
        stopping.reserve(readers_.size());
        for (auto& reader : readers_) {
            stopping.push_back(std::async(
                std::launch::async, [from = reader->from.get(), deadline] { return from->stop(deadline); }));
        }
        bool all = true;
        for (auto& result : stopping) {
            all = result.get() && all;
        }
        return all;
    }

    collector_status status() const {
        collector_status made;
        made.totals = receiver_.totals();
        for (const auto& reader : readers_) {
            made.consumers.push_back(reader->from->status());
            if (!made.consumers.back().last_trouble.empty()) {
                made.last_trouble = made.consumers.back().last_trouble;
            }
        }
        return made;
    }

    std::string failure() const {
        for (const auto& reader : readers_) {
            if (const auto now = reader->from->status(); now.state == bus::consumer_state::failed) {
                return now.error;
            }
        }
        return {};
    }

    const std::string& group() const { return group_; }
    node_receiver& receiver() { return receiver_; }

private:
    /// One consumer's handler.
    struct reader : bus::subscriber {
        reader(impl& owner, unsigned index) : all{owner}, number{index} {}

        bus::outcome handle(std::span<const bus::message> batch) override {
            return all.receiver_.take(batch);
        }
        bool bury(const bus::message& message, std::string_view reason, unsigned attempts) override {
            return all.bury(message, reason, attempts, kept);
        }
        void trouble(bus::severity severity, std::string_view text) override {
            const auto level = severity == bus::severity::fatal ? spdlog::level::err : spdlog::level::warn;
            spdlog::log(level, "collector: consumer {}: {}", number, text);
        }

        impl& all;
        const unsigned number;
        std::string kept;                     ///< the last message of which the store has the dead letter
        std::unique_ptr<bus::consumer> from;  // last: it calls back until it is destroyed
    };

    bool bury(const bus::message& message, std::string_view reason, unsigned attempts, std::string& kept) {
        const auto place = std::string{message.topic} + " partition " + std::to_string(message.partition) +
                           " offset " + std::to_string(message.offset);
        if (kept != place) {
            keep_in_store(message, reason, attempts);
            kept = place;
        }
        if (dead_) {
            dead_letter_record letter;
            letter.id = message.header_value("event_id");
            letter.event_type = message.header_value("event_type");
            letter.topic = message.topic;
            letter.partition = message.partition;
            letter.offset = message.offset;
            letter.key = message.key;
            letter.reason = reason;
            letter.attempts = attempts;
            letter.first_us = letter.last_us = store::now_us();
            letter.payload = message.value;
            const auto written = write_dead_letter(*dead_, letter, settings_.dead_letter_timeout);
            if (!written.written()) {
                spdlog::warn("collector: {} is not on {} yet: {}", place, bus::dead_topic(message.topic),
                             written.reason);
                return false;
            }
        }
        receiver_.buried(message);
        spdlog::warn("collector: {} is a dead letter: {}", place, reason);
        return true;
    }

    /// Throws where the store cannot take it.
    void keep_in_store(const bus::message& message, std::string_view reason, unsigned attempts) {
        store::dead_letter letter;
        letter.source = letter_source(group_of_letters());
        letter.event_id = message.header_value("event_id");
        letter.event_type = message.header_value("event_type");
        letter.topic = message.topic;
        letter.partition = message.partition;
        letter.offset = message.offset;
        letter.key = message.key;
        letter.payload = std::string{message.value};
        letter.reason = reason;
        letter.attempts = attempts;
        store::letter_due due;
        if (settings_.first_retry && receiver_.refused_as(message) == refusal::content_missing) {
            due = settings_.first_retry(letter);
        }
        std::promise<std::string> told;
        store::keep_dead_letter(into_, std::move(letter), due, std::nullopt,
                                [&told](const std::string& error) { told.set_value(error); });
        if (const auto error = told.get_future().get(); !error.empty()) {
            throw std::runtime_error(error);
        }
    }

    /// As `group_`, which is not there yet when the first consumer is.
    std::string group_of_letters() const {
        return settings_.reading.group.empty() ? bus::derived_group(settings_.reading.topics)
                                               : settings_.reading.group;
    }

    const collector_settings settings_;
    store::writer& into_;
    node_receiver receiver_;
    std::optional<bus::sync_writer> dead_;
    std::string group_;
    std::vector<std::unique_ptr<reader>> readers_;  // last: their threads use all of the above
};

collector::collector(bus::message_bus& bus, store::writer& into, content_source* contents,
                     collector_settings settings, bool dead_topic)
    : impl_{std::make_unique<impl>(bus, into, contents, std::move(settings), dead_topic)} {}

collector::~collector() = default;

bool collector::stop(steady_clock::time_point deadline) {
    return impl_->stop(deadline);
}

collector_status collector::status() const {
    return impl_->status();
}

const std::string& collector::group() const {
    return impl_->group();
}

std::string collector::failure() const {
    return impl_->failure();
}

std::vector<std::string> collector::sources() const {
    return {letter_source(impl_->group())};
}

bus::write_result collector::resend(const store::kept_letter& letter, std::chrono::milliseconds) {
    return impl_->receiver().take_again(letter);
}

}  // namespace tapes::publish
