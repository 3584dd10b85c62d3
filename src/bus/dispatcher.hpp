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

/// What stands between the thread that polls a bus and the handler: a queue for each partition, the worker
/// thread that makes batches of them, retries, and how far each partition has been handled. It knows no
/// broker: the poller assigns, pushes, asks who is to be paused, and commits what is handled.
///
/// All but the constructor and destructor may be called from any thread. The destructor waits for the
/// handler's return.
class dispatcher {
public:
    /// `handler` outlives it. `room`, if given, is called on the worker's thread when there is room again
    /// while someone is paused; it must not call the dispatcher, nor throw.
    dispatcher(const consumer_options& how, subscriber& handler, std::function<void()> room = {});
    ~dispatcher();
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    void assign(const partition_id& what);
    /// Of a partition that is to be handed over: drops what waits. What is in the handler goes on and counts.
    void release(const partition_id& what);
    /// A partition that is gone: whatever the handler still says of it is ignored.
    void forget(const partition_id& what);
    bool assigned(const partition_id& what) const;
    /// Whether the handler has messages of it.
    bool busy(const partition_id& what) const;

    /// Dropped when the partition is not assigned, or is being released.
    void push(const partition_id& what, held_message one);
    /// Whether the partition's share of the buffer is used up.
    bool full(const partition_id& what) const;

    struct pause_change {
        partition_id what;
        bool paused;
    };
    /// Who is to be paused or resumed since the last call; the caller does so.
    std::vector<pause_change> pause_changes();

    /// For each partition the offset that follows what has been handled.
    std::map<partition_id, std::int64_t> handled() const;

    /// From now on messages are worked off, and what waits for another try is not waited for.
    void drain();
    /// Drops what waits, and what the handler still says is ignored.
    void abandon();
    /// Nothing is in the handler and nothing can be handed to it now. After `drain` it stays so.
    bool idle() const;
    /// Whether all that was taken has been handled.
    bool empty() const;

    /// Why the worker has ended by itself; "" as long as it has not.
    std::string failure() const;

    /// What it knows of a status: the totals, the buffer, `position` and `paused` of the partitions.
    void describe(consumer_status& out) const;

private:
    struct partition_state;
    struct taken;

    void work() noexcept;
    std::vector<taken> make_batch() TAPES_REQUIRES(mutex_);
    bool someone_paused() const TAPES_REQUIRES(mutex_);
    void take_from(const std::shared_ptr<partition_state>& source, std::vector<taken>& batch,
                   std::uint64_t& bytes) TAPES_REQUIRES(mutex_);
    void run(std::vector<taken>& batch);
    outcome ask(const std::vector<taken>& batch, bool& threw);
    std::vector<const partition_state*> bury_rejected(const std::vector<taken>& batch, const outcome& what);
    bool bury(const taken& one, const std::string& reason);
    void count_try(std::vector<taken>& batch, outcome& what);
    void settle(std::vector<taken>& batch, const outcome& what,
                const std::vector<const partition_state*>& stuck) TAPES_REQUIRES(mutex_);
    void give_back(taken& one, bool stuck) TAPES_REQUIRES(mutex_);
    bool ready(const partition_state& one, std::chrono::steady_clock::time_point now) const
        TAPES_REQUIRES(mutex_);
    bool anything_ready(std::chrono::steady_clock::time_point now) const TAPES_REQUIRES(mutex_);
    std::pair<std::size_t, std::uint64_t> share() const TAPES_REQUIRES(mutex_);
    bool over(const partition_state& one, std::size_t parts) const TAPES_REQUIRES(mutex_);

    const consumer_options how_;
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
