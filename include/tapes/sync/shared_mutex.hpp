#pragma once

#include "tapes/sync/annotations.hpp"

#include <shared_mutex>

namespace tapes::sync {

/// A std::shared_mutex that clang's thread safety analysis understands: one writer, or any number of readers.
class TAPES_CAPABILITY("mutex") shared_mutex {
public:
    shared_mutex() = default;
    shared_mutex(const shared_mutex&) = delete;
    shared_mutex& operator=(const shared_mutex&) = delete;

    void lock() TAPES_ACQUIRE() { mutex_.lock(); }
    void unlock() TAPES_RELEASE() { mutex_.unlock(); }
    void lock_shared() TAPES_ACQUIRE_SHARED() { mutex_.lock_shared(); }
    void unlock_shared() TAPES_RELEASE_SHARED() { mutex_.unlock_shared(); }

private:
    std::shared_mutex mutex_;
};

/// Holds a shared mutex for writing, from its construction to its destruction.
class TAPES_SCOPED_CAPABILITY write_lock {
public:
    explicit write_lock(shared_mutex& held) TAPES_ACQUIRE(held) : mutex_{held} { mutex_.lock(); }
    ~write_lock() TAPES_RELEASE() { mutex_.unlock(); }

    write_lock(const write_lock&) = delete;
    write_lock& operator=(const write_lock&) = delete;

private:
    shared_mutex& mutex_;
};

/// Holds a shared mutex for reading, from its construction to its destruction.
class TAPES_SCOPED_CAPABILITY read_lock {
public:
    explicit read_lock(shared_mutex& held) TAPES_ACQUIRE_SHARED(held) : mutex_{held} { mutex_.lock_shared(); }
    ~read_lock() TAPES_RELEASE_GENERIC() { mutex_.unlock_shared(); }

    read_lock(const read_lock&) = delete;
    read_lock& operator=(const read_lock&) = delete;

private:
    shared_mutex& mutex_;
};

}  // namespace tapes::sync
