#pragma once

#include <string>

namespace tapes::store {

/// Where a store can be read that is only looked at. That is its own path, unless it stands where nothing may
/// be written (a read-only file system, another user's directory): SQLite needs files of its own beside a
/// store that has a write-ahead log (https://sqlite.org/wal.html#readonly). Then it is a private copy of the
/// store and its log, which is removed at the end.
class reading_place {
public:
    /// Throws open_error where it cannot be copied, or is written to by somebody at the same time.
    explicit reading_place(std::string path);
    ~reading_place();
    reading_place(const reading_place&) = delete;
    reading_place& operator=(const reading_place&) = delete;

    const std::string& path() const noexcept { return path_; }

private:
    void copy(const std::string& hindrance);

    std::string path_;
    std::string directory_;  ///< of the copy; "": none
};

}  // namespace tapes::store
