#include "write/writer_impl.hpp"

#include "write/short_memory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tapes::store {

namespace {

/// Bounds a transaction, and with it what is written again when it fails.
constexpr std::size_t slice = 512;
constexpr std::chrono::seconds log_every{5};
/// Another reason is told sooner.
constexpr std::chrono::seconds log_change_every{1};
/// How long a group may wait to become as large as the one before.
constexpr std::chrono::microseconds crowd_wait{400};
/// How often an idle writer looks whether the store is where it was.
constexpr std::chrono::milliseconds look_every{250};
/// Groups smaller than this do not wait: turns come one by one then, and each wants its end soon.
constexpr std::size_t least_crowd = 8;

}  // namespace

writer::impl::impl(const store_lock& lock, capture::ledger& account, settings options)
    : settings_{std::move(options)},
      lock_{lock},
      account_{account},
      store_{std::make_unique<committer>(lock.options(), indexes_)} {
    last_seq_ = store_->last_seq();
    thread_ = std::thread{[this] { run(); }};
}

void writer::impl::submit(std::vector<std::unique_ptr<entry>> entries) {
    if (entries.empty()) {
        return;
    }
    {
        const sync::lock_guard guard{mutex_};
        if (!stopped_) {
            pending_.insert(pending_.end(), std::make_move_iterator(entries.begin()),
                            std::make_move_iterator(entries.end()));
            queued_.fetch_add(entries.size(), std::memory_order_relaxed);
            if (sleeping_ && pending_.size() >= wanted_) {
                wake_.notify_one();
            }
            return;
        }
    }
    settlement_.refuse(entries);
}

void writer::impl::submit(std::unique_ptr<job> work) {
    {
        const sync::lock_guard guard{mutex_};
        if (!stopped_) {
            next_.jobs.push_back(std::move(work));
            urgent_ = true;
            wake_.notify_one();
            return;
        }
    }
    work->settled("the store is closed");
}

void writer::impl::submit(std::unique_ptr<aside> work) {
    {
        const sync::lock_guard guard{mutex_};
        if (!stopped_) {
            asides_.push_back(std::move(work));
            wake_.notify_one();
            return;
        }
    }
    work->run(nullptr);
}

/// Does one of the things that come between groups.
void writer::impl::work_aside() {
    std::unique_ptr<aside> work;
    {
        const sync::lock_guard guard{mutex_};
        if (!asides_.empty()) {
            work = std::move(asides_.front());
            asides_.pop_front();
        }
    }
    if (work != nullptr) {
        work->run(store_.get());
    }
    store_->copies().drop_left();
}

void writer::impl::refuse_asides() {
    const auto left = [this] {
        const sync::lock_guard guard{mutex_};
        return std::exchange(asides_, {});
    }();
    for (const auto& one : left) {
        one->run(nullptr);
    }
}

writer_status writer::impl::status() const {
    writer_status now;
    now.failing = failing();
    now.wal_bytes = wal_bytes_.load(std::memory_order_relaxed);
    now.last_seq = last_seq();
    now.groups = groups_.load(std::memory_order_relaxed);
    now.queued = queued_.load(std::memory_order_acquire);
    now.new_nodes = new_nodes_.load(std::memory_order_relaxed);
    if (now.failing) {
        const sync::lock_guard guard{mutex_};
        now.error = error_;
    }
    return now;
}

std::uint64_t writer::impl::wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) const {
    if (last_seq() <= seq) {
        sync::unique_lock lock{progress_mutex_};
        const auto before = interruptions_;
        const auto deadline = clock::now() + timeout;
        while (last_seq() <= seq && !closed_ && interruptions_ == before &&
               progress_.wait_until(lock, deadline)) {
        }
    }
    return last_seq();
}

void writer::impl::interrupt_waits() {
    {
        const sync::lock_guard guard{progress_mutex_};
        ++interruptions_;
    }
    progress_.notify_all();
}

void writer::impl::announce(std::uint64_t seq) {
    {
        const sync::lock_guard guard{progress_mutex_};
        last_seq_.store(seq, std::memory_order_release);
    }
    progress_.notify_all();
}

void writer::impl::stop(clock::time_point deadline) {
    prepare_stop();
    {
        const sync::lock_guard guard{mutex_};
        deadline_ = stopping_ ? std::min(deadline_, deadline) : deadline;
        stopping_ = true;
        wake_.notify_one();
    }
    const sync::lock_guard guard{join_mutex_};
    if (thread_.joinable()) {
        thread_.join();
    }
}

void writer::impl::run() {
    while (when_memory_allows([this] { return gather(); })) {
        if (!group_.empty() || store_->ledger_moved(account_)) {
            commit_patiently();
        }
        work_aside();
    }
    finish();
}

/// Commits the group, however often that has to be tried, unless the end comes.
void writer::impl::commit_patiently() {
    while (!when_memory_allows([this] { return commit_group(); })) {
        sync::unique_lock lock{mutex_};
        if (stopping_ && clock::now() >= deadline_) {
            lock.unlock();
            give_up();
            return;
        }
        const auto was_stopping = stopping_;
        auto until = clock::now() + settings_.retry;
        until = stopping_ ? std::min(until, deadline_) : until;
        while (stopping_ == was_stopping && wake_.wait_until(lock, until)) {
        }
    }
}

/// Waits for something to do and takes it as `group_`. False: stopping, and nothing is left.
bool writer::impl::gather() {
    sync::unique_lock lock{mutex_};
    if (!has_work()) {
        sleeping_ = true;
        const auto until = clock::now() + settings_.cursor_interval;
        auto look_at = std::min(until, clock::now() + look_every);
        while (!has_work() && clock::now() < until) {
            if (!asides_.empty()) {
                lock.unlock();
                work_aside();
                lock.lock();
            } else {
                wake_.wait_until(lock, look_at);
            }
            if (const auto now = clock::now(); now >= look_at) {
                look_at = std::min(until, now + look_every);
                lock.unlock();
                watch_place();
                store_->copies().drop_left();
                lock.lock();
            }
        }
        sleeping_ = false;
        if (is_idle()) {
            lock.unlock();
            tidy();
            keep_wal_short(true);
            lock.lock();
        }
    } else {
        wal_.be_busy();
    }
    await_crowd(lock);
    // Past the deadline all that is left gets one chance together.
    const bool hurry = stopping_ && clock::now() >= deadline_;
    const auto count =
        static_cast<std::ptrdiff_t>(hurry ? pending_.size() : std::min(pending_.size(), slice));
    next_.entries.reserve(static_cast<std::size_t>(count));  // nothing is moved where that fails
    next_.entries.assign(std::make_move_iterator(pending_.begin()),
                         std::make_move_iterator(pending_.begin() + count));
    pending_.erase(pending_.begin(), pending_.begin() + count);
    group_ = std::move(next_);
    next_ = {};
    urgent_ = false;
    if (stopping_ && group_.empty()) {
        stopped_ = true;
        return false;
    }
    return true;
}

bool writer::impl::has_work() const {
    return !pending_.empty() || urgent_ || stopping_;
}

/// A job that only looks, such as the one for dead letters that are due, does not count.
bool writer::impl::is_idle() const {
    return pending_.empty() && !stopping_ && next_.cursors.empty() && next_.notes.empty() &&
           clock::now() - wrote_at_ >= settings_.cursor_interval;
}

/// Those who were told of the last group are about to come again: a group as large as that one costs the disk
/// and the processor half of what two halves cost. A lone turn never waits.
void writer::impl::await_crowd(sync::unique_lock& lock) {
    const auto wanted = std::min(crowd_, slice);
    if (wanted >= least_crowd && pending_.size() < wanted && !urgent_ && !stopping_ && !pending_.empty()) {
        sleeping_ = true;
        wanted_ = wanted;
        const auto until = clock::now() + crowd_wait;
        while (pending_.size() < wanted && !urgent_ && !stopping_ && wake_.wait_until(lock, until)) {
        }
        wanted_ = 1;
        sleeping_ = false;
    }
    crowd_ = pending_.size();
}

bool writer::impl::commit_group() {
    // What was written to a store that is no longer at its place does not count until that is back.
    if (!in_place() || (!result_ && !write_group()) || !in_place()) {
        return false;
    }
    if (failing_.exchange(false)) {
        spdlog::info("store: writing again");
    }
    count_group();
    return true;
}

bool writer::impl::write_group() {
    const auto start = clock::now();
    log_before_ = store_->wal_bytes();
    try {
        if (settings_.test_delay.count() > 0) {
            std::this_thread::sleep_for(settings_.test_delay);
        }
        if (reopen_) {
            store_->reopen();
            reopen_ = false;
        }
        result_ = commit_in_room();
    } catch (const sqlite_error& error) {
        // Anything but these leaves the connection sound.
        const int code = error.primary();
        failed(error.what(), code != SQLITE_FULL && code != SQLITE_BUSY && code != SQLITE_NOMEM);
        return false;
    } catch (const std::exception& error) {
        failed(error.what(), true);
        return false;
    }
    took_ = clock::now() - start;
    return true;
}

/// Commits the group; where the disk is full once more, in the room that the log itself takes.
group_result writer::impl::commit_in_room() {
    try {
        return store_->commit(group_, account_);
    } catch (const sqlite_error& error) {
        if (error.primary() != SQLITE_FULL || !wal_keeper::make_room(*store_)) {
            throw;
        }
    }
    auto result = store_->commit(group_, account_);
    if (const auto now = clock::now(); now - full_logged_ >= log_every) {
        full_logged_ = now;
        where_memory_allows(
            [] { spdlog::warn("store: the disk is full: the room of its own log is used again"); });
    }
    return result;
}

void writer::impl::count_group() {
    const auto result = *std::exchange(result_, std::nullopt);
    new_nodes_.fetch_add(result.new_nodes, std::memory_order_relaxed);
    groups_.fetch_add(1, std::memory_order_relaxed);
    wal_bytes_.store(store_->wal_bytes(), std::memory_order_relaxed);
    announce(result.last_seq);
    settlement_.settle(group_.entries, result.outcomes);
    for (std::size_t i = 0; i < group_.jobs.size(); ++i) {
        where_memory_allows([&] { group_.jobs[i]->settled(result.errors[i]); });
    }
    if (settings_.on_commit) {
        where_memory_allows([&] { settings_.on_commit(group_.entries.size(), took_); });
    }
    const bool wrote = !group_.entries.empty() || store_->wal_bytes() != log_before_;
    let_go();
    if (wrote) {
        wrote_at_ = clock::now();
        where_memory_allows([this] { keep_wal_short(false); });
    }
}

void writer::impl::failed(const std::string& error, bool reopen) {
    reopen_ = reopen_ || reopen;
    const auto now = clock::now();
    where_memory_allows([&] {
        const sync::lock_guard guard{mutex_};
        error_ = error;
    });
    const auto silent = now - logged_;
    if (!failing_.exchange(true) || silent >= log_every ||
        (silent >= log_change_every && error != logged_error_)) {
        logged_ = now;
        where_memory_allows([&] { logged_error_ = error; });
        spdlog::error("store: cannot write: {}; {} exchanges wait, next try in {} ms", error,
                      queued_.load(std::memory_order_relaxed), settings_.retry.count());
    }
}

/// The deadline has passed and SQLite still fails: what waits is lost, and said to be.
void writer::impl::give_up() {
    result_.reset();
    when_memory_allows([this] {
        const sync::lock_guard guard{mutex_};
        group_.entries.reserve(group_.entries.size() + pending_.size());
        group_.jobs.reserve(group_.jobs.size() + next_.jobs.size());
        std::move(pending_.begin(), pending_.end(), std::back_inserter(group_.entries));
        pending_.clear();
        std::move(next_.jobs.begin(), next_.jobs.end(), std::back_inserter(group_.jobs));
        next_ = {};
        urgent_ = false;
    });
    if (!group_.entries.empty()) {
        spdlog::error("store: {} exchanges could not be written before the end", group_.entries.size());
    }
    std::vector<entry_outcome> lost;
    when_memory_allows([&] { lost.reserve(group_.entries.size()); });
    for (const auto& one : group_.entries) {
        lost.push_back({capture::drop_reason::store_error, std::nullopt, 0});
        if (one->exchange->amends != 0) {
            lost.back().before = lost.back().reason;
        }
    }
    settlement_.settle(group_.entries, lost);
    for (const auto& one : group_.jobs) {
        one->settled("the store could not be written before the end");
    }
    let_go();
}

/// Who waits for the memory of a group finds it given back once its entries are counted no more.
void writer::impl::let_go() {
    const auto count = group_.entries.size();
    group_ = {};
    queued_.fetch_sub(count, std::memory_order_release);
}

void writer::impl::finish() {
    where_memory_allows([this] { watch_place(); });
    try {
        if (!failing() && store_->ledger_moved(account_)) {
            store_->commit(group_, account_);
        }
        store_->checkpoint_and_truncate();
        say_where_it_is();
    } catch (const std::exception& error) {
        spdlog::warn("store: while closing: {}", error.what());
    }
    wal_bytes_.store(store_->wal_bytes(), std::memory_order_relaxed);
    refuse_asides();
    store_.reset();
    {
        const sync::lock_guard guard{progress_mutex_};
        closed_ = true;
    }
    progress_.notify_all();
}

/// What is done when nothing else is.
void writer::impl::tidy() {
    try {
        if (wal_.idle() && !failing()) {
            store_->tidy();
        }
    } catch (const std::exception& error) {
        spdlog::warn("store: sorting the index: {}", error.what());
    }
}

void writer::impl::keep_wal_short(bool idle) {
    wal_.keep_short(*store_, idle);
    wal_bytes_.store(store_->wal_bytes(), std::memory_order_relaxed);
}

}  // namespace tapes::store
