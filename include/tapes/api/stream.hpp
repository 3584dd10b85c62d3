#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tapes::api {

/// The body of an answer that goes on for as long as there is something to tell, such as server-sent events.
/// The server pulls from it whenever the client has taken what came before, so nothing is buffered for a
/// client that is slow: what comes meanwhile waits in the stream, which must bound it, and end where it is
/// too much. A client that takes nothing for admin_options::write_timeout is disconnected.
///
/// All members are called on the server's thread. They must not wait: for locks that are held for long, for
/// the store, or for anything else. What reads the store for a stream does so on a thread of its own and
/// hands over what it found.
class stream {
public:
    enum class state : int {
        more = 1,    ///< pull again as soon as this is written
        idle = 2,    ///< pull again when `wake` was called
        ended = 3,   ///< what was just pulled was the last
        broken = 4,  ///< there is more, which cannot be told: the connection ends without an end of the body
    };

    virtual ~stream() = default;

    /// Called once, before the first pull. `wake` has the server pull again. It may be called from any
    /// thread, at any time until the destructor has returned, also where nothing is new; it never waits.
    virtual void start(std::function<void()> wake) = 0;

    /// Appends what there is to tell to `out`, at most about `room` bytes.
    virtual state pull(std::string& out, std::size_t room) = 0;

    /// The fields that follow on the body where the client speaks HTTP/1.1, each with its line's end
    /// (RFC 9110 §6.5); the head has announced them. Called once, when it has ended.
    virtual std::string trailer() { return {}; }

    /// The process is about to end: the stream tells so, as far as it wants to, and then ends. What is not
    /// pulled within two seconds is lost.
    virtual void finish() = 0;
};

}  // namespace tapes::api
