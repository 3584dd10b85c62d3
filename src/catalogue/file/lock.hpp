#pragma once

#include <memory>
#include <string>

namespace tapes::catalogue {

/// The lock of a catalogue, `<path>.lock`, which one process at a time has: it alone writes. Its file stays.
class file_lock {
public:
    /// Returns nothing where another process has it. Throws open_error where it cannot be made.
    static std::unique_ptr<file_lock> take(const std::string& catalogue);
    ~file_lock();
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

    /// False where the lock's file was removed or replaced: another process could take the catalogue.
    bool is_in_place() const;

private:
    file_lock(std::string path, int file) : path_{std::move(path)}, file_{file} {}

    std::string path_;
    int file_;
};

}  // namespace tapes::catalogue
