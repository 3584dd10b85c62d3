#include "backup/old_store.hpp"
#include "backup/partial_file.hpp"
#include "backup/snapshot_copy.hpp"
#include "file/place_lock.hpp"
#include "file/schema.hpp"

#include <tapes/store/backup.hpp>
#include <tapes/store/file_identity.hpp>
#include <tapes/store/reading_place.hpp>

#include <sys/stat.h>

#include <filesystem>

namespace tapes::store {

namespace {

/// Where the store is, whether it is there or not: the end of the links that lead to it.
std::string place_of(const std::string& path) {
    constexpr int most_links = 40;
    std::filesystem::path at{path};
    std::error_code failed;
    for (int i = 0; i < most_links && std::filesystem::is_symlink(at, failed); ++i) {
        at = at.parent_path() / std::filesystem::read_symlink(at, failed);  // an absolute one stands for all
    }
    return at.string();
}

bool stands(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        return false;
    }
    if (!S_ISREG(about.st_mode)) {
        throw open_error{"store " + path + " cannot be made: something that is no file stands there"};
    }
    return true;
}

void check_source(const restore_options& options) {
    if (options.from.ends_with(".partial")) {
        throw open_error{"file " + options.from + " is a backup that did not come to its end; give another"};
    }
    const auto there = identity_of(options.to);
    if (there && there == identity_of(options.from)) {
        throw open_error{"file " + options.from + " is the store itself; give the path of a backup"};
    }
}

}  // namespace

bool check_earlier_schema(const std::string& path) {
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        if (db.integer("PRAGMA user_version") == schema_version()) {
            return false;
        }
        statement check{db, "PRAGMA integrity_check(1)"};
        if (check.step() && check.text_at(0) != "ok") {
            throw open_error{"store " + path + " is damaged: " + std::string{check.text_at(0)}};
        }
        return true;
    } catch (const sqlite_error& error) {
        throw open_error{"store " + path + " cannot be read: " + error.what()};
    }
}

restore_report restore(const restore_options& options) {
    check_source(options);
    const reading_place source{options.from};
    check_copyable(source.path());
    const auto place = place_of(options.to);
    const place_lock lock{options.to};
    if (stands(place) && !options.replace) {
        throw open_error{"store " + options.to +
                         " is there already; --force moves it aside, and puts the backup in its place"};
    }
    partial_file target{place};
    restore_report made;
    backup_options copy{source.path(), place};
    copy.on_progress = options.on_progress;
    copy_snapshot(copy, target, made.restored);
    target.sync();
    read_figures(target.path(), made.restored);
    if (options.check) {
        options.check(target.path());
    }
    if (stands(place)) {
        made.moved_to = move_store_aside(place);
    }
    for (const auto* const end : {"-wal", "-shm", "-journal"}) {
        std::error_code ignored;  // of a store that is gone: SQLite would read it into the new one
        (void)std::filesystem::remove(place + end, ignored);
    }
    target.finish(options.replace);
    return made;
}

}  // namespace tapes::store
