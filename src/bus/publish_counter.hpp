#pragma once

#include <tapes/bus/producer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tapes::bus {

/// The totals of a producer. Thread-safe.
class publish_counter {
public:
    /// Counts several under one lock.
    class batch {
    public:
        explicit batch(publish_counter& into) : into_{into}, hold_{into.mutex_} {}
        void add(std::string_view topic, failure why, std::uint64_t took_us);

    private:
        publish_counter& into_;
        const std::lock_guard<std::mutex> hold_;
    };

    void add(std::string_view topic, failure why, std::uint64_t took_us = 0) {
        batch(*this).add(topic, why, took_us);
    }
    producer_status status() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, publish_totals, std::less<>> topics_;
};

}  // namespace tapes::bus
