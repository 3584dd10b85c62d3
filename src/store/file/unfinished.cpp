#include "file/sqlite.hpp"
#include "file/whole_copy.hpp"

#include <tapes/store/own_file.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/unfinished.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace tapes::store {

namespace {

void remove_unfinished(const std::string& path) {
    remove_with_log(path);
    (void)::unlink((path + ".lock").c_str());
}

bool is_there(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

/// Throws where the file that stands where a run before may have left one is somebody else's.
void check_left_over(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        throw open_error{"store " + path + " cannot be made: " + std::system_category().message(errno)};
    }
    const auto problem = problem_of_own_file(file, path);
    ::close(file);
    if (!problem.empty()) {
        throw open_error{"store " + path + " cannot be made: a file is there, and " + problem};
    }
}

}  // namespace

unfinished_store::unfinished_store(std::string path) : name_{std::move(path)}, path_{name_ + ".unfinished"} {
    if (is_there(name_)) {
        throw open_error{"store " + name_ + " is there already; give the path of a new file"};
    }
    if (const auto holder = find_lock_holder(path_)) {
        throw open_error{"store " + path_ + " is in use by process " + holder->pid};
    }
    if (is_there(path_)) {
        check_left_over(path_);
        remove_unfinished(path_);
    }
}

unfinished_store::~unfinished_store() {
    if (!finished_) {
        remove_unfinished(path_);
    }
}

void unfinished_store::mark(const std::string& command) const {
    connection db{path_, SQLITE_OPEN_READWRITE};
    statement note{db, "INSERT INTO note(name, value) VALUES('unfinished', ?1)"};
    note.text(1, command);
    note.run();
}

void unfinished_store::finish() {
    try {
        connection db{path_, SQLITE_OPEN_READWRITE};
        db.exec("DELETE FROM note WHERE name = 'unfinished'");
    } catch (const sqlite_error& error) {
        throw open_error{"store " + path_ + " cannot be finished: " + error.what()};
    }
    if (is_there(path_ + "-wal")) {
        throw open_error{"store " + path_ + " cannot be finished: somebody has it open"};
    }
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, name_.c_str(), RENAME_NOREPLACE) != 0) {
        throw open_error{"store " + path_ + " cannot be given its name " + name_ + ": " +
                         std::system_category().message(errno)};
    }
    finished_ = true;
    (void)::unlink((path_ + ".lock").c_str());
}

}  // namespace tapes::store
