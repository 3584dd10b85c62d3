#include "file/readable.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/reading_place.hpp>
#include <tapes/store/store.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace tapes::store {

namespace {

constexpr int most_tries = 3;

/// Tells what keeps SQLite from reading, where that is something that it may not or cannot write; else "".
std::string hindrance(const std::string& path) {
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        (void)db.integer("SELECT count(*) FROM sqlite_master");
    } catch (const sqlite_error& error) {
        if (error.primary() == SQLITE_CANTOPEN || error.primary() == SQLITE_READONLY) {
            return "stands where nothing may be written";
        }
        // On a full disk there is no room for the log's index, which goes with the last process that has it
        // open; nor is there where files may not be so large.
        if (error.extended() == SQLITE_IOERR_SHMSIZE) {
            return "stands where there is no room for the index of its log";
        }
    }
    return {};
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

/// Copies between two descriptors; returns errno where that fails, else 0. That of std::filesystem::copy_file
/// is EIO whatever kept it from writing on.
int copy_bytes(int from, int to) {
    std::vector<char> some(std::size_t{1} << 20);
    while (true) {
        const auto got = ::read(from, some.data(), some.size());
        if (got <= 0) {
            return got == 0 ? 0 : errno;
        }
        for (ssize_t at = 0; at < got;) {
            const auto written = ::write(to, some.data() + at, static_cast<std::size_t>(got - at));
            if (written < 0) {
                return errno;
            }
            at += written;
        }
    }
}

/// Makes a copy that its owner may write to; returns errno where that fails, else 0.
int copy_file(const std::string& from, const std::string& to) {
    const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    if (source < 0) {
        return errno;
    }
    const int target = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int error = target < 0 ? errno : copy_bytes(source, target);
    ::close(source);
    if (target >= 0 && ::close(target) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

}  // namespace

reading_place::reading_place(std::string path) : path_{std::move(path)} {
    check_file(path_);
    if (const auto why = hindrance(path_); !why.empty()) {
        copy(why);
    }
}

reading_place::~reading_place() {
    if (!directory_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
}

void reading_place::copy(const std::string& hindrance) {
    namespace fs = std::filesystem;
    const auto refuse = [&](const std::string& why) {
        throw open_error{"store " + path_ + " " + hindrance + ", and " + why};
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
            // SQLite makes the log's index with the same mode as the file, and writes to it.
            const auto error = *end == '\0' || before.second ? copy_file(path_ + end, to + end) : 0;
            if (error != 0) {
                fs::remove_all(directory_, failed);
                refuse("cannot be copied to " + made + ": " + std::system_category().message(error));
            }
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
