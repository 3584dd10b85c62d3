#pragma once

#include <tapes/bus/producer.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tapes::bus {

/// The totals of a producer. Thread-safe.
class publish_counter {
public:
    /// Counts several under one lock, which it holds as long as it lives.
    class TAPES_SCOPED_CAPABILITY batch {
    public:
        explicit batch(publish_counter& into) TAPES_ACQUIRE(into.mutex_) : into_{into} { into.mutex_.lock(); }
        ~batch() TAPES_RELEASE() { into_.mutex_.unlock(); }
        batch(const batch&) = delete;
        batch& operator=(const batch&) = delete;
        void add(std::string_view topic, failure why, std::uint64_t took_us);

    private:
        publish_counter& into_;
    };

    void add(std::string_view topic, failure why, std::uint64_t took_us = 0) {
        batch(*this).add(topic, why, took_us);
    }
    producer_status status() const;

private:
    mutable sync::mutex mutex_;
    std::map<std::string, publish_totals, std::less<>> topics_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::bus
