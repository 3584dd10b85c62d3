#include "write/wal_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

namespace tapes::store {

namespace {

/// An idle writer moves this much from the WAL to the database; less is left for later.
constexpr std::uint64_t idle_checkpoint_bytes = 1ULL << 20;
constexpr int idle_rounds_for_all = 5;
/// A busy writer copies this much at a time. Small steps hold nobody up for long, and cost no more than large
/// ones.
constexpr std::uint64_t copy_step_bytes = 512ULL << 10;
/// So much is synced at a time, beside the commits: a longer sync makes theirs wait.
constexpr std::uint64_t sync_step_bytes = 2ULL << 20;
/// The checkpoint that lets the log start over may have this much left to copy.
constexpr std::uint64_t little_left_bytes = 1ULL << 20;

}  // namespace

void wal_keeper::copy_some(committer& store, std::uint64_t step) {
    if (!store.copies_ahead() || store.uncopied() < step) {
        return;
    }
    try {
        store.copy();
    } catch (const std::exception& error) {
        spdlog::warn("store: copying the log: {}", error.what());
    }
    if (store.unsynced() >= sync_step_bytes) {
        store.start_sync();
    }
}

void wal_keeper::keep_short(committer& store, bool idle) {
    const auto bytes = store.wal_bytes();
    idle_rounds_ = idle ? idle_rounds_ + 1 : 0;
    const bool idle_enough =
        idle && bytes > 0 && (bytes >= idle_checkpoint_bytes || idle_rounds_ >= idle_rounds_for_all);
    if (!idle_enough && bytes < checkpoint_at_) {
        copy_some(store, std::min(copy_step_bytes, checkpoint_bytes_));
        return;
    }
    // It is time for the log to start over: once little is left to copy, and the rest is on the disk.
    if (bytes < checkpoint_at_ + checkpoint_at_ / 2) {
        copy_some(store, little_left_bytes);
        if (!store.synced()) {
            store.start_sync();
            return;
        }
    }
    try {
        const bool all = store.checkpoint();
        // What a reader pins is not tried again until there is something more to move.
        checkpoint_at_ = all ? checkpoint_bytes_ : bytes + checkpoint_bytes_ / 8;
    } catch (const std::exception& error) {
        checkpoint_at_ = bytes + checkpoint_bytes_ / 8;
        spdlog::warn("store: checkpoint: {}", error.what());
    }
}

bool wal_keeper::make_room(committer& store) noexcept {
    try {
        return store.checkpoint();
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace tapes::store
