#include "dispatcher.hpp"

#include "dispatcher_partition.hpp"

#include <algorithm>

namespace tapes::bus {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::uint64_t held_message::bytes() const {
    auto sum = key.size() + value.size();
    for (const auto& [name, content] : headers) {
        sum += name.size() + content.size();
    }
    return sum;
}

dispatcher::dispatcher(const consumer_options& options, subscriber& handler, std::function<void()> room)
    : options_{options},
      handler_{handler},
      room_{std::move(room)},
      backoff_{options.retry_base, options.retry_cap},
      thread_{[this] { work(); }} {}

dispatcher::~dispatcher() {
    {
        const sync::lock_guard hold{mutex_};
        ending_ = true;
        abandoned_ = true;
    }
    work_.notify_all();
    thread_.join();
}

void dispatcher::assign(const partition_id& id) {
    const sync::lock_guard hold{mutex_};
    if (!partitions_.contains(id)) {
        partitions_.emplace(id, std::make_shared<partition_state>(id));
    }
}

void dispatcher::release(const partition_id& id) {
    const sync::lock_guard hold{mutex_};
    if (const auto found = partitions_.find(id); found != partitions_.end()) {
        found->second->releasing = true;
        found->second->queue.clear();
        found->second->queued_bytes = 0;
    }
    work_.notify_all();  // it may wait for a dead letter of this partition
}

void dispatcher::forget(const partition_id& id) {
    const sync::lock_guard hold{mutex_};
    if (const auto found = partitions_.find(id); found != partitions_.end()) {
        found->second->lost = true;
        partitions_.erase(found);
    }
    work_.notify_all();
}

bool dispatcher::assigned(const partition_id& id) const {
    const sync::lock_guard hold{mutex_};
    const auto found = partitions_.find(id);
    return found != partitions_.end() && !found->second->releasing;
}

bool dispatcher::busy(const partition_id& id) const {
    const sync::lock_guard hold{mutex_};
    const auto found = partitions_.find(id);
    return found != partitions_.end() && found->second->in_handler != 0;
}

void dispatcher::push(const partition_id& id, held_message message) {
    const sync::lock_guard hold{mutex_};
    const auto found = partitions_.find(id);
    if (found == partitions_.end() || found->second->releasing || abandoned_) {
        return;
    }
    ++totals_[id.topic].received;
    auto& to = *found->second;
    to.queued_bytes += message.bytes();
    to.queue.push_back(std::move(message));
    work_.notify_one();
}

/// What one partition may hold: an equal part of the buffer, so that none that is stuck starves the others.
std::pair<std::size_t, std::uint64_t> dispatcher::share() const {
    const auto parts = std::max<std::size_t>(partitions_.size(), 1);
    return {std::max<std::size_t>(options_.buffer_messages / parts, 1),
            std::max<std::uint64_t>(options_.buffer_bytes / parts, 1)};
}

/// Whether it holds a `parts`-th of its share, or more.
bool dispatcher::over(const partition_state& partition, std::size_t parts) const {
    const auto [messages, bytes] = share();
    return !partition.queue.empty() &&
           (partition.queue.size() * parts >= messages || partition.queued_bytes * parts >= bytes);
}

bool dispatcher::full(const partition_id& id) const {
    const sync::lock_guard hold{mutex_};
    const auto found = partitions_.find(id);
    return found != partitions_.end() && over(*found->second, 1);
}

std::vector<dispatcher::pause_change> dispatcher::pause_changes() {
    std::vector<pause_change> changes;
    const auto now = steady_clock::now();
    const sync::lock_guard hold{mutex_};
    for (auto& [id, partition] : partitions_) {
        // Between half and all of its share it stays as it is.
        const bool waits = partition->not_before > now || over(*partition, partition->paused ? 2 : 1);
        if (!partition->releasing && waits != partition->paused) {
            partition->paused = waits;
            changes.push_back({id, waits});
        }
    }
    return changes;
}

std::map<partition_id, std::int64_t> dispatcher::handled() const {
    std::map<partition_id, std::int64_t> out;
    const sync::lock_guard hold{mutex_};
    for (const auto& [id, partition] : partitions_) {
        if (partition->position >= 0) {
            out.emplace(id, partition->position);
        }
    }
    return out;
}

void dispatcher::drain() {
    const sync::lock_guard hold{mutex_};
    draining_ = true;
    work_.notify_all();
}

void dispatcher::abandon() {
    const sync::lock_guard hold{mutex_};
    abandoned_ = true;
    for (auto& [id, partition] : partitions_) {
        partition->lost = true;
    }
    partitions_.clear();
    work_.notify_all();
}

bool dispatcher::idle() const {
    const sync::lock_guard hold{mutex_};
    return in_handler_ == 0 && !anything_ready(steady_clock::now());
}

bool dispatcher::empty() const {
    const sync::lock_guard hold{mutex_};
    return in_handler_ == 0 && std::all_of(partitions_.begin(), partitions_.end(), [](const auto& partition) {
               return partition.second->queue.empty();
           });
}

std::string dispatcher::failure() const {
    const sync::lock_guard hold{mutex_};
    return failure_;
}

void dispatcher::describe(consumer_status& out) const {
    const auto now = steady_clock::now();
    const sync::lock_guard hold{mutex_};
    out.topics = totals_;
    out.buffered_messages = in_handler_;
    for (const auto& [id, partition] : partitions_) {
        out.buffered_messages += partition->queue.size();
        out.buffered_bytes += partition->queued_bytes;
        auto& shown = out.partitions.emplace_back();
        shown.topic = id.topic;
        shown.partition = id.partition;
        shown.position = partition->position;
        shown.releasing = partition->releasing;
        shown.paused = partition->paused || partition->not_before > now;
    }
}

}  // namespace tapes::bus
