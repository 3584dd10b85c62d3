#pragma once

#include "tapes/sync/annotations.hpp"

#include <mutex>

namespace tapes::sync {

/// A std::mutex that clang's thread safety analysis understands.
class TAPES_CAPABILITY("mutex") mutex {
public:
    mutex() = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    void lock() TAPES_ACQUIRE() { mutex_.lock(); }
    void unlock() TAPES_RELEASE() { mutex_.unlock(); }

private:
    friend class unique_lock;

    std::mutex mutex_;
};

/// Holds a mutex from its construction to its destruction.
class TAPES_SCOPED_CAPABILITY lock_guard {
public:
    explicit lock_guard(mutex& held) TAPES_ACQUIRE(held) : mutex_{held} { mutex_.lock(); }
    ~lock_guard() TAPES_RELEASE() { mutex_.unlock(); }

    lock_guard(const lock_guard&) = delete;
    lock_guard& operator=(const lock_guard&) = delete;

private:
    mutex& mutex_;
};

/// Holds a mutex like `lock_guard`; it can be let go of and taken again, and a condition variable can wait
/// with it.
class TAPES_SCOPED_CAPABILITY unique_lock {
public:
    explicit unique_lock(mutex& held) TAPES_ACQUIRE(held) : lock_{held.mutex_} {}
    ~unique_lock() TAPES_RELEASE() = default;

    unique_lock(const unique_lock&) = delete;
    unique_lock& operator=(const unique_lock&) = delete;

    void lock() TAPES_ACQUIRE() { lock_.lock(); }
    void unlock() TAPES_RELEASE() { lock_.unlock(); }

private:
    friend class condition_variable;

    std::unique_lock<std::mutex> lock_;
};

}  // namespace tapes::sync
