#pragma once

#include <tapes/store/copy_step.hpp>
#include <tapes/store/progress.hpp>
#include <tapes/store/store.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace tapes::store {

/// Where a copy of a store is made step by step: in the process that writes the store.
class copy_maker {
public:
    virtual ~copy_maker() = default;
    /// Begins a copy into a file that the caller has made and keeps locked. False: it cannot be made there.
    virtual bool begin(const copy_target& to) = 0;
    /// Copies about so many pages. Throws std::runtime_error in one line; then the copy is none.
    virtual copy_progress step(std::uint64_t pages) = 0;
};

/// How a copy of a store is made.
struct backup_options {
    std::string from;                    ///< a store, which may be written to meanwhile
    std::string to;                      ///< the new file
    bool replace = false;                ///< a file that stands at `to` is replaced
    std::uint64_t bytes_per_second = 0;  ///< at most so many are copied; 0: as many as there can be
    /// Who makes the copy. With nothing, or where that cannot be, the store is read with a transaction of its
    /// own, during which its WAL cannot start over: it grows by what is recorded meanwhile. Where it has
    /// grown to `most_log_bytes`, the copy is given up.
    copy_maker* maker = nullptr;
    std::uint64_t most_log_bytes = std::uint64_t{2} << 30;
    progress on_progress = {};
    /// Is called with the path of the whole copy before it gets its name; throws to refuse it.
    std::function<void(const std::string& path)> check = {};
};

/// What a copy holds.
struct backup_figures {
    std::uint64_t bytes = 0;
    std::uint64_t last_seq = 0;   ///< the newest row of the log that is in it
    std::uint64_t log_bytes = 0;  ///< of the store's WAL, when it was largest
    double copy_seconds = 0;
};

/// Copies a store as it is at one moment, the end of the copying where somebody else makes the copy, into a
/// file of its own (0600). The copy is `<to>.partial` until it is whole, on the disk and checked; then it
/// gets its name. A process that is killed leaves that file, which the next backup to the same name
/// removes. Throws open_error, in one line: `from` is no store that this program knows; `to` is the store or
/// a file beside it, stands already, or is a link; another process writes it; the disk is full; the WAL of
/// `from` has grown too large.
backup_figures back_up(const backup_options& options);

/// How a backup is put in a store's place.
struct restore_options {
    std::string from;      ///< a store; only read
    std::string to;        ///< where the store is to stand
    bool replace = false;  ///< a store that stands there is moved aside
    progress on_progress = {};
    std::function<void(const std::string& path)> check = {};  ///< as in backup_options
};

struct restore_report {
    backup_figures restored;
    std::string moved_to;  ///< where the store is that stood there before; "": none did
};

/// Returns whether the store at `path` is of an earlier schema version, which `verify` does not read; then
/// its pages have been checked. Throws open_error where they are not sound.
bool check_earlier_schema(const std::string& path);

/// Puts a copy of `from` in the place of the store `to`, whose lock it holds meanwhile. What stands there
/// stays as it is until the copy is whole and checked; then it is moved aside with all that was committed to
/// it. Killed at any moment, it leaves at `to` one of the two stores or none, and never loses the old one.
/// Throws open_error, in one line.
restore_report restore(const restore_options& options);

}  // namespace tapes::store
