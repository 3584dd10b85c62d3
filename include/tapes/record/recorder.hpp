#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/llm/socket.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::record {

/// Values of `record.ack`: whether the end of an answer waits for the commit of its turn, and if so, for a
/// bounded time.
enum class ack_mode { bounded, wait, none };

using llm::socket_look;
using llm::socket_message;

using llm::end_kind;
using llm::end_mark;

/// Watches an answer, as it passes, for the events that tell the client that it is over.
class answer_watch {
public:
    virtual ~answer_watch() = default;

    /// Looks at the next bytes of the body as they are on the wire; content codings are undone on a copy, so
    /// an end in coded bytes begins with them, see llm::end_watch.
    virtual end_mark feed(std::string_view bytes) = 0;
};

/// Takes what still comes of an answer whose exchange was handed over at its end event (design, guarantee 2).
/// It is added to that exchange, in the store, once the answer has ended. For the relay's thread.
class answer_rest {
public:
    virtual ~answer_rest() = default;

    /// Takes bytes that came `at_us` microseconds after the fixed point of exchange::response_times.
    virtual void append(std::string_view bytes, std::int64_t at_us) = 0;

    /// The answer has ended, and how. `received` counts all bytes of its body, from the first one on. To be
    /// called once.
    virtual void end(capture::end_reason ended, capture::timestamp last_byte_at,
                     std::uint64_t received) noexcept = 0;
};

/// Takes over what the relay has captured. Thread-safe; never blocks.
class recorder {
public:
    virtual ~recorder() = default;

    /// Tells whether an exchange with this method and path may become a turn, so that its end must be held.
    virtual bool may_be_turn(std::string_view method, std::string_view path) const noexcept = 0;

    /// Tells whether the answer to that request is an array whose elements come one after the other, though
    /// its Content-Type is JSON: it is watched like an event stream.
    virtual bool streams_array(std::string_view /*method*/, std::string_view /*path*/) const { return false; }

    /// Makes a watch for the answer of `running`, which is an event stream and must outlive the watch.
    /// Returns null where its API has no end event.
    virtual std::unique_ptr<answer_watch> watch_answer(capture::exchange& running) = 0;

    /// Returns the function that reads messages on a WebSocket at `path`, or null where those are not
    /// recorded.
    virtual socket_look watch_socket(std::string_view /*path*/) const noexcept { return nullptr; }

    /// The least size of a request's body for which it pays to call request_complete.
    static constexpr std::uint64_t worth_preparing_bytes = std::uint64_t{64} * 1024;

    /// Tells that the request of `running` is captured to its end, so that the work on it may begin. From now
    /// on until finish() what belongs to the request may be read but must not change. Does nothing when
    /// called again.
    virtual void request_complete(capture::exchange& /*running*/) noexcept {}

    /// Takes over an exchange that has ended, or whose end was seen. It will be mapped, committed and settled
    /// in the ledger, and its waiter told.
    virtual void finish(std::unique_ptr<capture::exchange> ended) = 0;

    /// Prepares for more of an answer to come when `ended` has been handed over, which is next. Null where
    /// that is of no use.
    virtual std::shared_ptr<answer_rest> expect_rest(capture::exchange& /*ended*/) { return nullptr; }

    /// Takes over several exchanges with one wake-up.
    virtual void finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) {
        for (auto& one : ended) {
            finish(std::move(one));
        }
    }

    /// Tells whether the store cannot commit at present.
    virtual bool store_failing() const noexcept = 0;
};

}  // namespace tapes::record
