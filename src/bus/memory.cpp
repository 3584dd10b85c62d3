#include "memory_consumer.hpp"
#include "memory_state.hpp"
#include "publish_counter.hpp"

#include <tapes/bus/memory.hpp>

#include <deque>
#include <thread>

namespace tapes::bus {

namespace {

class memory_producer : public producer {
public:
    memory_producer(std::shared_ptr<memory_bus::state> bus, producer_events& events,
                    const producer_options& options)
        : bus_{std::move(bus)},
          events_{events},
          limit_{options.max_message_bytes},
          thread_{[this] { serve(); }} {}

    ~memory_producer() override {
        purge();
        {
            const sync::lock_guard hold{bus_->mutex};
            stopping_ = true;
        }
        bus_->changed.notify_all();
        thread_.join();
    }

    produce_result produce(const record& record) override {
        const sync::lock_guard hold{bus_->mutex};
        if (broken_) {
            return {acceptance::broken, "fatal error"};
        }
        if (record.key.size() + record.value.size() > limit_) {
            totals_.add(record.topic, failure::too_large);
            return {acceptance::refused, "message too large"};
        }
        if (bus_->queue_limit != 0 && queue_.size() >= bus_->queue_limit) {
            return {acceptance::queue_full, "the client's queue is full"};
        }
        stored_record copy{std::string(record.topic),
                           std::string(record.key),
                           std::string(record.value),
                           {},
                           record.timestamp_ms,
                           0,
                           0};
        for (const auto& field : record.headers) {
            copy.headers.emplace_back(field.name, field.value);
        }
        queue_.push_back({std::move(copy), record.opaque, false, std::chrono::steady_clock::now()});
        ++bus_->in_flight;
        bus_->changed.notify_all();
        return {};
    }

    bool flush(std::chrono::steady_clock::time_point deadline) override {
        sync::unique_lock hold{bus_->mutex};
        while (!queue_.empty() && bus_->changed.wait_until(hold, deadline)) {
        }
        return queue_.empty();
    }

    void purge() override {
        const sync::lock_guard hold{bus_->mutex};
        for (auto& waiting : queue_) {
            waiting.purged = true;
        }
        bus_->changed.notify_all();
    }

    producer_status status() const override { return totals_.status(); }

private:
    struct queued {
        stored_record record;
        std::uint64_t opaque;
        bool purged;
        std::chrono::steady_clock::time_point since;
    };

    static std::uint64_t microseconds_since(std::chrono::steady_clock::time_point then) {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - then)
                .count());
    }

    bool ready() const TAPES_REQUIRES(bus_->mutex) {
        return stopping_ || (!queue_.empty() && (queue_.front().purged || (!bus_->held && !bus_->down)));
    }

    memory_bus::fate settle(queued& waiting) TAPES_REQUIRES(bus_->mutex) {
        if (waiting.purged) {
            return {failure::purged, false, false};
        }
        if (broken_) {
            return {failure::transient, false, false};
        }
        if (!bus_->topics.contains(waiting.record.topic)) {
            return {failure::transient, false, false};
        }
        if (waiting.record.key.size() + waiting.record.value.size() > bus_->message_limit) {
            return {failure::too_large, false, false};
        }
        return bus_->decider ? bus_->decider(waiting.record) : memory_bus::fate{};
    }

    void serve() {
        sync::unique_lock hold{bus_->mutex};
        while (true) {
            while (!ready()) {
                bus_->changed.wait(hold);
            }
            if (queue_.empty()) {
                return;  // stopping
            }
            std::vector<delivery_report> reports;
            bool fatal = false;
            while (!queue_.empty() && reports.size() < 100 && (queue_.front().purged || ready())) {
                auto waiting = std::move(queue_.front());
                queue_.pop_front();
                const auto fate = settle(waiting);
                totals_.add(waiting.record.topic, fate.why, microseconds_since(waiting.since));
                if (fate.arrives && !waiting.purged && fate.why != failure::purged) {
                    bus_->append(std::move(waiting.record));
                }
                fatal = fatal || fate.fatal;
                broken_ = broken_ || fate.fatal;
                reports.push_back(
                    {waiting.opaque, fate.why, fate.why == failure::none ? "" : "as the test decided"});
            }
            hold.unlock();
            tell(reports, fatal);
            hold.lock();
            bus_->in_flight -= reports.size();
            bus_->changed.notify_all();
        }
    }

    void tell(const std::vector<delivery_report>& reports, bool fatal) {
        events_.delivered(reports);
        if (fatal) {
            events_.trouble(severity::fatal, "fatal, as the test decided");
        }
    }

    const std::shared_ptr<memory_bus::state> bus_;
    producer_events& events_;
    const std::uint64_t limit_;
    publish_counter totals_;
    std::deque<queued> queue_ TAPES_GUARDED_BY(bus_->mutex);
    bool broken_ TAPES_GUARDED_BY(bus_->mutex) = false;
    bool stopping_ TAPES_GUARDED_BY(bus_->mutex) = false;
    std::thread thread_;  // last: it uses all of the above
};

class memory_admin : public admin {
public:
    explicit memory_admin(std::shared_ptr<memory_bus::state> bus) : bus_{std::move(bus)} {}

    void ping(std::chrono::milliseconds) override {
        const sync::lock_guard hold{bus_->mutex};
        check();
    }

    std::optional<topic_info> topic(const std::string& name, std::chrono::milliseconds) override {
        const sync::lock_guard hold{bus_->mutex};
        check();
        const auto found = bus_->topics.find(name);
        return found == bus_->topics.end() ? std::nullopt
                                           : std::optional(topic_info{found->second.partitions});
    }

    void create_topic(const topic_spec& wanted, std::chrono::milliseconds) override {
        const sync::lock_guard hold{bus_->mutex};
        check();
        if (!bus_->creation_refused.empty()) {
            throw bus_error("the bus in memory: topic \"" + wanted.name +
                            "\" could not be created: " + bus_->creation_refused);
        }
        bus_->topics.try_emplace(wanted.name, wanted);
    }

    std::optional<std::uint64_t> max_message_bytes(const std::string& topic,
                                                   std::chrono::milliseconds) override {
        const sync::lock_guard hold{bus_->mutex};
        check();
        return bus_->topics.contains(topic) ? std::optional(bus_->message_limit) : std::nullopt;
    }

private:
    void check() const TAPES_REQUIRES(bus_->mutex) {
        if (bus_->down) {
            throw bus_error("the bus in memory is down");
        }
    }

    const std::shared_ptr<memory_bus::state> bus_;
};

}  // namespace

memory_bus::memory_bus() : state_{std::make_shared<state>()} {}
memory_bus::~memory_bus() = default;

std::unique_ptr<producer> memory_bus::make_producer(producer_events& events,
                                                    const producer_options& options) {
    {
        const sync::lock_guard hold{state_->mutex};
        ++state_->producers;
    }
    return std::make_unique<memory_producer>(state_, events, options);
}

std::unique_ptr<consumer> memory_bus::make_consumer(subscriber& handler, const consumer_options& options) {
    return make_memory_consumer(state_, handler, options);
}

std::unique_ptr<admin> memory_bus::make_admin() {
    return std::make_unique<memory_admin>(state_);
}

void memory_bus::decide(std::function<fate(const stored_record&)> decider) {
    const sync::lock_guard hold{state_->mutex};
    state_->decider = std::move(decider);
}

void memory_bus::hold(bool held) {
    const sync::lock_guard hold{state_->mutex};
    state_->held = held;
    state_->changed.notify_all();
}

void memory_bus::set_down(bool down) {
    const sync::lock_guard hold{state_->mutex};
    state_->down = down;
    state_->changed.notify_all();
}

void memory_bus::limit_queue(std::size_t records) {
    const sync::lock_guard hold{state_->mutex};
    state_->queue_limit = records;
}

void memory_bus::limit_message(std::uint64_t bytes) {
    const sync::lock_guard hold{state_->mutex};
    state_->message_limit = bytes;
}

void memory_bus::refuse_creation(std::string reason) {
    const sync::lock_guard hold{state_->mutex};
    state_->creation_refused = std::move(reason);
}

void memory_bus::evict_consumers() {
    const sync::lock_guard hold{state_->mutex};
    for (auto& [name, group] : state_->groups) {
        group.members.clear();
        group.owners.clear();
    }
    state_->changed.notify_all();
}

void memory_bus::break_consumers(const std::string& reason) {
    const sync::lock_guard hold{state_->mutex};
    for (auto& [name, group] : state_->groups) {
        for (auto& [id, member] : group.members) {
            member.broken = reason;
        }
    }
    state_->changed.notify_all();
}

std::size_t memory_bus::consumers() const {
    const sync::lock_guard hold{state_->mutex};
    std::size_t count = 0;
    for (const auto& [name, group] : state_->groups) {
        count += group.members.size();
    }
    return count;
}

std::int64_t memory_bus::committed(const std::string& group, const std::string& topic, int partition) const {
    const sync::lock_guard hold{state_->mutex};
    const auto found = state_->groups.find(group);
    if (found == state_->groups.end()) {
        return -1;
    }
    const auto offset = found->second.committed.find({topic, partition});
    return offset == found->second.committed.end() ? -1 : offset->second;
}

std::vector<stored_record> memory_bus::records(const std::string& topic) const {
    const sync::lock_guard hold{state_->mutex};
    const auto found = state_->records.find(topic);
    return found == state_->records.end() ? std::vector<stored_record>{} : found->second;
}

std::size_t memory_bus::producers_made() const {
    const sync::lock_guard hold{state_->mutex};
    return state_->producers;
}

std::size_t memory_bus::in_flight() const {
    const sync::lock_guard hold{state_->mutex};
    return state_->in_flight;
}

}  // namespace tapes::bus
