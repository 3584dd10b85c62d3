#include "access/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace tapes::app {

namespace {

constexpr std::size_t piece_at_once = std::size_t{256} << 10;

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string{"."} : path.substr(0, slash + 1);
}

}  // namespace

new_file::new_file(std::string path) : path_{std::move(path)} {
    struct stat there {};
    if (::stat(path_.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
        if (S_ISDIR(there.st_mode)) {
            throw std::runtime_error{path_ + " is a directory: name a file"};
        }
        file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
        if (file_ < 0) {
            fail("opened");
        }
        return;
    }
    beside_ = path_ + ".XXXXXX";
    file_ = ::mkostemp(beside_.data(), O_CLOEXEC);  // 0600
    if (file_ < 0) {
        fail("made");
    }
}

new_file::~new_file() {
    if (file_ >= 0) {
        ::close(file_);
        if (!beside_.empty()) {
            ::unlink(beside_.c_str());
        }
    }
}

void new_file::write(std::string_view bytes) {
    waiting_.append(bytes);
    if (waiting_.size() >= piece_at_once) {
        flush();
    }
}

void new_file::flush() {
    for (std::string_view left{waiting_}; !left.empty();) {
        const auto written = ::write(file_, left.data(), left.size());
        if (written < 0 && errno != EINTR) {
            fail("written");
        }
        left.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    waiting_.clear();
}

void new_file::finish() {
    flush();
    if (!beside_.empty() && ::fsync(file_) != 0) {
        fail("written");
    }
    if (!beside_.empty() && ::rename(beside_.c_str(), path_.c_str()) != 0) {
        fail("put in its place");
    }
    ::close(std::exchange(file_, -1));
    if (!beside_.empty()) {
        // The name, too, is to be there after a loss of power.
        const int directory = ::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory >= 0) {
            ::fsync(directory);
            ::close(directory);
        }
    }
}

void new_file::fail(const char* doing) const {
    throw std::runtime_error{path_ + " cannot be " + doing + ": " + std::strerror(errno)};
}

}  // namespace tapes::app
