#pragma once

#include "file/own_place.hpp"

#include <tapes/sqlite/connection.hpp>
#include <tapes/store/log_scan.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tapes::catalogue {

/// Where the cursor of a catalogue stands.
struct cursor_place {
    std::uint64_t seq = 0;   ///< the last log row that is in it
    std::int64_t at_us = 0;  ///< when that was committed; tells a store that was put back from a copy
    std::int64_t node = 0;   ///< the last node that is in it
};

/// A catalogue that is open for writing, by who has its lock.
class catalogue_file {
public:
    /// Opens the catalogue at `path`; makes it anew where there is none of this version, of the store that
    /// `scan` reads, and whole, or where `text` is wanted that it lacks. Throws open_error.
    catalogue_file(std::string path, store::log_scan& scan, bool text);
    /// Waits for the disk where something was written.
    ~catalogue_file();
    catalogue_file(const catalogue_file&) = delete;
    catalogue_file& operator=(const catalogue_file&) = delete;

    sqlite::connection& db() noexcept { return *db_; }
    cursor_place place();
    /// To be called before a transaction. From here on nothing waits for the disk: a loss of power may leave
    /// anything, and so a catalogue that was being written when the machine stopped is made anew.
    void prepare_write();
    /// To be called within a transaction.
    void move_to(const cursor_place& place);
    /// False where the file was removed or replaced, or cut off: then this removes it.
    bool is_in_place();

    /// Removes a catalogue and what SQLite keeps beside it.
    static void remove(const std::string& path);

private:
    bool open_as_it_is(store::log_scan& scan, bool text);
    void make(store::log_scan& scan, bool text);

    std::string path_;
    std::unique_ptr<sqlite::connection> db_;
    std::unique_ptr<sqlite::statement> save_;
    bool writing_ = false;
    file_identity identity_{};
    std::int64_t size_ = 0;  ///< of the file when it was last looked at
};

/// Whether SQLite says that a file is no database, or a damaged one.
bool is_damage(const sqlite::sqlite_error& error) noexcept;

}  // namespace tapes::catalogue
