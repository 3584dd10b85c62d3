#include "file/whole_copy.hpp"

#include <tapes/store/placed.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace tapes::store {

namespace {

std::atomic<std::uint64_t> placement_count{0};

[[noreturn]] void cannot(const std::string& path, int error) {
    throw sqlite_error{SQLITE_CANTOPEN, path + " cannot be made: " + std::system_category().message(error)};
}

void sync_directory(const std::string& path) {
    const auto directory = std::filesystem::path{path}.parent_path().string();
    const int opened =
        ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened >= 0) {
        (void)::fsync(opened);
        ::close(opened);
    }
}

void fill(connection& from, const std::string& to) {
    connection target{to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW};
    sqlite3_backup* const work = sqlite3_backup_init(target.handle(), "main", from.handle(), "main");
    if (work == nullptr) {
        target.fail(sqlite3_extended_errcode(target.handle()));
    }
    (void)sqlite3_backup_step(work, -1);  // what went wrong comes back from the end
    if (const int code = sqlite3_backup_finish(work); code != SQLITE_OK) {
        target.fail(code);
    }
}

}  // namespace

std::uint64_t placements() noexcept {
    return placement_count.load(std::memory_order_acquire);
}

void remove_with_log(const std::string& path) {
    for (const auto* const end : {"", "-wal", "-shm", "-journal"}) {
        (void)::unlink((path + end).c_str());
    }
}

void copy_store(connection& from, const std::string& to) {
    const int made = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (made < 0) {
        cannot(to, errno);
    }
    ::close(made);
    try {
        fill(from, to);
    } catch (...) {
        remove_with_log(to);
        throw;
    }
    for (const auto* const end : {"-wal", "-shm"}) {
        (void)::unlink((to + end).c_str());  // empty: the copy is in the file itself
    }
    sync_directory(to);
}

void write_anew(connection& from, const store_place& place) {
    const auto& file = place.file();
    const auto directory = std::filesystem::path{file}.parent_path().string();
    if (const int error = make_private_directory(directory); error != 0) {
        cannot(directory, error);
    }
    const auto beside = file + ".anew-" + std::to_string(::getpid());
    remove_with_log(beside);  // of a process of this number that was killed
    copy_store(from, beside);
    const auto seen = place.look();
    // A log that is left from before would be read into the new file.
    int error = 0;
    if (seen == store_place::state::log_removed || seen == store_place::state::removed) {
        (void)::unlink(place.log_file().c_str());
        (void)::unlink(place.index_file().c_str());
        const int placed = seen == store_place::state::removed ? ::link(beside.c_str(), file.c_str())
                                                               : ::rename(beside.c_str(), file.c_str());
        error = placed == 0 ? 0 : errno;
    } else {
        error = EEXIST;
    }
    (void)::unlink(beside.c_str());
    if (error != 0) {
        cannot(file, error);
    }
    sync_directory(file);
    placement_count.fetch_add(1, std::memory_order_release);
}

int make_private_directory(const std::string& directory) {
    std::error_code ignored;
    if (directory.empty() || std::filesystem::is_directory(directory, ignored)) {
        return 0;
    }
    if (const int error = make_private_directory(std::filesystem::path{directory}.parent_path().string());
        error != 0) {
        return error;
    }
    return ::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST ? errno : 0;
}

}  // namespace tapes::store
