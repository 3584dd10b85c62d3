#include "backup/old_store.hpp"

#include "backup/partial_file.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/clock.hpp>
#include <tapes/store/store.hpp>
#include <tapes/text/rfc3339.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace tapes::store {

namespace {

bool file_exists(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

/// Of a database without a first page SQLite removes the WAL, which may be all that is left of it.
bool has_header(const std::string& path) {
    constexpr std::size_t least_page = 512;
    std::array<char, 16> head{};
    const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat about {};
    const bool read = file >= 0 && ::pread(file, head.data(), head.size(), 0) == ssize_t{head.size()} &&
                      ::fstat(file, &about) == 0;
    if (file >= 0) {
        ::close(file);
    }
    return read && static_cast<std::size_t>(about.st_size) >= least_page &&
           std::memcmp(head.data(), "SQLite format 3", head.size()) == 0;
}

/// A broken store is moved as it is.
void fold_log(const std::string& path) {
    if (!has_header(path)) {
        return;
    }
    try {
        connection db{path, SQLITE_OPEN_READWRITE};
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const sqlite_error&) {
        return;
    }
}

/// `/s/tapes.sqlite.before-20260131T120000Z`, and a number behind it where that is taken.
std::string new_name(const std::string& path) {
    std::string time;
    text::append_rfc3339(time, now_us());
    std::string short_time;
    for (const char c : time.substr(0, 19)) {
        short_time += c == '-' || c == ':' ? "" : std::string{c};
    }
    const auto name = path + ".before-" + short_time + "Z";
    auto made = name;
    for (int i = 2; file_exists(made) || file_exists(made + "-wal"); ++i) {
        made = name + "-" + std::to_string(i);
    }
    return made;
}

void give_name(const std::string& from, const std::string& to) {
    if (::link(from.c_str(), to.c_str()) != 0) {
        throw open_error{"store " + from + " cannot be moved aside to " + to + ": " +
                         std::system_category().message(errno)};
    }
}

}  // namespace

std::string move_store_aside(const std::string& path) {
    fold_log(path);
    auto to = new_name(path);
    const bool with_log = file_exists(path + "-wal");
    give_name(path, to);
    if (with_log) {
        give_name(path + "-wal", to + "-wal");
    }
    sync_directory_of(path);
    if (with_log) {
        // The database first: a log without one is nobody's, a database without its log has lost something.
        (void)::unlink(path.c_str());
        (void)::unlink((path + "-wal").c_str());
    }
    (void)::unlink((path + "-shm").c_str());
    (void)::unlink((path + "-journal").c_str());
    return to;
}

}  // namespace tapes::store
