#pragma once

#include "server/connections.hpp"

#include <tapes/api/route.hpp>
#include <tapes/api/stream.hpp>
#include <tapes/sync/mutex.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <string_view>

namespace tapes::api {

/// Writes answers that go on. For the server's thread, but for what it gives streams to be woken by.
class stream_writer {
public:
    /// `io` must outlive it, up to close(). At most `most` streams are open at a time.
    stream_writer(boost::asio::io_context& io, std::size_t most, std::chrono::milliseconds write_timeout);
    ~stream_writer();
    stream_writer(const stream_writer&) = delete;
    stream_writer& operator=(const stream_writer&) = delete;

    bool has_room() const noexcept { return open_.size() < most_; }

    /// Writes the head and then what the stream has, until it ends or the client does. The connection is
    /// then to be closed. `chunked`: the client speaks HTTP/1.1.
    boost::asio::awaitable<void> write(session& to, response head, std::unique_ptr<stream> body,
                                       bool chunked);

    /// Writes bytes, for as long as the client takes of them.
    boost::asio::awaitable<boost::system::error_code> write_all(session& to, std::string_view bytes) const;

    /// Has all streams finish, and those that begin from now on.
    void finish();
    /// Nothing wakes anybody from now on. For the end, when the server's thread has ended.
    void close() noexcept;

private:
    struct bell;
    struct door;
    class place;

    boost::asio::io_context& io_;
    const std::size_t most_;
    const std::chrono::milliseconds write_timeout_;
    bool finishing_ = false;
    std::shared_ptr<door> door_;
    std::set<place*> open_;
};

}  // namespace tapes::api
