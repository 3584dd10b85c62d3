#pragma once

#include "partial_list.hpp"

#include <tapes/live/hub.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tapes::live {

/// What a hub knows of a reader; guarded by the hub's mutex.
struct reader_state {
    event_filter filter;
    std::string last_id;
    std::function<void()> wake;
    bool opened = false;                           ///< its state was made
    place at;                                      ///< behind what it has taken, or has in `inbox`
    std::string at_id;                             ///< names `at`; "": that is not known
    std::vector<message> inbox;                    ///< its state, and events behind which the newest begin
    bool wants_more = false;                       ///< the newest events begin behind its place
    bool woken = false;                            ///< since it took last
    std::chrono::steady_clock::time_point told{};  ///< when it took something last
    partials_sent sent;
};

/// The inside of a hub, which its readers share.
struct hub_core {
    explicit hub_core(hub_options given) : options{std::move(given)} {}

    void run();

    std::vector<message> take(reader_state& of, std::size_t max_bytes) TAPES_EXCLUDES(mutex);
    void close(const std::shared_ptr<reader_state>& one) TAPES_EXCLUDES(mutex);
    void tell_partials_wanted() TAPES_REQUIRES(mutex);
    using waking = std::vector<std::function<void()>>;
    /// Returns what is to be called, without the mutex, for those of the readers that are `chosen`.
    waking wake_all(const std::function<bool(const reader_state&)>& chosen) TAPES_REQUIRES(mutex);

    const hub_options options;
    std::thread thread;

    mutable sync::mutex mutex;
    sync::condition_variable changed;  ///< for readers that wait
    sync::condition_variable work;     ///< for the thread
    bool stopping TAPES_GUARDED_BY(mutex) = false;
    std::vector<std::shared_ptr<reader_state>> readers TAPES_GUARDED_BY(mutex);
    std::deque<event_pointer> recent TAPES_GUARDED_BY(mutex);
    std::uint64_t recent_bytes TAPES_GUARDED_BY(mutex) = 0;
    place floor TAPES_GUARDED_BY(mutex);  ///< what is behind it, up to `end`, is in `recent`
    place end TAPES_GUARDED_BY(mutex);
    std::string end_id TAPES_GUARDED_BY(mutex);
    bool with_nodes TAPES_GUARDED_BY(mutex) = false;  ///< those of nodes are in `recent`
    bool partials_wanted TAPES_GUARDED_BY(mutex) = false;
    partial_list partials TAPES_GUARDED_BY(mutex);

private:
    bool await_readers();
    void follow(event_source& source);
    void begin_anew(event_source& source);
    void open_readers(event_source& source);
    bool read_newest(event_source& source);
    bool serve_lagging(event_source& source);
    static bool is_lagging(const reader_state& one);
    /// `id` names the place that the batch reached.
    void hand_over(const event_batch& batch, const std::string& id, reader_state& to) TAPES_REQUIRES(mutex);
    /// Takes what is in the inbox. Returns whether the newest events come next.
    bool take_inbox(reader_state& of, std::size_t max_bytes, std::vector<message>& into)
        TAPES_REQUIRES(mutex);
    std::vector<partial_news> take_recent(reader_state& of, std::size_t max_bytes, std::vector<message>& into)
        TAPES_REQUIRES(mutex);
    void rest(std::uint64_t seq);
    void beat();
    void add_recent(event_batch&& batch) TAPES_REQUIRES(mutex);
    void wake(reader_state& one, waking& into) TAPES_REQUIRES(mutex);
    static void call(const waking& all);
};

}  // namespace tapes::live
