#pragma once

#include <tapes/sync/mutex.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::app {

/// Reads lines from a file of any kind. Waits neither longer than until `stop`, a file that is polled, can be
/// read. One thread.
class line_input {
public:
    /// Lines of more than `longest` bytes are left out, and take no memory.
    line_input(int file, int stop, std::size_t longest) : file_{file}, stop_{stop}, longest_{longest} {}

    enum class got { line, too_long, end, stopped };
    /// Sets `line`, without its newline, for got::line. The last one needs no newline.
    got next(std::string& line);

private:
    enum class filled { more, end, stopped };
    filled fill();

    int file_;
    int stop_;
    std::size_t longest_;
    std::string held_;
    std::size_t begin_ = 0;      ///< of the line, in `held_`
    std::size_t looked_at_ = 0;  ///< up to here the line has no newline
    bool skipping_ = false;      ///< the line was too long
    bool ended_ = false;
};

/// Writes lines to a file of any kind, whole and one after the other. Thread-safe.
class line_output {
public:
    line_output(int file, int stop) : file_{file}, stop_{stop} {}

    /// Returns false, from then on at once, when nobody reads any more, or `stop` can be read meanwhile.
    bool write(std::string_view line);

private:
    bool write_all(std::string_view bytes) TAPES_REQUIRES(mutex_);

    int file_;
    int stop_;
    sync::mutex mutex_;
    bool gone_ TAPES_GUARDED_BY(mutex_) = false;
};

}  // namespace tapes::app
