// Frames and messages of a WebSocket. The first line is 'c' or 's' for the side that sends and a
// Sec-WebSocket-Extensions, the rest the raw frames.
#include "fuzz.hpp"

#include <tapes/http/websocket.hpp>

#include <string>
#include <vector>

namespace {

using namespace tapes;
using fuzz::require;
using event = http::websocket_reader::event;

constexpr std::size_t most = 8192;
constexpr std::size_t beginning = 4096;  // of an oversized message

struct told {
    event kind;
    std::size_t end;    ///< offset behind the frame
    std::size_t frame;  ///< where the frame begins
    std::size_t call;   ///< where the bytes of the call begin
    std::string message;
    bool oversized;
};

struct outcome {
    std::vector<told> events;
    http::websocket_error error = http::websocket_error::none;

    bool operator==(const outcome& other) const {
        return error == other.error &&
               std::ranges::equal(events, other.events, [](const told& a, const told& b) {
                   // How much is kept of an oversized message depends on when it came.
                   const bool same_text =
                       a.oversized ? a.message.starts_with(b.message) || b.message.starts_with(a.message)
                                   : a.message == b.message;
                   return a.kind == b.kind && a.end == b.end && a.oversized == b.oversized && same_text &&
                          std::max(a.frame, b.call) == std::max(b.frame, a.call);
               });
    }
};

outcome read(http::websocket_side side, const std::optional<http::deflate_settings>& deflate,
             std::string_view bytes, std::size_t longest) {
    std::size_t granted = 0;
    http::websocket_limits limits{most, [&](std::size_t more) {
                                      granted += more;
                                      return true;
                                  }};
    http::websocket_reader reader{side, deflate, std::move(limits)};
    outcome result;
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t begin) {
        std::size_t at = 0;
        while (at < piece.size() && result.error == http::websocket_error::none) {
            const auto step = reader.next(piece.substr(at));
            require(step.consumed <= piece.size() - at && step.frame <= step.consumed,
                    "a step stays within its bytes");
            require(reader.message().size() <= std::max(most, beginning), "a message is bounded");
            const auto call = begin + at;
            at += step.consumed;
            if (step.kind == event::error) {
                result.error = reader.error();
                require(result.error != http::websocket_error::none, "an error has a name");
                require(!http::describe(result.error).empty(), "an error has a sentence");
            } else if (step.kind == event::more) {
                require(at == piece.size(), "`more` has consumed all");
            } else {
                const bool message = step.kind == event::message;
                result.events.push_back({step.kind, begin + at, call + step.frame, call,
                                         message ? std::string{reader.message()} : std::string{},
                                         message && reader.oversized()});
                if (message) {
                    require(reader.message().size() <= granted + beginning,
                            "no byte is taken without a grant");
                }
            }
        }
    });
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto bytes = fuzz::text_of(data, size);
    const auto line = fuzz::take_line(bytes);
    const auto side = line.starts_with('c') ? http::websocket_side::client : http::websocket_side::server;
    const auto agreed = http::read_websocket_extensions(line.substr(std::min<std::size_t>(1, line.size())));
    require(agreed.client.has_value() == agreed.server.has_value(), "both directions are agreed on");
    const auto& deflate = side == http::websocket_side::client ? agreed.client : agreed.server;
    require(!deflate || (deflate->window_bits >= 8 && deflate->window_bits <= 15),
            "a window has 8 to 15 bits");
    fuzz::same_in_any_split(bytes, "frames and messages are the same in any split",
                            [&](std::size_t longest) { return read(side, deflate, bytes, longest); });
    return 0;
}
