#pragma once

#include <tapes/capture/ledger.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/store.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

class job;    // src/store/write/job.hpp
class aside;  // src/store/write/aside.hpp

/// Figures of the writer, for metrics and readiness. A snapshot.
struct writer_status {
    bool failing = false;  ///< the last group could not be committed
    std::string error;     ///< what SQLite said, "" when not failing
    std::uint64_t wal_bytes = 0;
    std::uint64_t last_seq = 0;  ///< of the newest committed log row
    std::uint64_t groups = 0;
    std::uint64_t queued = 0;  ///< entries waiting or being retried
    std::uint64_t new_nodes = 0;
};

/// The digests by which rows are found.
enum class indexed { node_hash, node_match, piece };

/// The one thread that writes. Entries are committed in groups of whatever has gathered since the last
/// commit, a SAVEPOINT each; then the ledger is settled, and waiters are told once per lane. While SQLite
/// fails (disk full, I/O error) the group is kept and tried again every `retry`; an entry that alone fails is
/// settled as store_error. All members are thread-safe; none but `stop` blocks on the disk.
///
/// A store that is moved away, removed or replaced under the process is noticed within a quarter of a second;
/// then the writer is failing as well, and nothing counts as committed. When the file is back it goes on. One
/// that has lost its last name, with nothing at its path for `absence`, is written anew from the files that
/// are still open. Another file at the path is left alone. At the end all that was kept is written: to the
/// store where it is by now, or, where it has no name and its place is taken, to a new file beside.
class writer {
public:
    struct settings {
        std::chrono::milliseconds retry{500};
        std::chrono::milliseconds cursor_interval{
            1000};  ///< cursors and ledger are saved at least this often
        /// How long a store whose file was removed is waited for before it is written anew.
        std::chrono::milliseconds absence{5000};
        std::uint64_t wal_checkpoint_bytes = 64ULL << 20;
        std::chrono::milliseconds test_delay{0};  ///< added to each commit; for tests of a slow disk
        /// Called on the writer's thread after each group: how many turns, how long the commit took.
        std::function<void(std::size_t turns, std::chrono::nanoseconds took)> on_commit;
        /// Called on the writer's thread for each settled exchange, after its commit (or its failure).
        std::function<void(const entry&)> on_settled;
    };

    /// The totals of the store's ledger continue from what it holds; a difference left by an unclean stop is
    /// booked as `crash`. `lock` and `account` must outlive the writer. Starts the thread. Throws open_error.
    writer(const store_lock& lock, capture::ledger& account, settings options);
    ~writer();  ///< stop() with no time left
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    void submit(std::vector<std::unique_ptr<entry>> entries);

    /// Saves a cursor with the next group, at least every `cursor_interval`. The newest value wins.
    /// `now` asks for a group at once.
    void save_cursor(const std::string& name, std::uint64_t seq, bool now = false);
    /// Has a job written with the next group, at once. After `stop` it is told that the store is closed.
    /// While the disk fails it waits with everything else.
    void submit(std::unique_ptr<job> work);
    /// Has something done between two groups. After `stop` it is told that the store is closed.
    void submit(std::unique_ptr<aside> work);
    /// Saves a note, a named value that outlives the process, with the next group.
    void save_note(const std::string& name, const std::string& value);

    bool failing() const noexcept;
    writer_status status() const;
    std::uint64_t last_seq() const noexcept;

    /// Waits until a log row past `seq` is committed, `timeout` has passed or the writer stops; the newest
    /// seq.
    std::uint64_t wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) const;
    /// Ids of rows that are in no index yet and whose digest begins with these eight bytes (big-endian),
    /// newest first, at most `most`, behind what `out` holds. Some may not be committed.
    void find_newest(indexed digest, std::int64_t prefix, std::vector<std::int64_t>& out,
                     std::size_t most) const;

    /// Wakes every `wait_past` (their threads are about to stop).
    void interrupt_waits();

    /// The process is about to stop: what waits for a store that is not at its place waits no longer.
    void prepare_stop();

    /// Commits what was submitted, checkpoints, closes. What cannot be committed before `deadline` is settled
    /// as store_error. Idempotent.
    void stop(std::chrono::steady_clock::time_point deadline);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
