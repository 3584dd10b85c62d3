// Our own and not Beast's: this follows a copy of bytes that pass, and neither owns a connection nor answers.
#include <tapes/http/websocket.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

namespace tapes::http {

namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t compressed_bit = 0x40;  // RFC 7692 §6: RSV1
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t longest_control = 125;
constexpr std::size_t mask_bytes = 4;

/// How much is kept of a message over the limit, so that its type can still be read.
constexpr std::size_t beginning_bytes = 4096;
constexpr std::uint64_t bomb_bytes = 1ULL << 30;
constexpr std::size_t inflate_step = 16384;
/// A buffer up to this size is kept for the next message.
constexpr std::size_t kept_capacity = 4096;

constexpr std::string_view flush_tail{"\x00\x00\xff\xff", 4};  // RFC 7692 §7.2.2

enum opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, pong = 10 };

bool is_control(std::uint8_t first) noexcept {
    return (first & 0x08U) != 0;
}

}  // namespace

struct websocket_reader::inflater {
    // The window is always the widest: with a smaller one it would depend on the split of the bytes whether a
    // distance beyond it is found to be wrong.
    explicit inflater(const deflate_settings& settings) : takes_over{settings.context_takeover} {
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    ~inflater() { inflateEnd(&stream); }
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    z_stream stream{};
    bool takes_over;
    std::array<char, inflate_step> room{};
};

websocket_reader::websocket_reader(websocket_side sender, const std::optional<deflate_settings>& deflate,
                                   websocket_limits limits)
    : sender_{sender}, deflate_{deflate}, limits_{std::move(limits)} {}
websocket_reader::~websocket_reader() = default;
websocket_reader::websocket_reader(websocket_reader&&) noexcept = default;
websocket_reader& websocket_reader::operator=(websocket_reader&&) noexcept = default;

websocket_reader::step websocket_reader::fail(websocket_error error, std::size_t consumed) noexcept {
    error_ = error;
    return {event::error, consumed, 0, 0};
}

websocket_reader::step websocket_reader::next(std::string_view bytes) {
    if (error_ != websocket_error::none) {
        return {event::error, 0, 0, 0};
    }
    std::size_t at = 0;
    std::size_t frame = 0;
    while (at < bytes.size() || (in_payload_ && left_ == 0)) {
        if (!in_payload_) {
            if (head_size_ == 0) {
                frame = at;
            }
            if (!take_head_byte(static_cast<std::uint8_t>(bytes[at]))) {
                return fail(error_, at);
            }
            ++at;
            continue;
        }
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
        take_payload(bytes.substr(at, size));
        if (error_ != websocket_error::none) {
            return fail(error_, at);
        }
        at += size;
        left_ -= size;
        if (left_ == 0) {
            return end_frame(at, frame);
        }
    }
    return {event::more, at, 0, 0};
}

/// Takes one byte of a frame's head (RFC 6455 §5.2). Returns false on an error.
bool websocket_reader::take_head_byte(std::uint8_t byte) {
    head_[head_size_++] = byte;
    if (head_size_ == 2) {
        if (!judge_head()) {
            return false;
        }
        const std::size_t length = byte & 0x7fU;
        head_wanted_ = 2 +
                       (length == 127   ? 8
                        : length == 126 ? 2
                                        : 0) +
                       (sender_ == websocket_side::client ? mask_bytes : 0);
    }
    if (head_size_ < head_wanted_) {
        return true;
    }
    in_payload_ = true;
    mask_at_ = 0;
    return judge_length();
}

bool websocket_reader::judge_head() noexcept {
    const std::uint8_t first = head_[0];
    const std::uint8_t code = first & 0x0fU;
    const bool starts_compressed = (first & compressed_bit) != 0;
    if ((first & 0x30U) != 0 || (starts_compressed && !deflate_)) {
        error_ = websocket_error::reserved_bits;
    } else if ((code > binary && code < close) || code > pong) {
        error_ = websocket_error::reserved_opcode;
    } else if (((head_[1] & mask_bit) != 0) != (sender_ == websocket_side::client)) {
        error_ = websocket_error::bad_masking;
    } else if (is_control(first)) {
        if ((first & final_bit) == 0 || starts_compressed || (head_[1] & 0x7fU) > longest_control) {
            error_ = websocket_error::bad_control;
        }
    } else if ((code == continuation) != in_message_) {
        error_ = websocket_error::bad_sequence;
    } else if (code == continuation && starts_compressed) {
        error_ = websocket_error::reserved_bits;  // only the first frame of a message says so
    } else if (!in_message_) {
        in_message_ = true;
        compressed_ = starts_compressed;
        forget_message();
        seen_bytes_ = 0;
        oversized_ = false;
    }
    return error_ == websocket_error::none;
}

bool websocket_reader::judge_length() noexcept {
    const std::uint8_t length = head_[1] & 0x7fU;
    left_ = length;
    if (length >= 126) {
        const std::size_t bytes = length == 127 ? 8 : 2;
        left_ = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            left_ = left_ << 8U | head_[2 + i];
        }
        if (left_ <= (length == 127 ? 0xffffU : 125U) || (left_ >> 63U) != 0) {
            error_ = websocket_error::bad_length;
        }
    }
    return error_ == websocket_error::none;
}

void websocket_reader::take_payload(std::string_view part) {
    if (is_control(head_[0]) || part.empty()) {
        return;
    }
    if (sender_ == websocket_side::server) {
        if (!compressed_) {
            keep(part);
        } else {
            inflate_part(part);
        }
        return;
    }
    const auto* const mask = head_ + head_wanted_ - mask_bytes;
    std::array<char, inflate_step> plain;  // NOLINT: filled before it is read
    while (!part.empty() && error_ == websocket_error::none) {
        const auto size = std::min(part.size(), plain.size());
        for (std::size_t i = 0; i < size; ++i) {
            plain[i] = static_cast<char>(static_cast<std::uint8_t>(part[i]) ^ mask[(mask_at_ + i) % 4]);
        }
        mask_at_ = (mask_at_ + size) % mask_bytes;
        const std::string_view piece{plain.data(), size};
        if (!compressed_) {
            keep(piece);
        } else {
            inflate_part(piece);
        }
        part.remove_prefix(size);
    }
}

void websocket_reader::keep(std::string_view part) {
    seen_bytes_ += part.size();
    if (oversized_) {
        return;
    }
    const auto wanted = message_.size() + part.size();
    if (wanted <= limits_.message_bytes) {
        if (wanted <= message_.capacity()) {
            message_.append(part);
            return;
        }
        const auto room = std::max(wanted, 2 * message_.capacity());
        if (!limits_.reserve || limits_.reserve(room - message_.capacity())) {
            message_.reserve(room);
            message_.append(part);
            return;
        }
    }
    oversized_ = true;
    if (message_.size() < beginning_bytes) {
        message_.append(part.substr(0, beginning_bytes - message_.size()));
    } else {
        message_.resize(beginning_bytes);
        message_.shrink_to_fit();
    }
}

/// Inflates a part of a message. Returns false on an error.
bool websocket_reader::inflate_part(std::string_view part) {
    if (!inflater_) {
        inflater_ = std::make_unique<inflater>(*deflate_);
    }
    auto& stream = inflater_->stream;
    // zlib's interface is not const-correct; it does not write to its input.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    stream.avail_in = static_cast<uInt>(part.size());
    while (true) {
        stream.next_out = reinterpret_cast<Bytef*>(inflater_->room.data());
        stream.avail_out = static_cast<uInt>(inflate_step);
        const int answer = inflate(&stream, Z_SYNC_FLUSH);
        if (answer == Z_MEM_ERROR) {
            throw std::bad_alloc{};
        }
        if (answer != Z_OK && answer != Z_BUF_ERROR && answer != Z_STREAM_END) {
            error_ = websocket_error::bad_deflate;
            return false;
        }
        const auto made = inflate_step - stream.avail_out;
        keep({inflater_->room.data(), made});
        if (seen_bytes_ > bomb_bytes) {
            error_ = websocket_error::bomb;
            return false;
        }
        if (answer == Z_STREAM_END) {
            // RFC 7692 §7.2.3.5: a final block may end the data of a message; the next goes on with the same
            // window.
            const auto left = stream.avail_in;
            auto* const at = stream.next_in;
            inflateResetKeep(&stream);
            stream.next_in = at;
            stream.avail_in = left;
            if (left == 0) {
                return true;
            }
        } else if (made < inflate_step) {
            return true;
        }
    }
}

websocket_reader::step websocket_reader::end_frame(std::size_t consumed, std::size_t frame) {
    const bool control = is_control(head_[0]);
    const bool last = (head_[0] & final_bit) != 0;
    const auto code = static_cast<std::uint8_t>(head_[0] & 0x0fU);
    in_payload_ = false;
    head_size_ = 0;
    head_wanted_ = 2;
    if (control) {
        return {event::control, consumed, frame, code};
    }
    if (!last) {
        return {event::fragment, consumed, frame, code};
    }
    in_message_ = false;
    if (compressed_) {
        if (!inflate_part(flush_tail)) {
            return fail(error_, consumed);
        }
        if (!inflater_->takes_over) {
            inflateReset(&inflater_->stream);
        }
    }
    return {event::message, consumed, frame, code};
}

void websocket_reader::forget_message() noexcept {
    message_.clear();
    if (message_.capacity() > kept_capacity) {
        message_ = {};
    }
}

std::string_view describe(websocket_error error) noexcept {
    switch (error) {
        case websocket_error::none:
            return "no error";
        case websocket_error::reserved_bits:
            return "reserved bits are set";
        case websocket_error::reserved_opcode:
            return "a reserved opcode";
        case websocket_error::bad_masking:
            return "a frame is masked the wrong way";
        case websocket_error::bad_length:
            return "a malformed payload length";
        case websocket_error::bad_control:
            return "a malformed control frame";
        case websocket_error::bad_sequence:
            return "frames in the wrong order";
        case websocket_error::bad_deflate:
            return "malformed compressed data";
        case websocket_error::bomb:
            return "a compressed message grows beyond all limits";
    }
    return "";
}

}  // namespace tapes::http
