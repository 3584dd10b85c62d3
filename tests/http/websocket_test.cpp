#include <tapes/http/websocket.hpp>

#include <catch2/catch.hpp>
#include <zlib.h>

#include <array>
#include <string>
#include <vector>

namespace tapes::http::websocket_test {

namespace tapes::http {

namespace {

using reader = websocket_reader;
using event = reader::event;

constexpr std::uint8_t last = 0x80;
constexpr std::uint8_t squeezed = 0x40;

/// One frame; a client's is masked.
std::string frame(int first, std::string_view payload, bool masked = false, int length_bytes = -1) {
    std::string out(1, static_cast<char>(first));
    const int mask = masked ? 0x80 : 0;
    const int bytes = length_bytes >= 0        ? length_bytes
                      : payload.size() < 126   ? 0
                      : payload.size() < 65536 ? 2
                                               : 8;
    out += static_cast<char>(mask | (bytes == 0 ? static_cast<int>(payload.size()) : bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) {
        out += static_cast<char>(payload.size() >> static_cast<unsigned>(8 * i) & 0xffU);
    }
    if (!masked) {
        return out.append(payload);
    }
    const std::string key = "\x01\xfe\x33\x7a";
    out += key;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        out += static_cast<char>(payload[i] ^ key[i % 4]);
    }
    return out;
}

/// A sender's side of permessage-deflate.
class squeezer {
public:
    explicit squeezer(const deflate_settings& how) : how_{how} {
        REQUIRE(deflateInit2(&stream_, 6, Z_DEFLATED, -std::max(9, how.window_bits), 8, Z_DEFAULT_STRATEGY) ==
                Z_OK);
    }
    ~squeezer() { deflateEnd(&stream_); }
    squeezer(const squeezer&) = delete;
    squeezer& operator=(const squeezer&) = delete;

    std::string operator()(std::string text, int flush = Z_SYNC_FLUSH) {
        std::string out(deflateBound(&stream_, text.size()) + 64, '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(text.data());
        stream_.avail_in = static_cast<uInt>(text.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        deflate(&stream_, flush);
        out.resize(out.size() - stream_.avail_out);
        if (flush == Z_SYNC_FLUSH) {
            out.resize(out.size() - 4);  // RFC 7692 §7.2.1
        } else {
            out += '\0';
        }
        if (!how_.context_takeover || flush != Z_SYNC_FLUSH) {
            deflateReset(&stream_);
        }
        return out;
    }

private:
    deflate_settings how_;
    z_stream stream_{};
};

struct seen {
    std::vector<std::string> messages;
    std::vector<std::size_t> ends;  ///< of frames, in the stream
    int controls = 0;
    int oversized = 0;
    websocket_error error = websocket_error::none;

    bool operator==(const seen&) const = default;
};

seen read(reader in, std::string_view stream, std::size_t piece) {
    seen out;
    std::size_t at = 0;
    while (at < stream.size()) {
        auto part = stream.substr(at, piece);
        const auto size = part.size();
        while (true) {
            const auto step = in.next(part);
            part.remove_prefix(step.consumed);
            if (step.kind == event::error) {
                out.error = in.error();
                return out;
            }
            if (step.kind == event::more) {
                break;
            }
            out.ends.push_back(at + size - part.size());
            out.controls += step.kind == event::control ? 1 : 0;
            if (step.kind == event::message) {
                out.messages.emplace_back(in.message());
                out.oversized += in.oversized() ? 1 : 0;
            }
        }
        at += size;
    }
    return out;
}

websocket_error error_of(std::string_view stream, websocket_side side = websocket_side::server,
                         std::optional<deflate_settings> deflate = {}) {
    return read(reader{side, deflate}, stream, 1).error;
}

const std::string long_text = [] {
    std::string made;
    for (int i = 0; made.size() < 70000; ++i) {
        made += "event number " + std::to_string(i * 7919) + "\xe2\x82\xac;";
    }
    return made;
}();

}  // namespace

TEST_CASE("messages are read the same however the stream is split") {
    const deflate_settings how;
    squeezer squeeze{how};
    const bool masked = GENERATE(false, true);
    const auto side = masked ? websocket_side::client : websocket_side::server;
    const auto whole = squeeze(long_text);
    const auto tail = long_text.substr(50000);
    const auto second = squeeze(tail);
    CHECK(second.size() < 500);  // the window goes on
    std::string stream = frame(last | 1, "plain", masked) + frame(last | 1, "", masked) +
                         frame(squeezed | 1, whole.substr(0, 300), masked) + frame(last | 9, "ping", masked) +
                         frame(0, "", masked) + frame(last | 0, whole.substr(300), masked) +
                         frame(last | squeezed | 2, second, masked) + frame(1, "a", masked) +
                         frame(last | 10, "", masked) + frame(last | 0, long_text, masked) +
                         frame(last | 8, "\x03\xe8", masked);
    const auto at_once = read(reader{side, how}, stream, stream.size());
    CHECK(at_once.error == websocket_error::none);
    CHECK(at_once.messages == std::vector<std::string>{"plain", "", long_text, tail, "a" + long_text});
    CHECK(at_once.controls == 3);
    CHECK(at_once.ends.size() == 11);
    CHECK(at_once.ends.back() == stream.size());
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 125U, 126U, 1000U, 16384U, 65536U}) {
        CHECK(read(reader{side, how}, stream, piece) == at_once);
    }
}

TEST_CASE("a message is inflated with and without the window of the one before") {
    const deflate_settings how{GENERATE(true, false), GENERATE(8, 9, 12, 15)};
    squeezer squeeze{how};
    std::string stream;
    std::vector<std::string> said;
    for (int i = 0; i < 5; ++i) {
        said.push_back(long_text.substr(static_cast<std::size_t>(i) * 100, 40000));
        stream += frame(last | squeezed | 1, squeeze(said.back()));
    }
    CHECK(read(reader{websocket_side::server, how}, stream, 4096).messages == said);
}

TEST_CASE("what reaches back beyond a small window is read the same in any split") {
    squeezer wide{deflate_settings{}};
    const auto stream = frame(last | squeezed | 1, wide(long_text + long_text.substr(60000)));
    const deflate_settings narrow{true, 8};
    const auto at_once = read(reader{websocket_side::server, narrow}, stream, stream.size());
    for (const std::size_t piece : {1U, 100U, 1000U, 16384U}) {
        CHECK(read(reader{websocket_side::server, narrow}, stream, piece) == at_once);
    }
}

TEST_CASE("a sender may end its deflate data with a final block") {
    const deflate_settings how;
    squeezer squeeze{how};
    const auto one = squeeze("one", Z_FINISH);
    const auto two = squeeze("two", Z_FINISH);
    const auto stream = frame(last | squeezed | 1, one) + frame(last | squeezed | 1, two);
    CHECK(read(reader{websocket_side::server, how}, stream, 1).messages ==
          std::vector<std::string>{"one", "two"});
}

TEST_CASE("an oversized message is passed over, and the next one is read") {
    const deflate_settings how;
    squeezer squeeze{how};
    const auto large = squeeze(long_text);
    const auto small = squeeze("event number");
    const auto stream =
        frame(last | 1, long_text) + frame(last | squeezed | 1, large) + frame(last | squeezed | 1, small);
    SECTION("over the limit") {
        const auto got = read(reader{websocket_side::server, how, {10000, {}}}, stream, 1000);
        CHECK(got.oversized == 2);
        CHECK(got.messages ==
              std::vector<std::string>{long_text.substr(0, 4096), long_text.substr(0, 4096), "event number"});
    }
    SECTION("over what is granted") {
        std::size_t granted = 0;
        const auto grant = [&](std::size_t bytes) {
            granted += granted + bytes <= 20000 ? bytes : 0;
            return granted + bytes <= 20000;
        };
        const auto got = read(reader{websocket_side::server, how, {1U << 30U, grant}}, stream, 1000);
        CHECK(got.oversized == 2);
        CHECK(got.messages.back() == "event number");
        CHECK(granted <= 20000);
    }
}

TEST_CASE("what is no WebSocket stream is told as what it is") {
    CHECK(error_of("\xc1\x01x") == websocket_error::reserved_bits);
    CHECK(error_of("\xa1\x01x", websocket_side::server, deflate_settings{}) ==
          websocket_error::reserved_bits);
    CHECK(error_of(frame(1, "a") + frame(last | squeezed | 0, "b"), websocket_side::server,
                   deflate_settings{}) == websocket_error::reserved_bits);
    for (const int code : {3, 7, 11, 15}) {
        CHECK(error_of(frame(last | code, "")) == websocket_error::reserved_opcode);
    }
    CHECK(error_of(frame(last | 1, "a", true)) == websocket_error::bad_masking);
    CHECK(error_of(frame(last | 1, "a"), websocket_side::client) == websocket_error::bad_masking);
    CHECK(error_of(frame(last | 1, "a", false, 2)) == websocket_error::bad_length);
    CHECK(error_of(frame(last | 1, std::string(1000, 'a'), false, 8)) == websocket_error::bad_length);
    CHECK(error_of("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff") == websocket_error::bad_length);
    CHECK(error_of(frame(9, "ping")) == websocket_error::bad_control);
    CHECK(error_of(frame(last | 9, std::string(126, 'p'))) == websocket_error::bad_control);
    CHECK(error_of(frame(last | 0, "a")) == websocket_error::bad_sequence);
    CHECK(error_of(frame(1, "a") + frame(last | 1, "b")) == websocket_error::bad_sequence);
    CHECK(error_of(frame(last | squeezed | 1, "\xff\xff\xff"), websocket_side::server, deflate_settings{}) ==
          websocket_error::bad_deflate);
}

TEST_CASE("a length of almost 2^63 bytes costs no memory") {
    reader in{websocket_side::server, {}};
    CHECK(in.next(std::string_view{"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10}).kind == event::more);
    CHECK(in.next(std::string(1000, 'x')).kind == event::more);
    CHECK(in.message().size() == 1000);
}

TEST_CASE("a step tells where its frame begins") {
    reader in{websocket_side::server, {}};
    const auto stream = frame(last | 1, "one") + frame(last | 1, "two");
    const auto first = in.next(stream);
    CHECK(first.frame == 0);
    CHECK(first.consumed == 5);
    CHECK(in.next(std::string_view{stream}.substr(5, 2)).kind == event::more);
    const auto second = in.next(std::string_view{stream}.substr(7));
    CHECK(second.kind == event::message);
    CHECK(second.frame == 0);  // it began in an earlier call
}

TEST_CASE("the extensions of a handshake are read") {
    CHECK(read_websocket_extensions("").understood);
    CHECK_FALSE(read_websocket_extensions("").server);
    const auto plain = read_websocket_extensions("permessage-deflate");
    REQUIRE(plain.client);
    CHECK(plain.client->context_takeover);
    CHECK(plain.server->window_bits == 15);
    const auto full = read_websocket_extensions(
        " Permessage-Deflate ; server_no_context_takeover; client_max_window_bits=10 ;"
        "server_max_window_bits=\"9\"");
    CHECK(full.understood);
    CHECK(full.client->context_takeover);
    CHECK(full.client->window_bits == 10);
    CHECK_FALSE(full.server->context_takeover);
    CHECK(full.server->window_bits == 9);
    for (const auto* const other :
         {"x-compress", "permessage-deflate; window=9", "permessage-deflate; client_max_window_bits",
          "permessage-deflate; server_max_window_bits=16", "permessage-deflate, permessage-deflate",
          "permessage-deflate; server_no_context_takeover=1"}) {
        CHECK_FALSE(read_websocket_extensions(other).understood);
    }
}

}  // namespace tapes::http

}  // namespace tapes::http::websocket_test
