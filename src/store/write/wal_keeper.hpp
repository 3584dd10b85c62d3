#pragma once

#include "write/committer.hpp"

#include <cstdint>

namespace tapes::store {

/// Decides when what is in the WAL moves to the database: in small steps beside the commits, and from the
/// beginning of the log again once it is long or the writer is idle. For the writer's thread.
class wal_keeper {
public:
    /// The log starts over once it has grown to `checkpoint_bytes`.
    explicit wal_keeper(std::uint64_t checkpoint_bytes) noexcept
        : checkpoint_bytes_{checkpoint_bytes}, checkpoint_at_{checkpoint_bytes} {}

    /// Moves what is due. To be called after each group, and each time the writer finds itself `idle`. What
    /// fails is logged, and tried again later.
    void keep_short(committer& store, bool idle);

    /// Moves all of it, so that the log starts over with the next commit and what it takes of the disk is
    /// used again: for a disk that is full. False: it could not, which is not logged.
    static bool make_room(committer& store) noexcept;

    /// There is work: the idle rounds begin anew.
    void be_busy() noexcept { idle_rounds_ = 0; }
    bool idle() const noexcept { return idle_rounds_ > 0; }

private:
    static void copy_some(committer& store, std::uint64_t step);

    std::uint64_t checkpoint_bytes_;
    std::uint64_t checkpoint_at_;
    int idle_rounds_ = 0;
};

}  // namespace tapes::store
