#include "file/readable.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/reading_place.hpp>
#include <tapes/store/store.hpp>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>

namespace tapes::store {

namespace {

constexpr int most_tries = 3;

/// Tells whether SQLite is kept from reading by what it may not write.
bool needs_copy(const std::string& path) {
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        (void)db.integer("SELECT count(*) FROM sqlite_master");
        return false;
    } catch (const sqlite_error& error) {
        // On a full disk there is no room for the log's index, which goes with the last process that has it
        // open.
        return error.primary() == SQLITE_CANTOPEN || error.primary() == SQLITE_READONLY ||
               error.extended() == SQLITE_IOERR_SHMSIZE;
    }
}

/// What changes when somebody writes; nothing where there is no such file.
using file_state = std::optional<std::tuple<ino_t, off_t, std::int64_t, std::int64_t>>;
file_state state_of(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        return std::nullopt;
    }
    return std::tuple{about.st_ino, about.st_size, std::int64_t{about.st_mtim.tv_sec},
                      std::int64_t{about.st_mtim.tv_nsec}};
}

}  // namespace

reading_place::reading_place(std::string path) : path_{std::move(path)} {
    check_file(path_);
    if (needs_copy(path_)) {
        copy();
    }
}

reading_place::~reading_place() {
    if (!directory_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
}

void reading_place::copy() {
    namespace fs = std::filesystem;
    const auto refuse = [this](const std::string& why) {
        throw open_error{"store " + path_ + " stands where nothing may be written, and " + why};
    };
    std::error_code failed;
    std::string made = (fs::temp_directory_path(failed) / "tapes-reading-XXXXXX").string();
    if (failed || ::mkdtemp(made.data()) == nullptr) {
        refuse("no directory can be made for a copy of it (TMPDIR)");
    }
    directory_ = made;
    const auto to = made + "/" + fs::path{path_}.filename().string();
    const auto log = path_ + "-wal";
    for (int i = 0; i < most_tries; ++i) {
        const auto before = std::pair{state_of(path_), state_of(log)};
        for (const auto* const end : {"", "-wal"}) {
            fs::remove(to + end, failed);
            if (*end == '\0' || before.second) {
                fs::copy_file(path_ + end, to + end, failed);
            }
            if (failed) {
                fs::remove_all(directory_, failed);
                refuse("cannot be copied to " + made + ": " + failed.message());
            }
            // SQLite makes the log's index with the same mode, and writes to it.
            fs::permissions(to + end, fs::perms::owner_read | fs::perms::owner_write, failed);
        }
        if (before == std::pair{state_of(path_), state_of(log)}) {
            path_ = to;
            return;
        }
    }
    fs::remove_all(directory_, failed);
    refuse("is written to meanwhile: read it where it may be written to");
}

}  // namespace tapes::store
