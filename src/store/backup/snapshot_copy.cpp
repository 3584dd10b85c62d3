#include "backup/snapshot_copy.hpp"

#include "backup/copy_pace.hpp"
#include "file/page_copy.hpp"
#include "file/readable.hpp"
#include "file/schema.hpp"

#include <tapes/store/file_identity.hpp>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace tapes::store {

namespace {

/// So much is read in one step, after which it is paused where there is a pace.
constexpr std::int64_t step_bytes = std::int64_t{1} << 20;
/// And so many pages are asked for once the end is near, see copy_through().
constexpr std::uint64_t late_pages = 65'536;

void see_log(const backup_options& options, backup_figures& into) {
    struct stat about {};
    if (::stat((resolved(options.from) + "-wal").c_str(), &about) != 0) {
        return;
    }
    into.log_bytes = std::max(into.log_bytes, static_cast<std::uint64_t>(about.st_size));
}

/// Looks at the WAL of the store that is copied, which our read transaction keeps from starting over.
void watch_log(const backup_options& options, backup_figures& into) {
    see_log(options, into);
    if (into.log_bytes > options.most_log_bytes) {
        throw open_error{"store " + options.from + " was not copied: its log has grown to " +
                         std::to_string(into.log_bytes / 1'000'000) +
                         " MB meanwhile; copy it faster, to a faster disk, or when less is recorded"};
    }
}

}  // namespace

void check_copyable(const std::string& path) {
    check_file(path);
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        const auto version = db.integer("PRAGMA user_version");
        if (owner_of(db) == owner::ours && version > 0 && version <= schema_version()) {
            return;
        }
    } catch (const sqlite_error& error) {
        throw open_error{"store " + path + " cannot be read: " + error.what()};
    }
    check_store(path);  // says what it is instead
}

void check_room(const std::string& path, std::uint64_t bytes) {
    const auto directory = std::filesystem::path{path}.parent_path().string();
    struct statvfs about {};
    if (::statvfs(directory.empty() ? "." : directory.c_str(), &about) != 0) {
        return;  // writing will tell
    }
    const auto free = std::uint64_t{about.f_bavail} * about.f_frsize;
    if (free < bytes) {
        constexpr std::uint64_t megabyte = 1'000'000;
        throw open_error{"file " + path + " cannot be written: it needs " +
                         std::to_string(bytes / megabyte + 1) + " MB, and its disk has " +
                         std::to_string(free / megabyte) + " MB left"};
    }
}

void read_figures(const std::string& path, backup_figures& into) {
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        const auto read = [&db](const char* sql) { return static_cast<std::uint64_t>(db.integer(sql)); };
        into.last_seq = read("SELECT max(seq) FROM log");
        into.bytes = read("PRAGMA page_count") * read("PRAGMA page_size");
    } catch (const sqlite_error& error) {
        throw open_error{"store " + path + " cannot be read: " + error.what()};
    }
}

bool copy_through(const backup_options& options, const partial_file& to, backup_figures& into) {
    struct stat about {};
    struct stat store {};
    if (options.maker == nullptr || ::fstat(to.file(), &about) != 0 ||
        ::stat(resolved(options.from).c_str(), &store) != 0) {
        return false;
    }
    check_room(to.path(), static_cast<std::uint64_t>(store.st_size));
    if (!options.maker->begin({to.path(), about.st_dev, about.st_ino})) {
        return false;
    }
    copy_pace pace{options.bytes_per_second, true};
    copy_progress made;
    std::uint64_t pages = 1;  // the first step tells how large they are
    std::uint64_t first_pages = 0;
    std::uint64_t copied = 0;
    while (!(made = options.maker->step(pages)).whole) {
        if (options.on_progress) {
            options.on_progress("pages", made.all - made.left, made.all);
        }
        see_log(options, into);
        first_pages = first_pages == 0 ? made.all : first_pages;
        copied += made.copied;
        // What is recorded meanwhile is copied without pauses and without waiting for the disk, in the steps
        // that the maker thinks right: or a store that grows fast would never be copied.
        if (copied > first_pages) {
            pages = late_pages;
            continue;
        }
        to.write_out();
        pace.copied(made.copied * made.page_bytes);
        pages = std::max<std::uint64_t>(static_cast<std::uint64_t>(step_bytes) / made.page_bytes, 1);
    }
    into.copy_seconds = pace.seconds();
    return true;
}

void copy_snapshot(const backup_options& options, const partial_file& to, backup_figures& into) {
    try {
        connection from{options.from, SQLITE_OPEN_READONLY};
        sqlite3_busy_timeout(from.handle(), 2000);
        from.exec("BEGIN");
        const auto page = from.integer("PRAGMA page_size");
        const auto pages =
            from.integer("SELECT count(*) * 0 FROM cursor") + from.integer("PRAGMA page_count");
        check_room(to.path(), static_cast<std::uint64_t>(pages * page));
        connection target{to.path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW};
        target.exec("PRAGMA journal_mode = OFF");
        target.exec("PRAGMA synchronous = OFF");
        copy_pace pace{options.bytes_per_second, find_lock_holder(options.from).has_value()};
        {
            page_copy work{from, target};
            const int step = static_cast<int>(std::max<std::int64_t>(step_bytes / page, 1));
            while (work.step(step)) {
                if (options.on_progress) {
                    options.on_progress("pages", work.all() - work.left(), work.all());
                }
                to.write_out();  // all of it at the end would make commits wait
                watch_log(options, into);
                pace.copied(step_bytes);
            }
        }
        into.copy_seconds = pace.seconds();
        from.rollback();
    } catch (const sqlite_error& error) {
        throw open_error{"store " + options.from + " cannot be copied to " + to.path() + ": " + error.what()};
    }
}

}  // namespace tapes::store
