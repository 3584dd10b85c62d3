#include "backup/partial_file.hpp"
#include "backup/snapshot_copy.hpp"

#include <tapes/store/backup.hpp>
#include <tapes/store/file_identity.hpp>
#include <tapes/store/reading_place.hpp>

#include <sys/stat.h>

#include <filesystem>

namespace tapes::store {

namespace {

/// The files that stand beside a store, and belong to it.
constexpr const char* companions[] = {"", "-wal", "-shm", "-journal", ".lock", ".token", ".catalogue"};

/// Throws where a backup of `from` may not be written to `to`.
void check_target(const backup_options& options) {
    const auto& to = options.to;
    const auto refuse = [&to](const std::string& why) { throw open_error{"file " + to + " " + why}; };
    const auto store = resolved(options.from);
    const auto name = resolved(to);
    for (const auto* const end : companions) {
        const auto there = identity_of(store + end);
        if (name == store + end || (there && there == identity_of(to))) {
            refuse(*end == '\0' ? "is the store itself; give the path of a new file"
                                : "belongs to the store " + options.from + "; give the path of a new file");
        }
    }
    if (to.empty() || to.ends_with('/') || std::filesystem::path{to}.filename() == "..") {
        refuse("has no name; give the path of a new file");
    }
    struct stat about {};
    if (::lstat(to.c_str(), &about) != 0) {
        return;
    }
    if (S_ISLNK(about.st_mode)) {
        refuse("is a symbolic link; give the path of a new file");
    }
    if (!S_ISREG(about.st_mode)) {
        refuse("is no regular file; give the path of a new file");
    }
    if (!options.replace) {
        refuse("is there already; give the path of a new file, or --force to replace it");
    }
}

}  // namespace

backup_figures back_up(const backup_options& options) {
    const reading_place place{options.from};
    check_store(place.path());
    check_target(options);
    partial_file target{options.to};
    backup_figures made;
    auto from_place = options;
    from_place.from = place.path();
    if (!copy_through(from_place, target, made)) {
        copy_snapshot(from_place, target, made);
    }
    target.sync();
    read_figures(target.path(), made);
    if (options.check) {
        options.check(target.path());
    }
    target.finish(options.replace);
    return made;
}

}  // namespace tapes::store
