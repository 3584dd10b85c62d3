// Our own and not Beast's: the raw bytes are passed on as they came, so this only tells where data lies in
// them.
#include <tapes/http/chunked.hpp>
#include <tapes/text/hex.hpp>

#include <algorithm>

namespace tapes::http {

namespace {

constexpr std::size_t max_size_line = 4096;
constexpr std::size_t max_trailers = 64 * 1024;
/// Beyond it one digit more makes a size of 2^63 or more, which many take for negative.
constexpr std::uint64_t most_before_a_digit = (std::uint64_t{1} << 59) - 1;

}  // namespace

chunked_scanner::step chunked_scanner::next(std::string_view bytes) noexcept {
    std::size_t at = 0;
    constexpr auto none = static_cast<std::size_t>(-1);
    std::size_t line = none;
    while (at < bytes.size()) {
        switch (state_) {
            case state::size:
            case state::extension:
            case state::size_lf: {
                auto read = size_line(bytes.substr(at));
                read.line += at;
                read.consumed += at;
                at = read.consumed;
                line = read.line;
                if (read.kind != event::more || at == bytes.size()) {
                    return read;
                }
                break;
            }
            case state::data: {
                const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
                left_ -= size;
                state_ = left_ == 0 ? state::data_cr : state::data;
                return {event::data, at + size, bytes.substr(at, size), line == none ? at : line};
            }
            case state::data_cr:
            case state::data_lf:
                if (bytes[at++] != (state_ == state::data_cr ? '\r' : '\n')) {
                    return {event::error, at, {}, 0};
                }
                state_ = state_ == state::data_cr ? state::data_lf : state::size;
                break;
            case state::trailer:
            case state::trailer_lf:
                return trailers(bytes, at);
            case state::done:
                return {event::end, at, {}, 0};
        }
    }
    return {event::more, at, {}, 0};
}

chunked_scanner::step chunked_scanner::size_line(std::string_view bytes) noexcept {
    std::size_t at = 0;
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (++line_bytes_ > max_size_line) {
            return {event::error, at, {}, 0};
        }
        if (state_ == state::size_lf) {
            if (c != '\n') {
                return {event::error, at, {}, 0};
            }
            const auto began = at + 1 >= line_bytes_ ? at + 1 - line_bytes_ : 0;
            line_bytes_ = 0;
            digits_ = 0;
            if (left_ == 0) {
                state_ = state::trailer;
                return {event::last_chunk, at + 1, {}, began};
            }
            state_ = state::data;
            return {event::more, at + 1, {}, began};
        }
        if (c == '\r' && digits_ > 0) {
            state_ = state::size_lf;
        } else if (state_ == state::extension) {
            if (c == '\n' || c == '\0') {
                return {event::error, at, {}, 0};
            }
        } else if (c == ';' && digits_ > 0) {
            state_ = state::extension;
        } else {
            const int digit = text::hex_value(c);
            if (digit < 0 || ++digits_ > 16 || left_ > most_before_a_digit) {
                return {event::error, at, {}, 0};
            }
            left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        }
    }
    return {event::more, at, {}, 0};
}

chunked_scanner::step chunked_scanner::trailers(std::string_view bytes, std::size_t at) noexcept {
    for (; at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (++trailer_bytes_ > max_trailers || c == '\0') {
            return {event::error, at, {}, 0};
        }
        if (state_ == state::trailer_lf) {
            if (c != '\n') {
                return {event::error, at, {}, 0};
            }
            if (line_bytes_ == 0) {
                state_ = state::done;
                return {event::end, at + 1, {}, 0};
            }
            line_bytes_ = 0;
            state_ = state::trailer;
        } else if (c == '\r') {
            state_ = state::trailer_lf;
        } else if (c == '\n') {
            return {event::error, at, {}, 0};
        } else {
            ++line_bytes_;
        }
    }
    return {event::more, at, {}, 0};
}

}  // namespace tapes::http
