#include <tapes/cli/command_line.hpp>
#include <tapes/cli/output_buffer.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>
#include <string_view>
#include <system_error>

namespace tapes::cli {

namespace {

constexpr std::size_t most_waiting = std::size_t{64} * 1024;

/// Writes all of `bytes`, however long the reader takes; returns errno where that fails, else 0.
int write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd room{descriptor, POLLOUT, 0};  // another process has made it so
            ::poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

}  // namespace

output_buffer::output_buffer(int descriptor, bool by_lines) : descriptor_{descriptor}, by_lines_{by_lines} {}

output_buffer::int_type output_buffer::overflow(int_type character) {
    if (traits_type::eq_int_type(character, traits_type::eof())) {
        return traits_type::not_eof(character);
    }
    const auto one = traits_type::to_char_type(character);
    return xsputn(&one, 1) == 1 ? character : traits_type::eof();
}

std::streamsize output_buffer::xsputn(const char* bytes, std::streamsize size) {
    const std::string_view added{bytes, static_cast<std::size_t>(size)};
    waiting_ += added;
    const bool is_due = waiting_.size() >= most_waiting || (by_lines_ && added.find('\n') != added.npos);
    if (error_ == 0 && !is_due) {
        return size;
    }
    return sync() == 0 ? size : 0;
}

int output_buffer::sync() {
    if (error_ == 0) {
        error_ = write_all(descriptor_, waiting_);
    }
    waiting_.clear();
    return error_ == 0 ? 0 : -1;
}

int exit_code_of(int code, output_buffer& output, std::ostream& err) {
    output.pubsync();
    if (output.error() == 0 || output.error() == EPIPE) {
        return code;
    }
    err << "tapes: standard output cannot be written: " << std::generic_category().message(output.error())
        << "\n";
    return code == done ? failed : code;
}

}  // namespace tapes::cli
