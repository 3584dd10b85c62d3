#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace tapes::api {

/// A connection to the admin listener. It lives in the frame of its coroutine.
struct session {
    enum class state : unsigned char { head, body, answering };

    explicit session(boost::asio::ip::tcp::socket socket) : stream{std::move(socket)} {}

    boost::beast::tcp_stream stream;
    boost::beast::flat_buffer buffer;
    state now = state::head;
    std::uint64_t waiting_since = 0;  ///< position in the order in which connections began to wait for a head
    bool closed = false;              ///< to make room for another
};

/// The open connections, of which there are only so many. Who connects and says nothing is the first to
/// leave: where no place is left, the connection goes that waits longest for a head, else for a body. For the
/// server's thread.
class connections {
public:
    explicit connections(std::size_t most) : most_{most} {}

    /// Makes room for one more connection. Returns false where there is none.
    bool make_room();

    void add(session& opened) { open_.insert(&opened); }
    void remove(session& ended) { open_.erase(&ended); }
    /// The connection begins to wait for a head.
    void await_head(session& waiting);

    bool empty() const noexcept { return open_.empty(); }
    /// Closes those that are not being answered.
    void close_idle();
    /// Returns how many were closed to make room since the last call.
    std::size_t take_closed_count() noexcept { return std::exchange(closed_, 0); }

private:
    std::size_t count() const noexcept;
    static void close(session& one);

    const std::size_t most_;
    std::set<session*> open_;
    std::uint64_t waits_ = 0;
    std::size_t closed_ = 0;
};

}  // namespace tapes::api
