#pragma once

#include <string>

namespace tapes::store {

/// A file that is being written and gets its name once it is whole: until then it is `<name>.partial` (0600).
/// One process at a time has it; where that is killed, the next one removes the file. One thread.
class partial_file {
public:
    /// Throws open_error where it cannot be made, or another process is at it.
    explicit partial_file(std::string name);
    ~partial_file();  ///< removes it, unless it has its name
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;

    /// Where it is until then.
    const std::string& path() const noexcept { return path_; }
    /// For pwrite.
    int file() const noexcept { return file_; }

    /// Has the disk write what was written so far, and waits for it. The file's size and place on the disk
    /// are not synced: that would sync the commits of others as well.
    void write_out() const noexcept;
    /// Waits until what was written is on the disk. Throws open_error.
    void sync() const;
    /// Gives it its name, for good. Throws open_error, also where another file has the name, unless
    /// `replace`.
    void finish(bool replace);

private:
    [[noreturn]] void fail(const std::string& why) const;
    void take();
    bool create();
    void remove_left();
    void lock() const;

    std::string name_;
    std::string path_;
    int file_ = -1;
    bool finished_ = false;
};

/// Waits until the names in the directory of `path` are on the disk.
void sync_directory_of(const std::string& path);

}  // namespace tapes::store
