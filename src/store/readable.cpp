#include "readable.hpp"

#include "schema.hpp"

#include <tapes/store/store.hpp>

#include <filesystem>

namespace tapes::store {

const std::string& readable(const std::string& path) {
    const auto refuse = [&](const std::string& why) { throw open_error{"store " + path + " " + why}; };
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        refuse("does not exist; name it with --sqlite");
    }
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        if (owner_of(db) != owner::ours) {
            refuse("is no tapes store");
        }
        if (const auto version = db.integer("PRAGMA user_version"); version != schema_version()) {
            refuse("has schema version " + std::to_string(version) + ", this tapes reads " +
                   std::to_string(schema_version()) +
                   (version < schema_version() ? "; `tapes serve proxy` brings it up to date" : ""));
        }
    } catch (const sqlite_error& error) {
        refuse(std::string{"cannot be read: "} + error.what());
    }
    return path;
}

}  // namespace tapes::store
