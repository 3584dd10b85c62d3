#pragma once

#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::app {

/// Lines of the log on their way to a file descriptor, which a thread of its own writes. Whoever reads the
/// other end may stop to do so: what is beyond the limit is dropped and counted, and nobody else waits. All
/// members are thread-safe, and none but `drain` waits for the descriptor.
///
/// The thread is detached: it may be in a write that never returns when the process ends.
class log_queue {
public:
    explicit log_queue(int descriptor, std::size_t most_bytes = 1024 * 1024);
    ~log_queue();  ///< the thread ends when it has written what waits, or never
    log_queue(const log_queue&) = delete;
    log_queue& operator=(const log_queue&) = delete;

    /// Adds a whole line; it is written at the next `wake`, or when much has gathered.
    void add(std::string_view line);
    /// Has what has gathered written now.
    void wake();
    /// Returns how many lines were dropped since this was last asked, 0 while there is still little room.
    std::uint64_t take_dropped();
    /// Waits until all is written, at most `longest`, and no longer than `stall` without any progress.
    /// Returns false when something is left.
    bool drain(std::chrono::milliseconds stall, std::chrono::milliseconds longest);

private:
    struct state;
    static void run(const std::shared_ptr<state>& shared);

    std::shared_ptr<state> state_;
};

}  // namespace tapes::app
