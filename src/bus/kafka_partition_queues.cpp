#include "kafka_partition_queues.hpp"

namespace tapes::bus {
namespace {

/// Events of a partition at a time, so that none starves the others, nor the group.
constexpr int turn = 256;

}  // namespace

void alarm_bell::ring() {
    {
        const sync::lock_guard hold{mutex_};
        ringing_ = true;
    }
    rang_.notify_one();
}

void alarm_bell::wait(std::chrono::milliseconds patience) {
    sync::unique_lock hold{mutex_};
    const auto deadline = sync::condition_variable::clock::now() + patience;
    while (!ringing_ && rang_.wait_until(hold, deadline)) {
    }
    ringing_ = false;
}

void partition_queues::watch(rd_kafka_queue_t* queue) {
    rd_kafka_queue_cb_event_enable(
        queue, [](rd_kafka_t*, void* bell) { static_cast<alarm_bell*>(bell)->ring(); }, &bell_);
}

void partition_queues::add(const partition_id& id) {
    remove(id);
    queue_handle queue(rd_kafka_queue_get_partition(client_, id.topic.c_str(), id.partition));
    if (queue) {
        rd_kafka_queue_forward(queue.get(), nullptr);
        watch(queue.get());
        queues_.emplace(id, own_queue{std::move(queue), false});
    }
}

void partition_queues::remove(const partition_id& id) {
    if (const auto found = queues_.find(id); found != queues_.end()) {
        rd_kafka_queue_cb_event_enable(found->second.queue.get(), nullptr, nullptr);
        queues_.erase(found);
    }
}

void partition_queues::clear() {
    while (!queues_.empty()) {
        remove(queues_.begin()->first);
    }
}

void partition_queues::set_paused(const partition_id& id, bool paused) {
    if (const auto found = queues_.find(id); found != queues_.end()) {
        found->second.paused = paused;
    }
}

bool partition_queues::poll(const std::function<bool(const partition_id&, rd_kafka_event_t*)>& take) {
    bool more = false;
    for (auto& [id, own] : queues_) {
        for (int i = 0; !own.paused; ++i) {
            const event_handle event(i < turn ? rd_kafka_queue_poll(own.queue.get(), 0) : nullptr);
            if (!event) {
                more = more || i == turn;
                break;
            }
            if (!take(id, event.get())) {
                more = true;
                break;
            }
        }
    }
    return more;
}

}  // namespace tapes::bus
