#pragma once

#include <tapes/capture/ledger.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>

namespace tapes::app {

/// A store that this process has open for writing for as long as a command needs it. The constructor throws
/// like those of store_lock and writer.
struct held_store {
    explicit held_store(const store::open_options& options) : lock{options}, writer{lock, account, {}} {}
    ~held_store() { writer.stop(std::chrono::steady_clock::now() + std::chrono::seconds{10}); }
    held_store(const held_store&) = delete;
    held_store& operator=(const held_store&) = delete;

    store::store_lock lock;
    capture::ledger account;
    store::writer writer;
};

}  // namespace tapes::app
