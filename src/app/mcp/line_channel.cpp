#include "mcp/line_channel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace tapes::app {

namespace {

/// Waits until `file` can be read (POLLIN) or written (POLLOUT). False: `stop` came first.
bool await_ready(int file, short events, int stop) {
    std::array<pollfd, 2> both{pollfd{file, events, 0}, pollfd{stop, POLLIN, 0}};
    while (true) {
        const int ready = ::poll(both.data(), both.size(), -1);
        if (ready < 0 && errno != EINTR) {
            return false;
        }
        if (ready > 0) {
            return both[1].revents == 0;
        }
    }
}

/// As much as can be written without waiting: a pipe that can be written to has room for PIPE_BUF bytes
/// (pipe(7)). The file is shared with whoever gave it, so it is not made one that never waits.
ssize_t send_part(int file, std::string_view bytes) {
    const auto sent = ::send(file, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 && errno == ENOTSOCK
               ? ::write(file, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF))
               : sent;
}

}  // namespace

line_input::filled line_input::fill() {
    constexpr std::size_t piece = std::size_t{64} << 10;
    if (!await_ready(file_, POLLIN, stop_)) {
        return filled::stopped;
    }
    held_.erase(0, begin_);  // once for all lines of a piece, not for each
    looked_at_ -= std::exchange(begin_, 0);
    const auto before = held_.size();
    held_.resize(before + piece);
    const auto got = ::read(file_, held_.data() + before, piece);
    const int error = errno;
    held_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    return got > 0 || (got < 0 && (error == EINTR || error == EAGAIN)) ? filled::more : filled::end;
}

line_input::got line_input::next(std::string& line) {
    while (true) {
        const auto end = held_.find('\n', looked_at_);
        if (end != std::string::npos) {
            const bool fits = !skipping_ && end - begin_ <= longest_;
            line.assign(held_, begin_, fits ? end - begin_ : 0);
            begin_ = looked_at_ = end + 1;
            skipping_ = false;
            return fits ? got::line : got::too_long;
        }
        looked_at_ = held_.size();
        skipping_ = skipping_ || held_.size() - begin_ > longest_;
        if (skipping_) {
            held_.clear();
            begin_ = looked_at_ = 0;
        }
        if (ended_) {
            const bool left = held_.size() > begin_ || skipping_;
            line = held_.substr(begin_);
            held_.clear();
            begin_ = looked_at_ = 0;
            return !left ? got::end : std::exchange(skipping_, false) ? got::too_long : got::line;
        }
        switch (fill()) {
            case filled::more:
                break;
            case filled::end:
                ended_ = true;
                break;
            case filled::stopped:
                return got::stopped;
        }
    }
}

bool line_output::write(std::string_view line) {
    const sync::lock_guard guard{mutex_};
    gone_ = gone_ || !write_all(line) || !write_all("\n");
    return !gone_;
}

bool line_output::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!await_ready(file_, POLLOUT, stop_)) {
            return false;
        }
        const auto written = send_part(file_, bytes);
        if (written < 0 && errno != EINTR && errno != EAGAIN) {
            return false;
        }
        bytes.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

}  // namespace tapes::app
