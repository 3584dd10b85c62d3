#include "file/place.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tapes::store {

namespace {

bool same_file(const struct stat& a, const struct stat& b) noexcept {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool is_at_path(const std::string& path, const struct stat& about) noexcept {
    struct stat there {};
    return ::stat(path.c_str(), &there) == 0 && same_file(there, about);
}

}  // namespace

void store_place::forget() {
    if (main_ >= 0) {
        ::close(std::exchange(main_, -1));
    }
}

void store_place::opened(connection& db, bool expected_same) {
    const char* const name = sqlite3_db_filename(db.handle(), "main");
    const std::string file = name != nullptr ? name : path_;
    const int opened = ::open(file.c_str(), O_PATH | O_CLOEXEC);
    struct stat about {};
    int moved = 1;
    sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    const bool known = opened >= 0 && ::fstat(opened, &about) == 0 && moved == 0;
    if (!known || (expected_same && main_ >= 0 && !same_file(about, main_about_))) {
        if (opened >= 0) {
            ::close(opened);
        }
        throw sqlite_error{SQLITE_CANTOPEN, reason(known ? state::replaced : state::removed)};
    }
    forget();
    main_ = opened;
    file_ = file;
    main_about_ = about;
    if (::stat(log_file().c_str(), &log_about_) != 0 || ::stat(index_file().c_str(), &index_about_) != 0) {
        throw sqlite_error{SQLITE_CANTOPEN, reason(state::log_removed)};
    }
}

store_place::state store_place::look_at_main() const {
    struct stat there {};
    if (::stat(path_.c_str(), &there) != 0) {
        return has_name() ? state::moved_away : state::removed;
    }
    return same_file(there, main_about_) ? state::here : state::replaced;
}

store_place::state store_place::look() const {
    if (main_ < 0) {
        return state::here;
    }
    const auto seen = look_at_main();
    if (seen != state::here ||
        (is_at_path(log_file(), log_about_) && is_at_path(index_file(), index_about_))) {
        return seen;
    }
    // All files may have gone since the look at the first.
    const auto now = look_at_main();
    return now == state::here ? state::log_removed : now;
}

std::string store_place::reason(state seen) const {
    switch (seen) {
        case state::here:
            return {};
        case state::moved_away:
            return "store " + path_ + " was moved away; move it back";
        case state::removed:
            return "store " + path_ + " was removed";
        case state::replaced:
            return "store " + path_ + " was replaced by another file; move that file away";
        case state::log_removed:
            return "the log of store " + path_ + " (" + log_file() + ", " + index_file() + ") was removed";
    }
    return {};
}

bool store_place::has_name() const {
    struct stat now {};
    return main_ >= 0 && ::fstat(main_, &now) == 0 && now.st_nlink > 0;
}

std::string store_place::present_path() const {
    std::error_code failed;
    const auto at = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(main_), failed);
    return failed ? std::string{} : at.string();
}

}  // namespace tapes::store
