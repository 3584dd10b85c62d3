#include "memory_consumer.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace tapes::bus {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto poll_interval = 10ms;
constexpr std::size_t fetch_messages = 100;  // of a partition at a time

class memory_consumer : public consumer {
public:
    memory_consumer(std::shared_ptr<memory_bus::state> bus, subscriber& handler,
                    const consumer_options& options)
        : bus_{std::move(bus)},
          handler_{handler},
          options_{(check(options), options)},
          group_{options.group.empty() ? derived_group(options.topics) : options.group},
          dispatcher_{options_, handler} {
        const sync::lock_guard hold{bus_->mutex};
        join();
        thread_ = std::thread([this] { run(); });
    }

    ~memory_consumer() override {
        destroying_.store(true);
        bus_->changed.notify_all();
        thread_.join();
    }

    bool stop(clock::time_point deadline) override {
        sync::unique_lock hold{bus_->mutex};
        stop_by_ = std::min(stop_by_.value_or(deadline), deadline);
        told_.state = told_.state == consumer_state::running ? consumer_state::stopping : told_.state;
        bus_->changed.notify_all();
        while (!gone_) {
            bus_->changed.wait(hold);
        }
        return drained_;
    }

    consumer_status status() const override;
    const std::string& group() const override { return group_; }

private:
    struct owned_partition {
        std::int64_t next = 0;   ///< to be fetched
        std::int64_t start = 0;  ///< the first that was
        bool paused = false;
        std::optional<clock::time_point> release_by;  ///< it is being handed over
    };

    void run() noexcept;
    bool turn() TAPES_REQUIRES(bus_->mutex);
    memory_bus::state::group& mine() const TAPES_REQUIRES(bus_->mutex) { return bus_->groups[group_]; }
    void join() TAPES_REQUIRES(bus_->mutex);
    void leave() TAPES_REQUIRES(bus_->mutex);
    void rejoin_if_evicted() TAPES_REQUIRES(bus_->mutex);
    void hand_over(bool at_once) TAPES_REQUIRES(bus_->mutex);
    bool take_what_is_meant() TAPES_REQUIRES(bus_->mutex);
    void fetch() TAPES_REQUIRES(bus_->mutex);
    void commit() TAPES_REQUIRES(bus_->mutex);

    const std::shared_ptr<memory_bus::state> bus_;
    subscriber& handler_;
    const consumer_options options_;
    const std::string group_;
    dispatcher dispatcher_;
    std::uint64_t id_ TAPES_GUARDED_BY(bus_->mutex) = 0;
    std::map<partition_id, owned_partition> owned_ TAPES_GUARDED_BY(bus_->mutex);
    clock::time_point next_commit_ TAPES_GUARDED_BY(bus_->mutex) = clock::now() + options_.commit_interval;
    std::optional<clock::time_point> stop_by_ TAPES_GUARDED_BY(bus_->mutex);
    std::atomic<bool> destroying_{false};
    bool gone_ TAPES_GUARDED_BY(bus_->mutex) = false;
    bool drained_ TAPES_GUARDED_BY(bus_->mutex) = false;
    std::string fatal_ TAPES_GUARDED_BY(bus_->mutex);
    consumer_status told_ TAPES_GUARDED_BY(bus_->mutex);
    std::thread thread_;  // last: it uses all of the above
};

consumer_status memory_consumer::status() const {
    const sync::lock_guard hold{bus_->mutex};
    auto out = told_;
    dispatcher_.describe(out);
    for (auto& shown : out.partitions) {
        const partition_id id{shown.topic, shown.partition};
        const auto found = owned_.find(id);
        if (found == owned_.end()) {
            continue;
        }
        const auto& offsets = mine().committed;
        const auto committed = offsets.find(id);
        shown.committed = committed == offsets.end() ? -1 : committed->second;
        shown.position = shown.position < 0 ? found->second.start : shown.position;
        shown.lag = static_cast<std::int64_t>(bus_->logs[id].size()) - shown.position;
    }
    return out;
}

void memory_consumer::join() {
    id_ = ++bus_->last_member;
    mine().members[id_] = {options_.topics, ""};
    bus_->changed.notify_all();
}

void memory_consumer::leave() {
    auto& group = mine();
    group.members.erase(id_);
    std::erase_if(group.owners, [id = id_](const auto& owner) { return owner.second == id; });
    owned_.clear();
    bus_->changed.notify_all();
}

void memory_consumer::run() noexcept {
    sync::unique_lock hold{bus_->mutex};
    try {
        while (turn()) {
            bus_->changed.wait_for(hold, poll_interval);
        }
    } catch (const std::exception& error) {
        fatal_ = error.what();
    }
    dispatcher_.abandon();
    leave();
    told_.state = fatal_.empty() ? consumer_state::stopped : consumer_state::failed;
    told_.error = fatal_;
    gone_ = true;
    bus_->changed.notify_all();
    const auto reason = fatal_;
    hold.unlock();
    if (!reason.empty()) {
        handler_.trouble(severity::fatal, reason);
    }
}

/// One round of polling; false when it was the last.
bool memory_consumer::turn() {
    if (destroying_.load()) {
        return false;
    }
    rejoin_if_evicted();
    fatal_ = dispatcher_.failure().empty() ? mine().members[id_].broken : dispatcher_.failure();
    if (!fatal_.empty()) {
        return false;
    }
    hand_over(false);
    const auto now = clock::now();
    if (stop_by_) {
        dispatcher_.drain();
        if (!dispatcher_.idle() && now < *stop_by_) {
            return true;
        }
        drained_ = dispatcher_.empty() && !bus_->down;
        hand_over(true);
        commit();
        return false;
    }
    if (!take_what_is_meant()) {
        return false;
    }
    for (const auto& [id, paused] : dispatcher_.pause_changes()) {
        owned_[id].paused = paused;
    }
    if (!bus_->down) {
        fetch();
        if (now >= next_commit_) {
            next_commit_ = now + options_.commit_interval;
            commit();
        }
    }
    return true;
}

void memory_consumer::rejoin_if_evicted() {
    if (mine().members.contains(id_)) {
        return;
    }
    told_.partitions_lost += owned_.size();
    for (const auto& [id, own] : owned_) {
        dispatcher_.forget(id);
    }
    owned_.clear();
    join();
}

/// What is no longer meant for us: finished, committed, let go.
void memory_consumer::hand_over(bool at_once) {
    const auto now = clock::now();
    for (auto at = owned_.begin(); at != owned_.end();) {
        auto& [id, own] = *at;
        if (!own.release_by && mine().meant_for(id) != id_) {
            own.release_by = now + options_.handover;
            dispatcher_.release(id);
        }
        if (!own.release_by || (dispatcher_.busy(id) && now < *own.release_by && !at_once)) {
            ++at;
            continue;
        }
        commit();
        dispatcher_.forget(id);
        mine().owners.erase(id);
        bus_->changed.notify_all();
        at = owned_.erase(at);
    }
}

/// False when there is nowhere to start (offset_reset::error).
bool memory_consumer::take_what_is_meant() {
    bool taken = false;
    for (const auto& topic : std::set(options_.topics.begin(), options_.topics.end())) {
        const auto found = bus_->topics.find(topic);
        const auto partitions = found == bus_->topics.end() ? 0 : found->second.partitions;
        for (int i = 0; i < partitions; ++i) {
            const partition_id id{topic, i};
            auto& group = mine();
            if (group.owners.contains(id) || group.meant_for(id) != id_) {
                continue;
            }
            const auto committed = group.committed.find(id);
            const auto end = static_cast<std::int64_t>(bus_->logs[id].size());
            if (committed == group.committed.end() && options_.reset == offset_reset::error) {
                fatal_ = "no committed offset to go on from: " + topic;
                return false;
            }
            const auto reset = options_.reset == offset_reset::earliest ? 0 : end;
            const auto start = committed == group.committed.end() ? reset : committed->second;
            group.owners[id] = id_;
            owned_[id] = {start, start, false, std::nullopt};
            dispatcher_.assign(id);
            taken = true;
        }
    }
    told_.rebalances += taken ? 1 : 0;
    return true;
}

void memory_consumer::fetch() {
    for (auto& [id, own] : owned_) {
        const auto& log = bus_->logs[id];
        const auto& all = bus_->records[id.topic];
        for (std::size_t i = 0; i < fetch_messages; ++i) {
            if (own.paused || own.release_by || static_cast<std::size_t>(own.next) >= log.size() ||
                dispatcher_.full(id)) {
                break;
            }
            const auto& from = all[log[static_cast<std::size_t>(own.next)]];
            dispatcher_.push(id, {from.offset, from.timestamp_ms, from.key, from.value, from.headers});
            ++own.next;
        }
    }
}

void memory_consumer::commit() {
    if (bus_->down) {
        return;
    }
    bool any = false;
    for (const auto& [id, offset] : dispatcher_.handled()) {
        auto& group = mine();
        const auto owner = group.owners.find(id);
        if (owner == group.owners.end() || owner->second != id_) {
            continue;
        }
        auto& committed = group.committed[id];
        any = any || offset > committed;
        committed = std::max(committed, offset);
    }
    told_.commits += any ? 1 : 0;
}

}  // namespace

std::unique_ptr<consumer> make_memory_consumer(std::shared_ptr<memory_bus::state> bus, subscriber& handler,
                                               const consumer_options& options) {
    return std::make_unique<memory_consumer>(std::move(bus), handler, options);
}

}  // namespace tapes::bus
