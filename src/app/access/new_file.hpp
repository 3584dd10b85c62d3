#pragma once

#include <string>
#include <string_view>

namespace tapes::app {

/// A file that comes to stand under its name when it is whole: it is written beside it (0600, under a name
/// of its own) and renamed. What is not finished leaves nothing. A file that stands under the name is
/// replaced; what is none (a device, a pipe) is written to as it is. Throws std::runtime_error with one line.
class new_file {
public:
    explicit new_file(std::string path);
    ~new_file();
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;

    void write(std::string_view bytes);
    /// All was written: waits for the disk, and renames it.
    void finish();

private:
    [[noreturn]] void fail(const char* doing) const;
    void flush();

    std::string path_;
    std::string beside_;  ///< "": it is written to as it is
    std::string waiting_;
    int file_ = -1;
};

}  // namespace tapes::app
