#include "daemon/publishers.hpp"

#include <tapes/bus/kafka.hpp>
#include <tapes/event/choice.hpp>
#include <tapes/event/event.hpp>
#include <tapes/publish/publisher.hpp>
#include <tapes/text/list.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// For a cursor that is to be moved by hand: what is in flight may come again anyway.
constexpr milliseconds around_patience{1000};

publish::topic_settings topics_of(const config::publisher_settings& how) {
    const auto& kafka = how.kafka;
    publish::topic_settings made;
    made.topic = kafka.topic;
    made.prefix = how.topic_prefix;
    made.source = how.source;
    made.event_types.clear();
    for (const auto& type : how.events) {
        (event::is_dead_letter_type(type) ? made.other_types : made.event_types).push_back(type);
    }
    made.create = kafka.create_topic;
    made.partitions = kafka.partitions;
    made.retention = kafka.retention;
    made.max_message_bytes = kafka.max_message_bytes;
    return made;
}

}  // namespace

publishers::publishers(const std::vector<config::publisher_settings>& which, std::string store_path,
                       store::writer& writer, first_retry retry)
    : store_path_{std::move(store_path)}, writer_{writer}, retry_{std::move(retry)} {
    for (const auto& how : which) {
        if (how.type != config::publisher_type::kafka) {
            continue;
        }
        if (std::any_of(how.events.begin(), how.events.end(), event::is_dead_letter_type)) {
            announcing_.push_back(how.name);
        }
        add(how);
    }
    for (auto& one : all_) {
        add_announcements(*one);
    }
}

publishers::~publishers() {
    stop(milliseconds{0});
}

void publishers::add(const config::publisher_settings& how) {
    auto made = std::make_unique<one>();
    made->how = how;
    made->bus = bus::make_kafka_bus({how.kafka.brokers, how.kafka.client_id, how.kafka.properties});
    way main;
    main.topics = topics_of(how);
    main.journal.name = how.name;
    main.journal.what = event::choice_of(main.topics.event_types);
    main.journal.what.turns = {how.filter.providers, how.filter.agents, how.filter.projects};
    main.journal.first_retry = retry_;
    main.pump_how.name = how.name;
    main.pump_how.window_bytes = how.window_bytes;
    main.pump_how.from_beginning = how.start == config::cursor_start::beginning;
    if (!main.topics.event_types.empty()) {
        made->ways.push_back(std::move(main));
    }
    all_.push_back(std::move(made));
}

/// They have a cursor of their own: where their topics are missing, nothing else waits for them.
void publishers::add_announcements(one& to) {
    auto topics = topics_of(to.how);
    if (topics.other_types.empty()) {
        return;
    }
    way made;
    made.topics = std::move(topics);
    made.topics.event_types = std::exchange(made.topics.other_types, {});
    made.journal.name = to.how.name + ".dead_letters";
    made.journal.what = event::choice_of(made.topics.event_types);
    made.journal.what.letter_source = [this, name = to.how.name](std::string_view source) {
        return announces(name, source);
    };
    made.pump_how.name = made.journal.name;
    made.pump_how.window_bytes = to.how.window_bytes;
    made.pump_how.from_beginning = to.how.start == config::cursor_start::beginning;
    made.pump_how.announcements = true;
    to.ways.push_back(std::move(made));
}

/// Each its own; what is nobody's goes by the first.
bool publishers::announces(std::string_view name, std::string_view source) const {
    const bool known = std::find(announcing_.begin(), announcing_.end(), source) != announcing_.end();
    return known ? source == name : name == announcing_.front();
}

void publishers::open(one& of, way& which) {
    which.pump = std::make_unique<publish::cursor_pump>(
        publish::make_store_journal(store_path_, writer_, which.journal),
        publish::make_bus_publisher(*of.bus, text::comma_list(of.how.kafka.brokers), which.topics),
        which.pump_how);
    which.pump->start();
}

void publishers::start() {
    const sync::lock_guard hold{use_};
    for (auto& one : all_) {
        try {
            for (auto& each : one->ways) {
                open(*one, each);
            }
        } catch (const std::exception& error) {
            throw std::runtime_error{"publisher " + one->how.name + ": " + error.what()};
        }
        spdlog::info("publisher {}: to {}, topic {}", one->how.name, one->bus->name(), one->how.kafka.topic);
    }
}

bool publishers::stop(milliseconds most) {
    const auto now = steady_clock::now();
    std::vector<std::pair<publish::cursor_pump*, steady_clock::time_point>> running;
    {
        const sync::lock_guard hold{use_};
        stopping_ = true;
        for (const auto& one : all_) {
            for (const auto& each : one->ways) {
                if (each.pump) {
                    running.emplace_back(each.pump.get(), now + std::min(most, one->how.flush_timeout));
                }
            }
        }
    }
    for (const auto& [pump, deadline] : running) {
        pump->begin_stop(deadline);
    }
    bool all_out = true;
    for (const auto& [pump, deadline] : running) {
        all_out = pump->stop(deadline) && all_out;
    }
    return all_out;
}

void publishers::fill(api::snapshot& now) const {
    const sync::lock_guard hold{use_};
    for (const auto& one : all_) {
        for (const auto& each : one->ways) {
            if (!each.pump) {
                continue;
            }
            const auto& name = each.journal.name;
            const auto status = each.pump->status();
            now.cursors.push_back({name, status.lag_rows, status.lag_seconds});
            now.published.push_back({name, "delivered", status.delivered});
            now.published.push_back({name, "failed", status.failed});
            now.published.push_back({name, "dead", status.dead});
        }
    }
}

std::vector<std::string> publishers::cursors() const {
    std::vector<std::string> names;
    for (const auto& one : all_) {
        for (const auto& each : one->ways) {
            names.push_back(each.journal.name);
        }
    }
    return names;
}

void publishers::around(const std::string& cursor, const std::function<void()>& change) {
    const sync::lock_guard hold{use_};
    for (auto& one : all_) {
        for (auto& each : one->ways) {
            if (each.journal.name != cursor || !each.pump) {
                continue;
            }
            if (stopping_) {
                throw std::runtime_error{"the process is about to end"};
            }
            each.pump->stop(steady_clock::now() + around_patience);
            each.pump.reset();
            try {
                change();
            } catch (...) {
                open(*one, each);
                throw;
            }
            open(*one, each);
            return;
        }
    }
    change();
}

std::vector<publishing_place> publishers::places() const {
    std::vector<publishing_place> made;
    made.reserve(all_.size());
    for (const auto& one : all_) {
        made.push_back({one->how.name, one->bus.get(), one->how.kafka.topic, one->how.topic_prefix,
                        one->how.kafka.max_message_bytes});
    }
    return made;
}

}  // namespace tapes::app
