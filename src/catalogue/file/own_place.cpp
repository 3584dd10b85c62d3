#include "file/own_place.hpp"

#include <tapes/store/log_scan.hpp>
#include <tapes/store/reading_place.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace tapes::catalogue {

namespace {

namespace fs = std::filesystem;

bool may(const std::string& path, int mode) {
    return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

}  // namespace

bool is_open_at(int file, const std::string& path) {
    struct stat about {};
    const auto there = identity_of(path);
    return ::fstat(file, &about) == 0 && there && *there == file_identity{about.st_dev, about.st_ino};
}

bool can_be_beside(const std::string& beside) {
    const auto above = fs::path{beside}.parent_path();
    if (!may(above.empty() ? "." : above.string(), W_OK | X_OK)) {
        return false;
    }
    return !identity_of(beside) || may(beside, R_OK | W_OK);
}

std::string cache_directory() {
    fs::path above;
    if (const char* const named = std::getenv("XDG_CACHE_HOME"); named != nullptr && *named == '/') {
        above = named;
    } else if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/') {
        above = fs::path{home} / ".cache";
    } else {
        throw open_error{
            "nothing can be written beside the store, and there is no cache directory: set "
            "XDG_CACHE_HOME"};
    }
    const auto made = above / "tapes";
    std::error_code failed;
    fs::create_directories(above, failed);
    if (::mkdir(made.c_str(), 0700) != 0 && errno != EEXIST) {
        throw open_error{"nothing can be written beside the store, nor in " + made.string() + ": " +
                         std::system_category().message(errno)};
    }
    return made.string();
}

std::string path_of(const std::string& store_path) {
    return place_of(store_path, [&] {
        const store::reading_place place{store_path};
        return store::log_scan{place.path()}.store_id();
    });
}

}  // namespace tapes::catalogue
