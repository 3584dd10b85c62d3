#include "access/token_file.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/store/file_identity.hpp>
#include <tapes/store/log_scan.hpp>
#include <tapes/store/own_file.hpp>
#include <tapes/store/reading_place.hpp>
#include <tapes/text/hex.hpp>

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

namespace tapes::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t token_bytes = 32;
constexpr std::size_t longest_token = 512;
/// How long another process may take to write the token into the file that it has just made.
constexpr std::chrono::milliseconds longest_write{1000};
constexpr std::chrono::milliseconds look_again{5};
constexpr mode_t of_others = 0077;

std::string message_of(int error) {
    return std::system_category().message(error);
}

[[noreturn]] void refuse_token(const std::string& path, const std::string& why) {
    throw std::runtime_error{"the admin listener's token, " + path + ": " + why};
}

/// An open file.
class token_handle {
public:
    token_handle(const std::string& path, int flags)
        : file_{::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)}, error_{errno} {}
    ~token_handle() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }
    token_handle(const token_handle&) = delete;
    token_handle& operator=(const token_handle&) = delete;

    bool open() const noexcept { return file_ >= 0; }
    int file() const noexcept { return file_; }
    int error() const noexcept { return error_; }

    bool is_private() const {
        struct stat about {};
        return ::fstat(file_, &about) == 0 && (about.st_mode & of_others) == 0;
    }

    /// The text up to its line's end.
    std::string text() const {
        std::array<char, longest_token + 1> bytes{};
        const auto got = ::pread(file_, bytes.data(), bytes.size(), 0);
        const std::string_view all{bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
        return std::string{all.substr(0, all.find('\n'))};
    }

private:
    int file_;
    int error_;
};

bool is_token(std::string_view text) {
    return text.size() >= 16 && text.size() <= longest_token &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// As the catalogue has it: one token by whatever name the store is reached.
std::string beside_store(const std::string& store_path) {
    return store::resolved(store_path) + ".token";
}

std::string in_cache(const std::string& store_path) {
    const store::reading_place place{store_path};
    return catalogue::cache_directory() + "/" + store::log_scan{place.path()}.store_id() + ".token";
}

bool can_write_beside(const std::string& path) {
    const auto above = fs::path{path}.parent_path();
    return ::faccessat(AT_FDCWD, above.empty() ? "." : above.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

std::string random_token() {
    std::array<std::uint8_t, token_bytes> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw std::runtime_error{"no random bytes: " + message_of(errno)};
    }
    return text::to_hex(bytes);
}

/// Writes a new token where there is no file; "" where there is one.
std::string make_token(const std::string& path) {
    const token_handle made{path, O_WRONLY | O_CREAT | O_EXCL};
    if (!made.open()) {
        if (made.error() == EEXIST) {
            return {};
        }
        refuse_token(path, "cannot be written: " + message_of(made.error()));
    }
    auto token = random_token();
    const auto line = token + "\n";
    // Whatever the umask has left of 0600.
    if (::fchmod(made.file(), 0600) != 0 ||
        ::write(made.file(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        ::fsync(made.file()) != 0) {
        const int error = errno;
        (void)::unlink(path.c_str());
        refuse_token(path, "cannot be written: " + message_of(error));
    }
    return token;
}

/// Reads what stands in the place of the token: "" where that is no whole token of ours, or none any more.
std::string token_there(const std::string& path, const std::string& store_path) {
    const auto until = std::chrono::steady_clock::now() + longest_write;
    while (true) {
        const token_handle there{path, O_RDONLY};
        if (!there.open()) {
            if (there.error() == ENOENT) {
                return {};
            }
            refuse_token(path, there.error() == ELOOP ? "it is a symbolic link" : message_of(there.error()));
        }
        if (const auto problem = store::problem_of_own_file(there.file(), store_path); !problem.empty()) {
            refuse_token(path, problem);
        }
        if (!there.is_private()) {
            spdlog::warn("the admin listener's token, {}, could be read by others: it is made anew", path);
            return {};
        }
        auto text = there.text();
        if (is_token(text)) {
            return text;
        }
        if (!text.empty() || std::chrono::steady_clock::now() > until) {
            return {};
        }
        std::this_thread::sleep_for(look_again);
    }
}

}  // namespace

std::string made_token(const std::string& store_path) {
    const auto beside = beside_store(store_path);
    const auto path = can_write_beside(beside) ? beside : in_cache(store_path);
    constexpr int most_tries = 8;
    for (int i = 0; i < most_tries; ++i) {
        if (auto made = make_token(path); !made.empty()) {
            return made;
        }
        if (auto there = token_there(path, store_path); !there.empty()) {
            return there;
        }
        (void)::unlink(path.c_str());
    }
    refuse_token(path, "it is replaced again and again");
}

std::string find_token(const std::string& store_path) {
    const auto beside = beside_store(store_path);
    if (::faccessat(AT_FDCWD, beside.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return read_token_file(beside, store_path);
    }
    if (can_write_beside(beside)) {
        return {};
    }
    std::string path;
    try {
        path = in_cache(store_path);
    } catch (const std::exception&) {  // who needs the token is told that it is missing
        return {};
    }
    return ::access(path.c_str(), F_OK) == 0 ? read_token_file(path, store_path) : std::string{};
}

std::string read_token_file(const std::string& path, const std::string& store) {
    const token_handle there{path, O_RDONLY};
    if (!there.open()) {
        refuse_token(path, there.error() == ELOOP ? "it is a symbolic link" : message_of(there.error()));
    }
    if (const auto problem = store::problem_of_own_file(there.file(), store); !problem.empty()) {
        refuse_token(path, problem);
    }
    if (!there.is_private()) {
        refuse_token(path, "others may read it (it must have mode 0600)");
    }
    auto text = there.text();
    if (!is_token(text)) {
        refuse_token(path, "it holds no token");
    }
    return text;
}

}  // namespace tapes::app
