#include "file/lock.hpp"
#include "file/own_place.hpp"
#include "keep/upkeep.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/store/log_scan.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace tapes::catalogue {

namespace {

using std::chrono::milliseconds;

/// Rows are gathered for so long, so that under load there are few transactions, and large ones.
constexpr milliseconds between_batches{250};
constexpr milliseconds between_large_batches{1'000};
constexpr std::uint64_t large_batch = 256;  ///< rows
/// Smaller than those of commands: a stop waits for one, and they take memory of the daemon.
constexpr batch_limits keeper_limits{4096, 8ULL << 20};
constexpr milliseconds shortest_retry{1'000};
constexpr milliseconds longest_retry{60'000};
/// Beside threads of usual priority that never rest, one of this niceness has about a thirtieth of a
/// processor: next to nothing for recording, and enough to get on. (With SCHED_IDLE it would be a
/// three-hundredth, which starves.)
constexpr int niceness = 15;

/// Sets how willingly a thread leaves the processor to others. It gets its usual priority again only where
/// the system lets it (RLIMIT_NICE).
void set_priority(pid_t thread, int policy, int nice) {
    const sched_param none{};
    (void)::sched_setscheduler(thread, policy, &none);
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), nice);  // of the thread alone, sched(7)
}

}  // namespace

class keeper::impl {
public:
    impl(options options, std::function<std::uint64_t()> last_seq)
        : options_{std::move(options)}, last_seq_{std::move(last_seq)}, thread_{[this] { run(); }} {}
    ~impl() {
        {
            const sync::lock_guard guard{mutex_};
            stopping_ = true;
            if (low_ != 0) {  // on a busy machine the stop would wait for long
                set_priority(low_, SCHED_OTHER, 0);
            }
        }
        changed_.notify_all();
        thread_.join();
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;

    std::optional<progress> now() const noexcept {
        const auto done = done_.load();
        return looked_ ? std::optional{progress{done, std::max(last_.load(), done)}} : std::nullopt;
    }

private:
    void run();
    void keep();
    void keep(const std::string& path, const file_lock& lock, store::log_scan& scan);
    /// False where the keeper is to stop.
    bool wait(milliseconds time);
    void yield_to_others();
    std::uint64_t newest(store::log_scan& scan) { return last_seq_ ? last_seq_() : scan.last_seq(); }

    options options_;
    std::function<std::uint64_t()> last_seq_;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> last_{0};
    std::atomic<bool> looked_{false};  ///< both of them are known
    sync::mutex mutex_;
    sync::condition_variable changed_;
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
    pid_t low_ TAPES_GUARDED_BY(mutex_) = 0;  ///< the thread, once its priority is low
    std::thread thread_;
};

bool keeper::impl::wait(milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    sync::unique_lock lock{mutex_};
    while (!stopping_ && std::chrono::steady_clock::now() < until) {
        changed_.wait_until(lock, until);
    }
    return !stopping_;
}

/// Not before the file is there, for which readers wait, nor in the way of a stop.
void keeper::impl::yield_to_others() {
    const sync::lock_guard guard{mutex_};
    if (low_ == 0 && !stopping_) {
        low_ = ::gettid();
        set_priority(low_, SCHED_BATCH, niceness);
    }
}

void keeper::impl::run() {
    auto retry = shortest_retry;
    std::string told;
    while (wait(milliseconds{0})) {
        const auto before = done_.load();
        bool failed = true;
        try {
            keep();
            failed = false;
        } catch (const std::exception& error) {
            if (told != error.what()) {
                told = error.what();
                spdlog::warn("the catalogue cannot be kept, trying again: {}", told);
            }
        }
        retry = !failed || done_.load() != before ? shortest_retry : std::min(2 * retry, longest_retry);
        if (!wait(retry)) {
            return;
        }
    }
}

/// Keeps the catalogue until something is not where it was.
void keeper::impl::keep() {
    store::log_scan scan{options_.store_path};
    const auto path = place_of(options_.store_path, [&] { return scan.store_id(); });
    while (true) {
        if (const auto lock = file_lock::take(path); lock != nullptr) {
            keep(path, *lock, scan);
            return;
        }
        last_ = newest(scan);
        looked_ = true;
        if (!wait(between_batches)) {
            return;
        }
    }
}

void keeper::impl::keep(const std::string& path, const file_lock& lock, store::log_scan& scan) {
    const auto store = identity_of(options_.store_path);
    upkeep work{path, scan, options_.text};
    done_ = work.place().seq;
    last_ = newest(scan);
    looked_ = true;
    yield_to_others();
    std::uint64_t before = 0;
    do {
        before = work.place().seq;
        last_ = newest(scan);
        while (work.step(keeper_limits)) {
            done_ = work.place().seq;
            if (!wait(milliseconds{0})) {
                return;
            }
        }
        // A store that is away comes back, or another is put in its place.
        const auto there = identity_of(options_.store_path);
        const bool same_store = !there || there == store;
        if (!same_store || !work.is_in_place() || !lock.is_in_place()) {
            return;
        }
    } while (wait(work.place().seq - before < large_batch ? between_batches : between_large_batches));
}

keeper::keeper(options options, std::function<std::uint64_t()> last_seq)
    : impl_{std::make_unique<impl>(std::move(options), std::move(last_seq))} {}
keeper::~keeper() = default;

std::optional<progress> keeper::now() const noexcept {
    return impl_->now();
}

}  // namespace tapes::catalogue
