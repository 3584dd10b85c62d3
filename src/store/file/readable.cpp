#include "file/readable.hpp"

#include "file/schema.hpp"

#include <tapes/store/store.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tapes::store {

void check_file(const std::string& path) {
    int error = 0;
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
        error = errno;
    } else if (S_ISDIR(about.st_mode)) {
        error = EISDIR;
    } else if (!S_ISREG(about.st_mode)) {  // to open a pipe would wait for who writes to it
        error = ENOTSUP;
    }
    if (error == ENOENT) {
        throw open_error{"store " + path + " does not exist; name it with --sqlite"};
    }
    if (error != 0) {
        throw open_error{"store " + path + " cannot be read: " + std::system_category().message(error)};
    }
}

void check_store(const std::string& path) {
    const auto refuse = [&](const std::string& why) { throw open_error{"store " + path + " " + why}; };
    check_file(path);
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        const auto whose = owner_of(db);
        if (whose == owner::reference) {
            refuse("is a tapes v0.4 file; import it with `tapes import " + path + "` into a new store");
        }
        if (whose != owner::ours) {
            refuse("is no tapes store");
        }
        const auto version = db.integer("PRAGMA user_version");
        if (version > schema_version()) {
            refuse("has schema version " + std::to_string(version) + ", this tapes knows up to " +
                   std::to_string(schema_version()) + "; use a newer tapes");
        }
        if (version < schema_version()) {
            refuse("has schema version " + std::to_string(version) + ", this tapes reads " +
                   std::to_string(schema_version()) + "; `tapes serve` brings it up to date");
        }
    } catch (const sqlite_error& error) {
        refuse(std::string{"cannot be read: "} + error.what());
    }
}

const std::string& readable(const std::string& path) {
    check_store(path);
    return path;
}

}  // namespace tapes::store
