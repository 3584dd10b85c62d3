#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/event/record.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

namespace tapes::publish {

/// A destination of a replay. One thread at a time. A member that throws (std::exception, one line) leaves
/// a target that is of no more use.
class replay_target {
public:
    virtual ~replay_target() = default;

    /// Returns the largest record that it takes, in bytes; 0 where there is no limit.
    virtual std::uint64_t most_bytes() const = 0;
    /// Takes an event; may wait while it is full.
    virtual void send(const event::event_record& event) = 0;
    /// Waits until all that it took is safe, at most for `patience`; returns whether it is.
    virtual bool settle(std::chrono::milliseconds patience) = 0;
    /// Returns the bytes that it has taken, those of earlier runs included.
    virtual std::uint64_t bytes() const = 0;
};

/// Appends an event as an object in one line, as targets other than topics get it:
/// {"type","id","key","timestamp_ms","headers":{...},"value":{...}}. Pure.
void append_event_line(std::string& out, const event::event_record& event);

/// Makes a target that writes lines to a stream, flushed as they settle. `begun` is the bytes of earlier
/// runs.
std::unique_ptr<replay_target> make_stream_target(std::ostream& to, std::uint64_t begun);

enum class file_start {
    fresh,  ///< a new file, 0600, that must not be there yet
    again,  ///< the file of an earlier run, of which the first `begun` bytes stay
};

/// Makes a target that writes lines to a file, safe on disk as they settle.
std::unique_ptr<replay_target> make_file_target(const std::string& path, file_start start,
                                                std::uint64_t begun);

/// Makes a target that writes records to a topic that exists. `trouble` is called, on another thread, with
/// lines for people. `bus` must outlive it.
std::unique_ptr<replay_target> make_topic_target(bus::message_bus& bus, std::string topic,
                                                 std::uint64_t most_bytes, std::uint64_t begun,
                                                 std::function<void(std::string_view)> trouble);

}  // namespace tapes::publish
