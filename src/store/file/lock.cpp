#include "file/place_lock.hpp"
#include "file/schema.hpp"
#include "file/whole_copy.hpp"

#include <tapes/store/own_file.hpp>
#include <tapes/store/store.hpp>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace tapes::store {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
    throw open_error{"store " + path + " " + why};
}

std::string text_of(int error) {
    return std::system_category().message(error);
}

/// Makes `directory` and what is missing above it, for this user alone.
void make_directory(const std::string& store, const fs::path& directory) {
    if (const int error = make_private_directory(directory.string()); error != 0) {
        refuse(store, "cannot be made: directory " + directory.string() + ": " + text_of(error));
    }
}

/// So that only this user may read it, whatever the umask lets through.
void make_private(int file) {
    struct stat about {};
    if (::fstat(file, &about) == 0 && (about.st_mode & 0177) != 0) {
        // Fails for another owner's file, which is then not ours to close.
        (void)::fchmod(file, 0600);
    }
}

int open_to_write(const std::string& store, const std::string& path, int more = 0) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | more, 0600);
    if (file < 0 && (more & O_EXCL) == 0) {
        const int error = errno;
        refuse(store,
               "cannot be opened for writing: " + path + ": " +
                   ((more & O_NOFOLLOW) != 0 && error == ELOOP ? "it is a symbolic link" : text_of(error)));
    }
    return file;
}

/// False where `path` is another file by now, or none.
bool is_at(int file, const std::string& path) {
    struct stat ours {};
    struct stat there {};
    return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

/// The first line of the lock file is the pid of who has it, the second where that takes requests.
lock_holder holder_of(int file) {
    std::array<char, 512> bytes{};
    const auto got = ::pread(file, bytes.data(), bytes.size(), 0);
    const std::string text{bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    const auto first = text.find('\n');
    lock_holder found{text.substr(0, first), {}};
    if (first != std::string::npos) {
        const auto second = text.find('\n', first + 1);
        found.address =
            second == std::string::npos ? std::string{} : text.substr(first + 1, second - first - 1);
    }
    return found;
}

bool write_holder(int file, const std::string& address) {
    const auto text = std::to_string(::getpid()) + "\n" + (address.empty() ? "" : address + "\n");
    return ::ftruncate(file, 0) == 0 && ::pwrite(file, text.data(), text.size(), 0) > 0;
}

/// A lock file is empty, or has a process' number and maybe an address in lines of their own. To be asked by
/// who holds the lock: another is just writing it.
bool looks_like_lock(int file) {
    constexpr std::size_t longest = 512;
    std::array<char, longest + 1> bytes{};
    const auto got = ::pread(file, bytes.data(), bytes.size(), 0);
    if (got < 0 || got > static_cast<ssize_t>(longest)) {
        return false;
    }
    const std::string_view text{bytes.data(), static_cast<std::size_t>(got)};
    const auto first = text.find('\n');
    const auto pid = text.substr(0, first);
    const auto rest = first == std::string_view::npos ? std::string_view{} : text.substr(first + 1);
    return pid.find_first_not_of("0123456789") == std::string_view::npos && (!pid.empty() || text.empty()) &&
           (rest.empty() || (rest.starts_with("http") && rest.find('\n') == rest.size() - 1));
}

/// Throws where the file at `path` is none that a lock of ours may be: it would be emptied.
void check_lock_file(int file, const std::string& store, const std::string& path) {
    auto problem = problem_of_own_file(file, store);
    if (problem.empty() && !looks_like_lock(file)) {
        problem = "it holds something that tapes has not written";
    }
    if (!problem.empty()) {
        refuse(store, "cannot be locked: " + path + " is no lock file: " + problem);
    }
}

/// Takes the lock on `file`, or throws with the pid of the process that has it.
void take(int file, const std::string& store) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file, F_OFD_SETLK, &whole) != 0) {
        const int error = errno;
        if (error != EAGAIN && error != EACCES) {
            refuse(store, "cannot be locked: " + text_of(error));
        }
        const auto pid = holder_of(file).pid;
        refuse(store, "is in use by " + (pid.empty() ? std::string{"another process"} : "process " + pid));
    }
}

/// A store has one lock, by whatever link it is reached: SQLite keeps its WAL beside the file itself as well.
std::string lock_path(const std::string& store) {
    constexpr int most_links = 40;
    fs::path at{store};
    std::error_code failed;
    for (int links = 0; links < most_links && fs::is_symlink(at, failed); ++links) {
        const auto to = fs::read_symlink(at, failed);
        at = failed ? at : at.parent_path() / to;  // an absolute one stands for all of it
    }
    return at.string() + ".lock";
}

/// The lock file of a store, opened and locked; `made`: it was not there.
int open_locked(const std::string& store, bool& made) {
    const auto path = lock_path(store);
    while (true) {
        int file = open_to_write(store, path, O_EXCL | O_NOFOLLOW);
        made = file >= 0;
        if (!made) {
            file = open_to_write(store, path, O_NOFOLLOW);
        }
        try {
            take(file, store);
            check_lock_file(file, store, path);
        } catch (...) {
            ::close(file);
            throw;
        }
        if (is_at(file, path)) {
            return file;
        }
        ::close(file);  // who had made it has removed it in between
    }
}

void refuse_others(connection& db, const std::string& path) {
    switch (owner_of(db)) {
        case owner::reference:
            refuse(path, "is a tapes v0.4 file; import it with `tapes import " + path + "` into a new store");
        case owner::somebody_else:
            refuse(path, "is an SQLite file of another program; give the path of a tapes store");
        case owner::ours: {
            const auto version = db.integer("PRAGMA user_version");
            if (version > schema_version()) {
                refuse(path, "has schema version " + std::to_string(version) + ", this tapes knows up to " +
                                 std::to_string(schema_version()) + "; use a newer tapes");
            }
            break;
        }
        case owner::nobody:
            break;
    }
}

/// For SQLite to look at the file alone, without WAL, journal and locks.
std::string immutable_uri(const std::string& path) {
    std::string uri = "file://";
    for (const char c : fs::absolute(path).string()) {
        uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string{c};
    }
    return uri + "?immutable=1";
}

/// Refuses what is not ours without touching it: neither its mode changes, nor a WAL is made or copied back.
/// To be called while no connection is open: closing a file releases SQLite's POSIX locks on it.
void look_at(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) {
        if (errno == ENOENT) {
            return;
        }
        refuse(path, "cannot be read: " + text_of(errno));
    }
    std::array<char, 16> head{};
    const auto got = ::pread(file, head.data(), head.size(), 0);
    const int error = errno;
    ::close(file);
    if (got == 0) {
        return;
    }
    if (got < 0) {
        refuse(path, "cannot be read: " + text_of(error));
    }
    // SQLite's own message would not name the file.
    if (got < 16 || std::memcmp(head.data(), "SQLite format 3", 16) != 0) {
        refuse(path,
               "is not an SQLite file; give the path of a tapes store or of a file that does not exist yet");
    }
    try {
        connection db{immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI};
        refuse_others(db, path);
    } catch (const sqlite_error& error) {
        if (error.primary() != SQLITE_CORRUPT) {
            throw;
        }
        // It makes sense only together with its WAL, or is broken: prepare() will tell.
    }
}

std::string redaction_key_of(connection& db, const std::string& wanted) {
    std::array<unsigned char, 32> fresh{};
    if (::getrandom(fresh.data(), fresh.size(), 0) != static_cast<ssize_t>(fresh.size())) {
        throw std::runtime_error{"no random bytes: " + text_of(errno)};
    }
    statement make{db, "INSERT INTO secret(name, value) VALUES('redaction_key', ?1) ON CONFLICT DO NOTHING"};
    statement read{db, "SELECT value FROM secret WHERE name = 'redaction_key'"};
    if (!read.step()) {
        wanted.empty() ? make.blob(1, fresh.data(), fresh.size())
                       : make.blob(1, wanted.data(), wanted.size());
        make.run();
        read.reset();
        read.step();
    }
    const auto bytes = read.blob_at(0);
    return {bytes.begin(), bytes.end()};
}

/// Makes or migrates what is ours. Returns the redaction key.
std::string prepare(const std::string& path, const std::string& wanted_key) {
    connection db{path, SQLITE_OPEN_READWRITE};
    refuse_others(db, path);  // once more: what stands in a WAL is seen only now
    // Of a new file. A row does not share its page unless both fit: of messages of some kilobytes, which are
    // common, a third more fits in pages of this size than in SQLite's 4096 bytes.
    db.exec("PRAGMA page_size = 8192");
    db.exec("PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = FULL");
    migrate(db);
    return redaction_key_of(db, wanted_key);
}

}  // namespace

store_lock::store_lock(const open_options& options) : options_{options} {
    const auto& path = options_.path;
    bool made = false;
    int file = -1;
    const auto let_go = [&] {
        if (file < 0) {
            return;
        }
        if (made) {
            // While we hold it: who has opened it in between sees that it is gone (is_at).
            (void)::unlink(lock_path(path).c_str());
        }
        ::close(file);
    };
    try {
        make_directory(path, fs::path{path}.parent_path());
        file = open_locked(path, made);
        look_at(path);
        make_private(file);
        if (!write_holder(file, {})) {
            refuse(path, "cannot be locked: " + text_of(errno));
        }
        const int database = open_to_write(path, path);
        make_private(database);
        ::close(database);
        redaction_key_ = prepare(path, options_.redaction_key);
        file_ = file;
    } catch (const sqlite_error& error) {
        let_go();
        refuse(path, std::string{"cannot be opened: "} + error.what());
    } catch (...) {
        let_go();
        throw;
    }
}

store_lock::~store_lock() {
    // The lock file stays: unlinking it could let two processes lock two files of one name.
    const sync::lock_guard guard{mutex_};
    (void)!::ftruncate(file_, 0);
    ::close(file_);
}

void store_lock::tell_address(const std::string& url) {
    const sync::lock_guard guard{mutex_};
    address_ = url;
    (void)write_holder(file_, url);
}

bool store_lock::is_in_place() const {
    const sync::lock_guard guard{mutex_};
    return is_at(file_, lock_path(options_.path));
}

void store_lock::take_again() const {
    bool made = false;
    const int file = open_locked(options_.path, made);
    const sync::lock_guard guard{mutex_};
    (void)write_holder(file, address_);
    ::close(file_);
    file_ = file;
}

place_lock::place_lock(const std::string& path) {
    make_directory(path, fs::path{path}.parent_path());
    bool made = false;
    file_ = open_locked(path, made);
    (void)write_holder(file_, {});
}

place_lock::~place_lock() {
    (void)!::ftruncate(file_, 0);
    ::close(file_);
}

std::optional<lock_holder> find_lock_holder(const std::string& path) {
    const int file = ::open(lock_path(path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) {
        return std::nullopt;
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    std::optional<lock_holder> found;
    if (::fcntl(file, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK) {
        found = holder_of(file);
    }
    ::close(file);
    return found;
}

}  // namespace tapes::store
