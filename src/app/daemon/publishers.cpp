#include "daemon/publishers.hpp"

#include <tapes/bus/kafka.hpp>
#include <tapes/event/choice.hpp>
#include <tapes/event/event.hpp>
#include <tapes/event/types.hpp>
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

/// How long a cursor that is moved by hand may finish before. What is in flight may come again anyway.
constexpr milliseconds flush_before_move{1000};

publish::topic_settings topics_of(const config::publisher_settings& settings) {
    const auto& kafka = settings.kafka;
    publish::topic_settings made;
    made.topic = kafka.topic;
    made.prefix = settings.topic_prefix;
    made.source = settings.source;
    made.event_types.clear();
    for (const auto& type : settings.events) {
        (event::is_dead_letter_type(type) ? made.other_types : made.event_types).push_back(type);
    }
    made.create = kafka.create_topic;
    made.partitions = kafka.partitions;
    made.retention = kafka.retention;
    made.max_message_bytes = kafka.max_message_bytes;
    return made;
}

}  // namespace

publishers::publishers(const std::vector<config::publisher_settings>& settings, std::string store_path,
                       store::writer& writer, first_retry retry)
    : store_path_{std::move(store_path)}, writer_{writer}, retry_{std::move(retry)} {
    for (const auto& one : settings) {
        if (one.type != config::publisher_type::kafka) {
            continue;
        }
        if (std::any_of(one.events.begin(), one.events.end(), event::is_dead_letter_type)) {
            announcing_.push_back(one.name);
        }
        add(one);
    }
    for (auto& one : all_) {
        add_announcements(*one);
    }
}

publishers::~publishers() {
    stop(milliseconds{0});
}

void publishers::add(const config::publisher_settings& settings) {
    auto made = std::make_unique<publisher>();
    made->settings = settings;
    made->bus =
        bus::make_kafka_bus({settings.kafka.brokers, settings.kafka.client_id, settings.kafka.properties});
    lane main;
    main.topics = topics_of(settings);
    main.journal.name = settings.name;
    main.journal.events = event::choice_of(main.topics.event_types);
    main.journal.events.turns = {settings.filter.providers, settings.filter.agents, settings.filter.projects};
    main.journal.first_retry = retry_;
    main.pump_options.name = settings.name;
    main.pump_options.window_bytes = settings.window_bytes;
    main.pump_options.from_beginning = settings.start == config::cursor_start::beginning;
    if (!main.topics.event_types.empty()) {
        made->lanes.push_back(std::move(main));
    }
    all_.push_back(std::move(made));
}

/// Adds the cursor for announcements of dead letters. It is one of its own, so that nothing else waits when
/// their topics are missing.
void publishers::add_announcements(publisher& owner) {
    auto topics = topics_of(owner.settings);
    if (topics.other_types.empty()) {
        return;
    }
    lane made;
    made.topics = std::move(topics);
    made.topics.event_types = std::exchange(made.topics.other_types, {});
    made.journal.name = owner.settings.name + ".dead_letters";
    made.journal.events = event::choice_of(made.topics.event_types);
    made.journal.events.letter_source = [this, name = owner.settings.name](std::string_view source) {
        return announces(name, source);
    };
    made.pump_options.name = made.journal.name;
    made.pump_options.window_bytes = owner.settings.window_bytes;
    made.pump_options.from_beginning = owner.settings.start == config::cursor_start::beginning;
    made.pump_options.announcements = true;
    owner.lanes.push_back(std::move(made));
}

/// Says whether a publisher announces the dead letters of a source: each announces its own, and the first one
/// also those that belong to no publisher.
bool publishers::announces(std::string_view name, std::string_view source) const {
    const bool known = std::find(announcing_.begin(), announcing_.end(), source) != announcing_.end();
    return known ? source == name : name == announcing_.front();
}

void publishers::open(const publisher& owner, lane& lane) {
    auto made = std::make_unique<publish::cursor_pump>(
        publish::make_store_journal(store_path_, writer_, lane.journal),
        publish::make_bus_publisher(*owner.bus, text::comma_list(owner.settings.kafka.brokers), lane.topics),
        lane.pump_options);
    made->start();
    const sync::lock_guard hold{use_};
    lane.pump = std::move(made);
}

void publishers::start() {
    const sync::lock_guard hold{change_};
    for (auto& one : all_) {
        try {
            for (auto& each : one->lanes) {
                open(*one, each);
            }
        } catch (const std::exception& error) {
            throw std::runtime_error{"publisher " + one->settings.name + ": " + error.what()};
        }
        spdlog::info("publisher {}: to {}, topic {}", one->settings.name, one->bus->name(),
                     one->settings.kafka.topic);
    }
}

bool publishers::stop(milliseconds longest) {
    const auto now = steady_clock::now();
    std::vector<std::pair<publish::cursor_pump*, steady_clock::time_point>> running;
    {
        const sync::lock_guard hold{change_};
        stopping_ = true;
        for (const auto& one : all_) {
            for (const auto& each : one->lanes) {
                if (each.pump) {
                    running.emplace_back(each.pump.get(),
                                         now + std::min(longest, one->settings.flush_timeout));
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
        for (const auto& each : one->lanes) {
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
        for (const auto& each : one->lanes) {
            names.push_back(each.journal.name);
        }
    }
    return names;
}

void publishers::around(const std::string& cursor, const std::function<void()>& change) {
    const sync::lock_guard hold{change_};
    for (auto& one : all_) {
        for (auto& each : one->lanes) {
            if (each.journal.name != cursor || !each.pump) {
                continue;
            }
            if (stopping_) {
                throw std::runtime_error{"the process is about to end"};
            }
            take_pump(each)->stop(steady_clock::now() + flush_before_move);
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

std::unique_ptr<publish::cursor_pump> publishers::take_pump(lane& from) const {
    const sync::lock_guard hold{use_};
    return std::move(from.pump);
}

std::vector<publishing_place> publishers::places() const {
    std::vector<publishing_place> made;
    made.reserve(all_.size());
    for (const auto& one : all_) {
        made.push_back({one->settings.name, one->bus.get(), one->settings.kafka.topic,
                        one->settings.topic_prefix, one->settings.kafka.max_message_bytes});
    }
    return made;
}

}  // namespace tapes::app
