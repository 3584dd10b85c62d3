#pragma once

#include "write/aside.hpp"
#include "write/committer.hpp"
#include "write/settlement.hpp"
#include "write/wal_keeper.hpp"

#include <tapes/store/writer.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <deque>
#include <thread>

namespace tapes::store {

/// The writer's thread and what is handed to it. Two locks: `mutex_` guards what waits to be written,
/// `progress_mutex_` only wakes `wait_past`; neither is held while SQLite works.
class writer::impl {
public:
    impl(const store_lock& lock, capture::ledger& account, settings options);

    void submit(std::vector<std::unique_ptr<entry>> entries);
    void submit(std::unique_ptr<job> work);
    void submit(std::unique_ptr<aside> work);
    /// Changes what the next group holds beside entries; `now` asks for a group at once.
    template <class Change>
    void change(Change apply, bool now) {
        const sync::lock_guard guard{mutex_};
        apply(next_);
        urgent_ = urgent_ || now;
        if (now && sleeping_) {
            wake_.notify_one();
        }
    }

    bool failing() const noexcept { return failing_.load(std::memory_order_relaxed); }
    std::uint64_t last_seq() const noexcept { return last_seq_.load(std::memory_order_acquire); }
    writer_status status() const;
    std::uint64_t wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) const;
    void interrupt_waits();
    const row_indexes& indexes() const noexcept { return indexes_; }
    void prepare_stop() noexcept { ending_.store(true, std::memory_order_relaxed); }
    void stop(std::chrono::steady_clock::time_point deadline);

private:
    using clock = std::chrono::steady_clock;

    void run();
    void commit_patiently();
    bool gather();
    bool has_work() const TAPES_REQUIRES(mutex_);
    bool is_idle() const TAPES_REQUIRES(mutex_);
    void await_crowd(sync::unique_lock& lock) TAPES_REQUIRES(mutex_);
    bool commit_group();
    bool write_group();
    group_result commit_in_room();
    void count_group();
    bool in_place();
    bool in_place(store_place::state seen);
    bool hold_lock();
    void watch_place();
    void say_where_it_is();
    void failed(const std::string& error, bool reopen);
    void give_up();
    void let_go();
    void finish();
    void tidy();
    void keep_wal_short(bool idle);
    void work_aside();
    void refuse_asides();
    void announce(std::uint64_t seq);

    settings settings_;
    const store_lock& lock_;
    capture::ledger& account_;
    settlement settlement_{account_, settings_.on_settled};
    row_indexes indexes_;
    std::unique_ptr<committer> store_;

    mutable sync::mutex mutex_;
    sync::condition_variable wake_;
    std::deque<std::unique_ptr<entry>> pending_ TAPES_GUARDED_BY(mutex_);
    group next_ TAPES_GUARDED_BY(mutex_);  ///< its entries are unused
    std::deque<std::unique_ptr<aside>> asides_ TAPES_GUARDED_BY(mutex_);
    bool urgent_ TAPES_GUARDED_BY(mutex_) = false;
    bool sleeping_ TAPES_GUARDED_BY(mutex_) = false;
    /// How many entries are worth waking a sleeping writer.
    std::size_t wanted_ TAPES_GUARDED_BY(mutex_) = 1;
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
    bool stopped_ TAPES_GUARDED_BY(mutex_) = false;
    clock::time_point deadline_ TAPES_GUARDED_BY(mutex_){};
    std::string error_ TAPES_GUARDED_BY(mutex_);

    mutable sync::mutex progress_mutex_;
    mutable sync::condition_variable progress_;
    std::uint64_t interruptions_ TAPES_GUARDED_BY(progress_mutex_) = 0;
    bool closed_ TAPES_GUARDED_BY(progress_mutex_) = false;

    std::atomic<bool> failing_{false}, ending_{false};
    std::atomic<std::uint64_t> last_seq_{0}, wal_bytes_{0}, groups_{0}, new_nodes_{0}, queued_{0};

    // Of the writer's thread.
    group group_;
    std::optional<group_result> result_;  ///< of a group that is written, and does not count yet
    std::chrono::nanoseconds took_{0};    ///< to write it
    std::uint64_t log_before_ = 0;        ///< bytes in the WAL before it
    std::optional<clock::time_point> absent_since_;
    bool reopen_ = false;
    clock::time_point logged_{};
    clock::time_point full_logged_{};
    std::string logged_error_;
    clock::time_point wrote_at_{};  ///< when the last group that wrote something was committed
    wal_keeper wal_{settings_.wal_checkpoint_bytes};
    std::size_t crowd_ = 0;  ///< size of the last group

    sync::mutex join_mutex_;
    std::thread thread_ TAPES_GUARDED_BY(join_mutex_);
};

}  // namespace tapes::store
