#include "backup/partial_file.hpp"

#include "file/partial_lock.hpp"
#include "file/whole_copy.hpp"

#include <tapes/store/own_file.hpp>
#include <tapes/store/store.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tapes::store {

namespace {

bool has_name(int file, const std::string& path) {
    struct stat ours {};
    struct stat there {};
    return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

}  // namespace

void sync_directory_of(const std::string& path) {
    const auto directory = std::filesystem::path{path}.parent_path().string();
    const int opened =
        ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = opened >= 0 && ::fsync(opened) == 0;
    const int error = errno;
    if (opened >= 0) {
        ::close(opened);
    }
    if (!synced && error != EINVAL) {  // of file systems that have no such thing
        throw open_error{"directory " + (directory.empty() ? "." : directory) +
                         " cannot be synced: " + std::system_category().message(error)};
    }
}

partial_file::partial_file(std::string name) : name_{std::move(name)}, path_{name_ + ".partial"} {
    try {
        take();
    } catch (...) {
        if (file_ >= 0) {
            ::close(file_);
        }
        throw;
    }
}

void partial_file::take() {
    while (!create()) {
        remove_left();
    }
    for (const auto* const end : {"-wal", "-shm", "-journal"}) {
        (void)::unlink((path_ + end).c_str());  // of one that was killed
    }
}

/// False: there is one already, or was until now.
bool partial_file::create() {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file_ < 0 && errno == EEXIST) {
        return false;
    }
    if (file_ < 0) {
        fail(std::system_category().message(errno));
    }
    lock();
    if (!has_name(file_, path_)) {
        ::close(std::exchange(file_, -1));  // somebody took it for one that was left
        return false;
    }
    if (::fchmod(file_, 0600) != 0) {
        fail(std::system_category().message(errno));
    }
    return true;
}

/// Removes one that was killed. Its file is not used again: a process that was asked to copy into it may not
/// have noticed yet.
void partial_file::remove_left() {
    file_ = ::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file_ < 0 && errno == ENOENT) {
        return;
    }
    if (file_ < 0) {
        fail(errno == ELOOP ? "it is a symbolic link" : std::system_category().message(errno));
    }
    if (const auto problem = problem_of_own_file(file_, ""); !problem.empty()) {
        fail(problem);
    }
    lock();
    if (has_name(file_, path_) && ::unlink(path_.c_str()) != 0) {
        fail(std::system_category().message(errno));
    }
    ::close(std::exchange(file_, -1));
}

void partial_file::lock() const {
    if (!take_partial_lock(file_)) {
        fail(errno == EAGAIN || errno == EACCES ? "another process is writing it"
                                                : std::system_category().message(errno));
    }
}

partial_file::~partial_file() {
    if (!finished_) {
        remove_with_log(path_);
    }
    ::close(file_);
}

void partial_file::fail(const std::string& why) const {
    throw open_error{"file " + path_ + " cannot be written: " + why};
}

void partial_file::write_out() const noexcept {
    // Where this cannot be, sync() has more to do.
    (void)::sync_file_range(file_, 0, 0,
                            SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
}

void partial_file::sync() const {
    if (::fsync(file_) != 0) {
        fail(std::system_category().message(errno));
    }
}

void partial_file::finish(bool replace) {
    for (const auto* const end : {"-wal", "-shm"}) {
        (void)::unlink((path_ + end).c_str());  // empty: it was only read
    }
    sync();
    int placed = replace ? ::rename(path_.c_str(), name_.c_str())
                         : ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name_.c_str(), RENAME_NOREPLACE);
    if (placed != 0 && !replace && errno == EINVAL) {  // of file systems that cannot do that, such as NFS
        placed = ::link(path_.c_str(), name_.c_str());
        if (placed == 0) {
            (void)::unlink(path_.c_str());
        }
    }
    if (placed != 0) {
        throw open_error{"file " + path_ + " cannot be given its name " + name_ + ": " +
                         std::system_category().message(errno)};
    }
    finished_ = true;
    sync_directory_of(name_);
}

}  // namespace tapes::store
