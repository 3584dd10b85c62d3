#pragma once

#include <tapes/bus/backoff.hpp>
#include <tapes/bus/consumer.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tapes::bus {

struct partition_id {
    std::string topic;
    int partition = 0;
    auto operator<=>(const partition_id&) const = default;
};

/// A message that a consumer holds until its handler has had it.
struct held_message {
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    std::string key;
    std::string value;
    std::vector<std::pair<std::string, std::string>> headers;

    std::uint64_t bytes() const;
};

/// Stands between the thread that polls a bus and the handler. It holds a queue for each partition and the
/// worker thread that makes batches of them, repeats what failed, and knows how far each partition has been
/// handled. It knows no broker: the poller assigns, pushes, asks which partitions to pause, and commits what
/// is handled.
///
/// All but the constructor and destructor may be called from any thread. The destructor waits for the
/// handler's return.
class dispatcher {
public:
    /// `handler` outlives it. `room`, if given, is called on the worker's thread when there is room again
    /// while some partition is paused; it must not call the dispatcher, nor throw.
    dispatcher(const consumer_options& options, subscriber& handler, std::function<void()> room = {});
    ~dispatcher();
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    void assign(const partition_id& id);
    /// Drops what waits of a partition that is to be handed over. What is in the handler goes on and counts.
    void release(const partition_id& id);
    /// Forgets a partition that is gone: whatever the handler still says about it is ignored.
    void forget(const partition_id& id);
    bool assigned(const partition_id& id) const;
    /// Tells whether the handler has messages of the partition.
    bool busy(const partition_id& id) const;

    /// Takes a message. Drops it when its partition is not assigned, or is being released.
    void push(const partition_id& id, held_message message);
    /// Tells whether the partition's share of the buffer is used up.
    bool full(const partition_id& id) const;

    struct pause_change {
        partition_id id;
        bool paused;
    };
    /// Returns the partitions that are to be paused or resumed since the last call; the caller does so.
    std::vector<pause_change> pause_changes();

    /// Returns for each partition the offset that follows what has been handled.
    std::map<partition_id, std::int64_t> handled() const;

    /// Goes on with what waits, but for messages that are to be tried again later.
    void drain();
    /// Drops what waits, and ignores what the handler still says.
    void abandon();
    /// Tells whether nothing is in the handler and nothing can be handed to it now. After `drain` it stays
    /// so.
    bool idle() const;
    /// Tells whether all that was taken has been handled.
    bool empty() const;

    /// Tells why the worker has ended by itself; "" as long as it has not.
    std::string failure() const;

    /// Fills in its part of a status: the totals, the buffer, `position` and `paused` of the partitions.
    void describe(consumer_status& out) const;

private:
    struct partition_state;
    struct taken;

    void work() noexcept;
    std::vector<taken> make_batch() TAPES_REQUIRES(mutex_);
    bool any_paused() const TAPES_REQUIRES(mutex_);
    void take_from(const std::shared_ptr<partition_state>& source, std::vector<taken>& batch,
                   std::uint64_t& bytes) TAPES_REQUIRES(mutex_);
    void run(std::vector<taken>& batch);
    outcome ask(const std::vector<taken>& batch, bool& threw);
    std::vector<const partition_state*> bury_rejected(const std::vector<taken>& batch, const outcome& result);
    bool bury(const taken& item, const std::string& reason);
    void count_try(std::vector<taken>& batch, outcome& result);
    void settle(std::vector<taken>& batch, const outcome& result,
                const std::vector<const partition_state*>& stuck) TAPES_REQUIRES(mutex_);
    void give_back(taken& item, bool stuck) TAPES_REQUIRES(mutex_);
    bool ready(const partition_state& partition, std::chrono::steady_clock::time_point now) const
        TAPES_REQUIRES(mutex_);
    bool anything_ready(std::chrono::steady_clock::time_point now) const TAPES_REQUIRES(mutex_);
    std::pair<std::size_t, std::uint64_t> share() const TAPES_REQUIRES(mutex_);
    bool over(const partition_state& partition, std::size_t parts) const TAPES_REQUIRES(mutex_);

    const consumer_options options_;
    subscriber& handler_;
    const std::function<void()> room_;
    mutable sync::mutex mutex_;
    sync::condition_variable work_;  // for the worker
    std::map<partition_id, std::shared_ptr<partition_state>> partitions_ TAPES_GUARDED_BY(mutex_);
    partition_id last_ TAPES_GUARDED_BY(mutex_);  // the batch after this one starts behind it
    std::map<std::string, consume_totals> totals_ TAPES_GUARDED_BY(mutex_);
    std::size_t in_handler_ TAPES_GUARDED_BY(mutex_) = 0;
    bool draining_ TAPES_GUARDED_BY(mutex_) = false;
    bool abandoned_ TAPES_GUARDED_BY(mutex_) = false;
    bool ending_ TAPES_GUARDED_BY(mutex_) = false;
    std::string failure_ TAPES_GUARDED_BY(mutex_);
    backoff backoff_ TAPES_GUARDED_BY(mutex_);
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace tapes::bus
