#pragma once

#include "file/page_copy.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/live_copy.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace tapes::store {

/// A file of somebody else's that is open.
class target_file {
public:
    /// Throws copy_refusal unless it may be written to, see begin_copy().
    explicit target_file(const copy_target& to);
    ~target_file();
    target_file(const target_file&) = delete;
    target_file& operator=(const target_file&) = delete;

    /// Who asked for the copy still has it.
    bool wanted() const noexcept;

private:
    void check(const copy_target& to) const;

    int file_;
};

/// The copies that are being made from a connection, which must outlive them. One thread: the writer's.
class live_copies {
public:
    using clock = std::chrono::steady_clock;

    live_copies();
    ~live_copies();
    live_copies(const live_copies&) = delete;
    live_copies& operator=(const live_copies&) = delete;

    void begin(const std::string& id, connection& from, const copy_target& to);
    /// Copies for about a millisecond, later for longer so that it ends; `pages` at most. Throws
    /// copy_refusal, sqlite_error.
    copy_progress step(const std::string& id, std::uint64_t pages);
    bool end(const std::string& id);
    void end_all() noexcept;
    /// Drops those that nobody waits for; looks once a second.
    void drop_left() noexcept;

private:
    struct one;

    std::map<std::string, std::unique_ptr<one>> copies_;
    clock::time_point look_at_{};
};

}  // namespace tapes::store
