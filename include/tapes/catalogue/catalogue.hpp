#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace tapes::catalogue {

/// Why a catalogue cannot be opened or made; `what()` is one line that names the file and what would be
/// right.
class open_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct options {
    std::string store_path;
    bool text = true;  ///< keep the text index
};

/// Where the catalogue of a store is: `<store>.catalogue`, or in the cache directory under the store's id
/// where nothing can be written beside the store.
std::string path_of(const std::string& store_path);

/// The directory of this user for what belongs to stores that stand where nothing can be written; made (0700)
/// if it is missing. Throws open_error.
std::string cache_directory();

/// How far a catalogue has come: log rows done, and the last one there is.
struct progress {
    std::uint64_t done = 0;
    std::uint64_t last = 0;
};

/// Brings the catalogue of a store up to the end of its log, for commands. Makes it where there is none, or
/// one of another version, or one that is damaged or belongs to another store. Where another process keeps
/// it, waits until that has reached the row that is the last one now. Calls `tell` now and then; where that
/// returns false it stops, and what is done is kept. Throws open_error, and std::runtime_error with SQLite's
/// message.
void catch_up(const options& options, const std::function<bool(const progress&)>& tell);

/// Keeps the catalogue of a store up to date, on a low-priority thread of its own, for the process that holds
/// the store. Never in the way of a commit; a failure is logged and tried again. Starts at once; the
/// destructor stops within one batch.
class keeper {
public:
    /// `last_seq` tells the newest row of the log, of the process' own writer; where there is none, the store
    /// is asked.
    explicit keeper(options options, std::function<std::uint64_t()> last_seq = {});
    ~keeper();
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;

    std::optional<progress> now() const noexcept;  ///< nothing until it has looked at both; thread-safe

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::catalogue
