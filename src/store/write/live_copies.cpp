#include "write/live_copies.hpp"

#include "file/partial_lock.hpp"

#include <tapes/store/file_identity.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tapes::store {

namespace {

constexpr std::size_t most_copies = 4;
/// Between two groups a copy goes on for so long.
constexpr std::chrono::microseconds copy_time{1000};
/// After so many pages the time is looked at.
constexpr std::uint64_t pages_at_once = 8;
constexpr std::chrono::seconds longest_silence{30};
/// A store that grows as fast as it is copied would never be copied. SQLite itself takes over what this
/// connection writes to pages that were copied already, so what is left grows by appended pages alone; from
/// the moment at which as many pages were copied as there were at first, each step may take this much longer
/// than the one before, without a bound. Between two steps of a request stands one group, of a bounded size:
/// after k late steps k * k / 2 milliseconds were copied, and k groups were appended, so a copy ends however
/// fast they come, and the last steps take about twice as long as it takes to copy what a group appends. The
/// same holds where SQLite begins anew, as it does when a group is undone.
constexpr std::chrono::microseconds more_time{1000};

[[noreturn]] void refuse(const copy_target& to, const std::string& why) {
    throw copy_refusal{false, "file " + to.path + " is not written to: " + why};
}

}  // namespace

target_file::target_file(const copy_target& to)
    : file_{::open(to.path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)} {
    if (file_ < 0) {
        refuse(to, errno == ELOOP ? "it is a symbolic link" : std::system_category().message(errno));
    }
    try {
        check(to);
    } catch (...) {
        ::close(file_);
        throw;
    }
}

target_file::~target_file() {
    ::close(file_);
}

bool target_file::wanted() const noexcept {
    return has_partial_lock(file_);
}

void target_file::check(const copy_target& to) const {
    struct stat about {};
    if (!to.path.starts_with('/') || !to.path.ends_with(".partial")) {
        refuse(to, "it is none that a backup has made");
    }
    if (::fstat(file_, &about) != 0 || about.st_dev != to.device || about.st_ino != to.inode) {
        refuse(to, "another file is there, as this process sees it");
    }
    if (!S_ISREG(about.st_mode) || about.st_uid != ::geteuid() || (about.st_mode & 077U) != 0 ||
        about.st_nlink != 1 || about.st_size != 0) {
        refuse(to, "it must be empty, of mode 0600, of the user of this process, and have one name");
    }
    if (!wanted()) {
        refuse(to, "nobody has it locked");
    }
}

struct live_copies::one {
    one(connection& from, const copy_target& to)
        : file{to},
          target{to.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW},
          work{from, prepared(target)},
          page_bytes{static_cast<std::uint64_t>(from.integer("PRAGMA page_size"))} {}

    static connection& prepared(connection& target) {
        target.exec("PRAGMA journal_mode = OFF");
        target.exec("PRAGMA synchronous = OFF");
        target.exec("PRAGMA cache_size = -256");  // what is left of it is written with the last step
        return target;
    }

    target_file file;
    connection target;
    page_copy work;
    std::uint64_t page_bytes;
    clock::time_point asked_at = clock::now();
    std::uint64_t first_pages = 0;  ///< of the store when the copy began
    std::uint64_t copied = 0;
    std::uint64_t late = 0;  ///< steps beyond those pages
};

live_copies::live_copies() = default;
live_copies::~live_copies() = default;

void live_copies::begin(const std::string& id, connection& from, const copy_target& to) {
    look_at_ = {};
    drop_left();
    if (copies_.size() >= most_copies) {
        throw copy_refusal{false, "four backups are being made"};
    }
    copies_.emplace(id, std::make_unique<one>(from, to));
}

copy_progress live_copies::step(const std::string& id, std::uint64_t pages) {
    const auto found = copies_.find(id);
    if (found == copies_.end()) {
        throw copy_refusal{true, "there is no such backup, or it was given up"};
    }
    auto& copy = *found->second;
    copy.asked_at = clock::now();
    const auto until = copy.asked_at + copy_time + more_time * copy.late;
    try {
        bool more = true;
        std::uint64_t done = 0;
        while (more && done < pages && (done == 0 || clock::now() < until)) {
            const auto next = std::min(pages_at_once, pages - done);
            more = copy.work.step(static_cast<int>(next));
            done += next;
        }
        copy.first_pages = copy.first_pages == 0 ? copy.work.all() : copy.first_pages;
        copy.copied += done;
        copy.late += copy.copied > copy.first_pages ? 1 : 0;
        const copy_progress made{copy.work.left(), copy.work.all(), copy.page_bytes, done, !more};
        if (made.whole) {
            copies_.erase(found);
        }
        return made;
    } catch (...) {
        copies_.erase(found);
        throw;
    }
}

bool live_copies::end(const std::string& id) {
    return copies_.erase(id) != 0;
}

void live_copies::end_all() noexcept {
    copies_.clear();
}

void live_copies::drop_left() noexcept {
    const auto now = clock::now();
    if (copies_.empty() || now < look_at_) {
        return;
    }
    look_at_ = now + std::chrono::seconds{1};
    std::erase_if(copies_, [now](const auto& copy) {
        return now - copy.second->asked_at > longest_silence || !copy.second->file.wanted();
    });
}

}  // namespace tapes::store
