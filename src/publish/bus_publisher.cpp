#include "outgoing.hpp"
#include "topic_lane.hpp"

#include <tapes/bus/topics.hpp>
#include <tapes/event/topic_names.hpp>
#include <tapes/publish/dead_letter_record.hpp>
#include <tapes/publish/publisher.hpp>
#include <tapes/store/clock.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace tapes::publish {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds longest_try = 3s;
/// For topics that nothing is lost without.
constexpr milliseconds optional_time = 3s;

milliseconds left(steady_clock::time_point deadline) {
    const auto rest = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return std::max(rest, 1000ms);
}

/// In tries that grow: none can be cancelled, and a slow broker needs long ones.
void reach(bus::admin& admin, steady_clock::time_point deadline, milliseconds timeout,
           const std::atomic<bool>& cancelled) {
    for (auto patience = std::min(500ms, timeout);; patience = std::min(patience * 2, longest_try)) {
        try {
            admin.ping(patience);
            return;
        } catch (const bus::setting_error&) {
            throw;
        } catch (const bus::bus_error&) {
            if (cancelled.load() || steady_clock::now() + patience > deadline) {
                throw;
            }
        }
    }
}

class bus_publisher : public publisher {
public:
    bus_publisher(bus::message_bus& bus, std::string brokers, topic_settings settings)
        : bus_{bus},
          brokers_{std::move(brokers)},
          settings_{std::move(settings)},
          names_{settings_.topic, settings_.prefix} {
        for (const auto& type : settings_.event_types) {
            lanes_.push_back({type, names_.topic_of(type), bus::broker_default_limit, nullptr});
        }
    }

    ~bus_publisher() override { disconnect(); }

    void connect(bus::producer_events& events, milliseconds timeout,
                 const std::atomic<bool>& cancelled) override {
        const auto deadline = steady_clock::now() + timeout;
        const auto admin = bus_.make_admin();
        reach(*admin, deadline, timeout, cancelled);
        const auto created = ensure(needed(), left(deadline));
        if (std::exchange(first_, false)) {
            ensure_optional();
        }
        for (auto& lane : lanes_) {
            const bool ours = std::find(created.begin(), created.end(), lane.topic) != created.end();
            lane.limit = admin->max_message_bytes(lane.topic, left(deadline))
                             .value_or(ours ? settings_.max_message_bytes : bus::broker_default_limit);
        }
        for (auto& lane : lanes_) {
            lane.producer = bus_.make_producer(events, {lane.limit});
        }
    }

    bus::produce_result publish(const event::any_event& source, event::content_form form,
                                std::uint64_t opaque) override {
        const auto* const node = std::get_if<const store::stored_node*>(&source);
        auto& lane = lane_of(event::type_of(source));
        if (node != nullptr && (*node)->content.size() > lane.limit) {
            form = event::content_form::reference;
        }
        make(source, form);
        if (node != nullptr && form == event::content_form::whole &&
            event::record_bytes(record_) > lane.limit) {
            make(source, event::content_form::reference);
        }
        const outgoing out(record_, lane.topic, opaque);
        return lane.producer->produce(out.record());
    }

    bus::write_result write_dead(const event::any_event& source, const std::string& reason,
                                 milliseconds timeout) override {
        event::event_record whole;
        event::make_record(whole, source, event::content_form::whole);
        dead_letter_record letter;
        const auto topic = names_.topic_of(whole.type);
        letter.id = whole.id;
        letter.event_type = whole.type;
        letter.topic = topic;
        letter.key = whole.key;
        letter.reason = reason;
        letter.first_us = letter.last_us = store::now_us();
        letter.payload = whole.value;
        try {
            if (const auto why = dead_topic_missing(bus::dead_topic(topic), timeout); !why.empty()) {
                return {bus::failure::transient, why};
            }
            if (!dead_writer_) {
                dead_writer_ = std::make_unique<bus::sync_writer>(
                    bus_, bus::producer_options{settings_.max_message_bytes});
            }
        } catch (const bus::bus_error& error) {
            return {bus::failure::transient, error.what()};
        }
        return write_dead_letter(*dead_writer_, letter, timeout);
    }

    std::string topic_of(std::string_view event_type) const override { return names_.topic_of(event_type); }

    void disconnect() override {
        for (auto& lane : lanes_) {
            lane.producer.reset();
        }
    }

    std::string destination() const override {
        return brokers_ + "/" + (lanes_.empty() ? settings_.topic : lanes_.front().topic);
    }

private:
    void make(const event::any_event& source, event::content_form form) {
        event::make_record(record_, source, form);
        if (!settings_.source.empty()) {
            record_.extra.emplace_back("source", settings_.source);
        }
    }

    topic_lane& lane_of(std::string_view type) {
        const auto found = std::find_if(lanes_.begin(), lanes_.end(),
                                        [type](const topic_lane& lane) { return lane.type == type; });
        if (found == lanes_.end()) {
            throw bus::bus_error("nothing says where " + std::string(type) + " goes");
        }
        return *found;
    }

    bus::topic_spec spec(std::string name) const {
        return {std::move(name), settings_.partitions, settings_.retention, settings_.max_message_bytes};
    }

    std::vector<bus::topic_spec> needed() const {
        std::vector<bus::topic_spec> wanted;
        wanted.reserve(lanes_.size());
        for (const auto& lane : lanes_) {
            wanted.push_back(spec(lane.topic));
        }
        return wanted;
    }

    std::vector<std::string> ensure(const std::vector<bus::topic_spec>& wanted, milliseconds timeout) {
        auto created = bus::ensure_topics(bus_, wanted, settings_.create, timeout);
        for (const auto& name : created) {
            spdlog::info("kafka topic {} created with {} partitions", name, settings_.partitions);
        }
        return created;
    }

    /// What is missing then only costs comfort: announcements wait, dead letters are in the store.
    void ensure_optional() {
        std::vector<bus::topic_spec> wanted;
        for (const auto& lane : lanes_) {
            if (lane.type == event::node_event_type || lane.type == event::exchange_event_type) {
                wanted.push_back(spec(bus::dead_topic(lane.topic)));
            }
        }
        for (const auto& type : settings_.other_types) {
            wanted.push_back(spec(names_.topic_of(type)));
        }
        if (wanted.empty()) {
            return;
        }
        try {
            ensure(wanted, optional_time);
        } catch (const bus::bus_error& error) {
            spdlog::warn("{}; publishing goes on without", error.what());
        }
    }

    /// Why nothing can be written there; "" where it is there. A topic that is missing is looked for only now
    /// and then: each dead letter would wait for it.
    std::string dead_topic_missing(const std::string& topic, milliseconds timeout) {
        if (std::find(dead_topics_.begin(), dead_topics_.end(), topic) != dead_topics_.end()) {
            return {};
        }
        const auto now = steady_clock::now();
        if (now < dead_retry_at_) {
            return dead_problem_;
        }
        try {
            ensure({spec(topic)}, timeout);
            dead_topics_.push_back(topic);
            return {};
        } catch (const bus::bus_error& error) {
            dead_problem_ = error.what();
            dead_retry_at_ = now + 1min;
            return dead_problem_;
        }
    }

    bus::message_bus& bus_;
    const std::string brokers_;
    const topic_settings settings_;
    const event::topic_names names_;
    std::vector<topic_lane> lanes_;
    event::event_record record_;  // kept for its memory
    bool first_ = true;
    std::unique_ptr<bus::sync_writer> dead_writer_;
    std::vector<std::string> dead_topics_;  // that are there
    std::string dead_problem_;
    steady_clock::time_point dead_retry_at_{};
};

}  // namespace

std::unique_ptr<publisher> make_bus_publisher(bus::message_bus& bus, std::string brokers,
                                              topic_settings settings) {
    return std::make_unique<bus_publisher>(bus, std::move(brokers), std::move(settings));
}

}  // namespace tapes::publish
