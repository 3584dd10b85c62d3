#include "file/catalogue_file.hpp"

#include "file/schema.hpp"
#include "text/text_index.hpp"

#include <tapes/catalogue/catalogue.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace tapes::catalogue {

namespace {

/// Files up to this size are looked through when they are opened; in larger ones damage is found in use.
constexpr off_t most_checked_bytes = off_t{8} << 20;

std::string state_text(sqlite::connection& db, const char* name) {
    sqlite::statement query{db, "SELECT value FROM state WHERE name = ?1"};
    query.text(1, name);
    return query.step() ? std::string{query.text_at(0)} : std::string{};
}

void keep_state(sqlite::connection& db, const char* name, const std::string& value) {
    sqlite::statement keep{db, "INSERT OR REPLACE INTO state(name, value) VALUES(?1, ?2)"};
    keep.text(1, name);
    keep.text(2, value);
    keep.run();
}

/// What tells this run of the machine's system from all others (random(4)); "" where that is not told.
std::string boot_id() {
    std::ifstream from{"/proc/sys/kernel/random/boot_id"};
    std::string id;
    std::getline(from, id);
    return id;
}

bool is_sound(sqlite::connection& db, const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || about.st_size > most_checked_bytes) {
        return true;
    }
    sqlite::statement check{db, "PRAGMA quick_check(1)"};
    return check.step() && check.text_at(0) == "ok";
}

}  // namespace

bool is_damage(const sqlite::sqlite_error& error) noexcept {
    return error.primary() == SQLITE_CORRUPT || error.primary() == SQLITE_NOTADB ||
           error.primary() == SQLITE_ERROR || error.primary() == SQLITE_FORMAT;
}

catalogue_file::catalogue_file(std::string path, store::log_scan& scan, bool text) : path_{std::move(path)} {
    try {
        if (!open_as_it_is(scan, text)) {
            make(scan, text);
        }
        db_->exec("PRAGMA synchronous = NORMAL");
        db_->exec("PRAGMA wal_autocheckpoint = 4000");
        db_->exec("PRAGMA cache_size = -32768");
        save_ = std::make_unique<sqlite::statement>(
            *db_,
            "INSERT INTO state(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = "
            "excluded.value");
        identity_ = identity_of(path_).value_or(file_identity{});
    } catch (const sqlite::sqlite_error& error) {
        throw open_error{"catalogue " + path_ + " cannot be opened: " + error.what()};
    }
}

catalogue_file::~catalogue_file() {
    try {
        if (writing_ && is_in_place()) {
            db_->exec("PRAGMA synchronous = FULL");
            db_->exec("PRAGMA wal_checkpoint(PASSIVE)");
            keep_state(*db_, "boot", "");
        }
    } catch (const std::exception&) {
        return;  // what is not known to be on the disk is made anew after a loss of power
    }
}

void catalogue_file::prepare_write() {
    if (writing_) {
        return;
    }
    db_->exec("PRAGMA synchronous = FULL");
    keep_state(*db_, "boot", boot_id());
    db_->exec("PRAGMA synchronous = OFF");
    writing_ = true;
}

/// False where it is to be made anew.
bool catalogue_file::open_as_it_is(store::log_scan& scan, bool text) {
    // By its path: to close it, once opened, would release SQLite's locks of this process' readers.
    struct stat about {};
    if (::lstat(path_.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink > 1 ||
        about.st_uid != ::geteuid() || ::chmod(path_.c_str(), 0600) != 0) {
        return false;
    }
    try {
        db_ = std::make_unique<sqlite::connection>(path_, SQLITE_OPEN_READWRITE);
        if (db_->integer("PRAGMA application_id") != application_id ||
            db_->integer("PRAGMA user_version") != catalogue_version ||
            state_text(*db_, "store") != scan.store_id() || !is_sound(*db_, path_)) {
            return false;
        }
        const auto boot = state_text(*db_, "boot");
        if (!boot.empty() && boot != boot_id()) {
            return false;
        }
        const bool has_text = state_text(*db_, "text") == "1";
        if (text && !has_text) {
            return false;
        }
        if (!text && has_text) {
            text_index::drop(*db_);
            keep_state(*db_, "text", "0");
        }
        const auto now = place();
        return now.seq == 0 || scan.committed_at(now.seq) == now.at_us;
    } catch (const sqlite::sqlite_error& error) {
        if (error.concerns_all() && !is_damage(error)) {
            throw;
        }
        return false;
    }
}

void catalogue_file::make(store::log_scan& scan, bool text) {
    db_.reset();
    remove(path_);
    const int file = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        throw open_error{"catalogue " + path_ + " cannot be made: " + std::system_category().message(errno)};
    }
    ::close(file);
    db_ = std::make_unique<sqlite::connection>(path_, SQLITE_OPEN_READWRITE);
    make_schema(*db_);
    keep_state(*db_, "store", scan.store_id());
    keep_state(*db_, "text", text ? "1" : "0");
}

cursor_place catalogue_file::place() {
    return {static_cast<std::uint64_t>(db_->integer("SELECT value FROM state WHERE name = 'seq'")),
            db_->integer("SELECT value FROM state WHERE name = 'at'"),
            db_->integer("SELECT value FROM state WHERE name = 'node'")};
}

void catalogue_file::move_to(const cursor_place& place) {
    for (const auto& [name, value] : {std::pair{"seq", static_cast<std::int64_t>(place.seq)},
                                      std::pair{"at", place.at_us}, std::pair{"node", place.node}}) {
        save_->text(1, name);
        save_->integer(2, value);
        save_->run();
    }
}

bool catalogue_file::is_in_place() {
    struct stat about {};
    if (::stat(path_.c_str(), &about) != 0 || file_identity{about.st_dev, about.st_ino} != identity_) {
        return false;
    }
    // It only ever grows. Pages that SQLite has in memory would hide for long what is missing for all others.
    if (about.st_size < size_) {
        remove(path_);
        return false;
    }
    size_ = about.st_size;
    return true;
}

void catalogue_file::remove(const std::string& path) {
    for (const auto* const end : {"", "-wal", "-shm", "-journal"}) {
        (void)::unlink((path + end).c_str());
    }
}

}  // namespace tapes::catalogue
