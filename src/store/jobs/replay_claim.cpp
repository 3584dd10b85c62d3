
#include <tapes/store/own_file.hpp>
#include <tapes/store/replays.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tapes::store {

namespace {

std::string file_of(const std::string& store_path) {
    return store_path + ".replays";
}

struct flock one_byte(std::int64_t at) {
    struct flock byte {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = at;
    byte.l_len = 1;
    return byte;
}

}  // namespace

std::optional<replay_claim> replay_claim::take(const std::string& store_path, std::int64_t replay_id) {
    const auto path = file_of(store_path);
    // Never removed: two processes could then lock two files of one name.
    replay_claim made{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)};
    if (made.file_ < 0 && errno == ELOOP) {
        throw std::runtime_error{path + " cannot be locked: it is a symbolic link"};
    }
    if (made.file_ >= 0) {
        if (const auto problem = problem_of_own_file(made.file_, store_path); !problem.empty()) {
            throw std::runtime_error{path + " cannot be locked: " + problem};
        }
    }
    auto byte = one_byte(replay_id);
    if (made.file_ < 0 || ::fcntl(made.file_, F_OFD_SETLK, &byte) != 0) {
        const int error = errno;
        if (made.file_ >= 0 && (error == EAGAIN || error == EACCES)) {
            return std::nullopt;
        }
        throw std::runtime_error{path + " cannot be locked: " + std::system_category().message(error)};
    }
    return made;
}

bool replay_claim::taken(const std::string& store_path, std::int64_t replay_id) {
    const int file = ::open(file_of(store_path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) {
        return false;
    }
    auto byte = one_byte(replay_id);
    const bool asked = ::fcntl(file, F_OFD_GETLK, &byte) == 0;
    ::close(file);
    return asked && byte.l_type != F_UNLCK;
}

replay_claim::replay_claim(replay_claim&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

replay_claim::~replay_claim() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

}  // namespace tapes::store
