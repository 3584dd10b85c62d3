#pragma once

#include "file/catalogue_file.hpp"
#include "pass/log_pass.hpp"

#include <tapes/store/log_scan.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace tapes::catalogue {

/// Brings a catalogue on, for who has its lock. One that turns out to be damaged is made anew, once.
class upkeep {
public:
    /// Throws open_error, and std::runtime_error with SQLite's message.
    upkeep(std::string path, store::log_scan& scan, bool text);

    /// Takes a batch; false where there is none.
    bool step(const batch_limits& limits = {});
    /// How far it has come.
    const cursor_place& place() const noexcept { return pass_->place(); }
    bool is_in_place() const { return file_->is_in_place(); }

private:
    void open();
    void make_anew(const sqlite::sqlite_error& error);

    std::string path_;
    store::log_scan& scan_;
    bool text_;
    std::unique_ptr<catalogue_file> file_;
    std::unique_ptr<log_pass> pass_;
    bool made_anew_ = false;
};

}  // namespace tapes::catalogue
