#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <new>
#include <thread>

namespace tapes::store {

/// Does what only a lack of memory can hinder, and tries again until it is done.
template <class Work>
auto when_memory_allows(Work&& work) {
    constexpr std::chrono::milliseconds pause{10};
    while (true) {
        try {
            return work();
        } catch (const std::bad_alloc&) {
            std::this_thread::sleep_for(pause);
        }
    }
}

/// Does what the store can do without.
template <class Work>
void where_memory_allows(Work&& work) noexcept {
    try {
        work();
    } catch (const std::exception& error) {
        spdlog::warn("store: {}", error.what());
    }
}

}  // namespace tapes::store
