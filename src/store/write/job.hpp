#pragma once

#include "write/entry_rows.hpp"

#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace tapes::store {

/// What a job writes with. Valid during the call.
struct job_context {
    connection& db;
    interner& strings;
    entry_rows& rows;
    row_indexes& indexes;
    std::int64_t now_us = 0;  ///< the group's time, in microseconds since the epoch, UTC
};

/// Something other than a turn that is written with a group. A job that throws anything but an error of the
/// disk is undone alone and told; an error of the disk keeps it, and it is written again with its group.
class job {
public:
    virtual ~job() = default;

    /// Within the group's transaction, on the writer's thread. May be called again after a roll-back, so each
    /// call starts afresh.
    virtual void write(job_context& context) = 0;

    /// Durable (""), or why not. Once, on the writer's thread; must neither throw nor wait.
    virtual void settled(const std::string& error) = 0;
};

/// Has `write` done by the writer and waits until it is durable. Not for the writer's thread. Throws
/// std::runtime_error with what `write` threw, or why nothing can be written: after `patience` it is given
/// up, and what `write` refers to is not used any more (a change that was on its way may still land).
void run_job(writer& store_writer, std::function<void(job_context&)> write,
             std::chrono::milliseconds patience = std::chrono::seconds{10});

/// As above, but does not wait: `settled` is called on the writer's thread.
void start_job(writer& store_writer, std::function<void(job_context&)> write,
               std::function<void(const std::string& error)> settled);

inline constexpr const char* put_cursor_sql =
    "INSERT INTO cursor(name, seq) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET seq = excluded.seq";

/// Moves the cursor, or makes it.
void put_cursor(job_context& context, const std::string& name, std::uint64_t seq);

}  // namespace tapes::store
