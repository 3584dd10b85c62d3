#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/llm/socket.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::record {

/// `record.ack`: what the end of an answer waits for.
enum class ack_mode { bounded, wait, none };

using llm::socket_look;
using llm::socket_message;

/// Watches an answer, as it passes, for the event that tells the client that it is over.
class answer_watch {
public:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    virtual ~answer_watch() = default;

    /// Looks at the next bytes of the body as they are on the wire (content codings are undone on a copy).
    /// Returns the offset from which on they must be held, or npos. Done once it has returned an offset.
    virtual std::size_t feed(std::string_view bytes) = 0;
};

/// Where the relay hands over what it captured. Thread-safe; never blocks.
class recorder {
public:
    virtual ~recorder() = default;

    /// True when an exchange with this method and path may become a turn, so that its end must be held.
    virtual bool may_be_turn(std::string_view method, std::string_view path) const noexcept = 0;

    /// A watch for the answer of `running`, an event stream; null where its API has none. `running` must
    /// outlive it.
    virtual std::unique_ptr<answer_watch> watch_answer(capture::exchange& running) = 0;

    /// How messages on a WebSocket at `path` are to be read; null where what passes there is not recorded.
    virtual socket_look watch_socket(std::string_view /*path*/) const noexcept { return nullptr; }

    /// From so many bytes of a request's body on it pays to tell of it before its answer is there.
    static constexpr std::uint64_t worth_preparing_bytes = std::uint64_t{64} * 1024;

    /// The request of `running` is captured to its end: its work may begin. From now on until `finish` what
    /// belongs to the request must stay as it is; it may be read. Does nothing when called again.
    virtual void request_complete(capture::exchange& /*running*/) noexcept {}

    /// The exchange has ended (or its end was seen): it will be mapped, committed and settled in the ledger,
    /// and its waiter told. Takes ownership.
    virtual void finish(std::unique_ptr<capture::exchange> ended) = 0;

    /// Several at once, for one wake-up.
    virtual void finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) {
        for (auto& one : ended) {
            finish(std::move(one));
        }
    }

    /// The store cannot commit at present.
    virtual bool store_failing() const noexcept = 0;
};

}  // namespace tapes::record
