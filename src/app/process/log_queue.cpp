#include "process/log_queue.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace tapes::app {

namespace {

/// Info lines gather up to this: a burst of exchanges costs few system calls.
constexpr std::size_t gathered_bytes = 32 * 1024;
/// A pipe that takes anything takes this much without waiting (PIPE_BUF, pipe(7)).
constexpr std::size_t bytes_at_once = 4096;
constexpr std::chrono::milliseconds between_looks{100};

/// Writes a part of `text` as soon as the descriptor takes one. Returns how much, all of it where the
/// descriptor is broken for good.
std::size_t write_some(int descriptor, std::string_view text) {
    pollfd ready{descriptor, POLLOUT, 0};
    if (::poll(&ready, 1, static_cast<int>(between_looks.count())) <= 0) {
        return 0;
    }
    const auto wrote = ::write(descriptor, text.data(), std::min(text.size(), bytes_at_once));
    if (wrote >= 0) {
        return static_cast<std::size_t>(wrote);
    }
    return errno == EAGAIN || errno == EINTR ? 0 : text.size();
}

}  // namespace

struct log_queue::state {
    state(int to, std::size_t limit) : descriptor{to}, most_bytes{limit} {}

    const int descriptor;
    const std::size_t most_bytes;

    sync::mutex mutex;
    sync::condition_variable changed;
    std::string waiting TAPES_GUARDED_BY(mutex);
    std::size_t writing TAPES_GUARDED_BY(mutex) = 0;  ///< bytes that the thread has taken and not written
    std::uint64_t written TAPES_GUARDED_BY(mutex) = 0;
    std::uint64_t dropped TAPES_GUARDED_BY(mutex) = 0;
    bool woken TAPES_GUARDED_BY(mutex) = false;
    bool ending TAPES_GUARDED_BY(mutex) = false;
};

log_queue::log_queue(int descriptor, std::size_t most_bytes)
    : state_{std::make_shared<state>(descriptor, most_bytes)} {
    std::thread{[shared = state_] { run(shared); }}.detach();
}

log_queue::~log_queue() {
    const sync::lock_guard guard{state_->mutex};
    state_->ending = true;
    state_->changed.notify_all();
}

void log_queue::add(std::string_view line) {
    const sync::lock_guard guard{state_->mutex};
    if (state_->writing + state_->waiting.size() + line.size() > state_->most_bytes) {
        ++state_->dropped;
        return;
    }
    state_->waiting += line;
    if (state_->waiting.size() > gathered_bytes && !state_->woken) {
        state_->woken = true;
        state_->changed.notify_all();
    }
}

void log_queue::wake() {
    const sync::lock_guard guard{state_->mutex};
    if (!state_->waiting.empty() && !state_->woken) {
        state_->woken = true;
        state_->changed.notify_all();
    }
}

std::uint64_t log_queue::take_dropped() {
    const sync::lock_guard guard{state_->mutex};
    if (state_->dropped == 0 || state_->writing + state_->waiting.size() > state_->most_bytes / 2) {
        return 0;
    }
    return std::exchange(state_->dropped, 0);
}

bool log_queue::drain(std::chrono::milliseconds stall, std::chrono::milliseconds longest) {
    wake();
    const auto end = std::chrono::steady_clock::now() + longest;
    sync::unique_lock lock{state_->mutex};
    auto seen = state_->written;
    auto until = std::min(end, std::chrono::steady_clock::now() + stall);
    while (state_->writing + state_->waiting.size() > 0) {
        if (!state_->changed.wait_until(lock, until) && seen == state_->written) {
            return false;
        }
        const auto now = std::chrono::steady_clock::now();
        if (now >= end) {
            return state_->writing + state_->waiting.size() == 0;
        }
        if (seen != state_->written) {
            seen = state_->written;
            until = std::min(end, now + stall);
        }
    }
    return true;
}

void log_queue::run(const std::shared_ptr<state>& shared) {
    std::string taken;
    sync::unique_lock lock{shared->mutex};
    while (true) {
        while (!shared->woken && !shared->ending) {
            shared->changed.wait(lock);
        }
        shared->woken = false;
        if (shared->waiting.empty() && shared->ending) {
            return;
        }
        taken.clear();
        taken.swap(shared->waiting);
        shared->writing = taken.size();
        for (std::size_t at = 0; at < taken.size();) {
            lock.unlock();
            const auto wrote = write_some(shared->descriptor, std::string_view{taken}.substr(at));
            lock.lock();
            at += wrote;
            shared->writing -= wrote;
            shared->written += wrote;
            if (wrote > 0) {
                shared->changed.notify_all();
            }
        }
    }
}

}  // namespace tapes::app
