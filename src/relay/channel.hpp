#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::relay {

namespace asio = boost::asio;

/// The outcome of a read or write that does not block.
enum class io : unsigned char {
    ok,
    wait_readable,
    wait_writable,
    end,     ///< the peer ended its stream properly (FIN; with TLS, close_notify)
    broken,  ///< reset, or a TLS stream cut without close_notify
};

struct io_result {
    io status = io::ok;
    std::size_t bytes = 0;
};

struct ssl_deleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
struct ssl_context_deleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ssl_context = std::unique_ptr<SSL_CTX, ssl_context_deleter>;

/// A connected TCP stream, plain or TLS, read and written without blocking: one tries, and waits only when
/// told to. Asio's and Beast's streams want a buffer for each pending read; here an idle stream needs none,
/// and its bytes are read where they lie. Lives on one I/O thread.
class channel {
public:
    explicit channel(asio::ip::tcp::socket socket);
    channel(channel&&) noexcept = default;
    channel& operator=(channel&&) noexcept = default;

    /// Performs the TLS handshake as the server or the client. False when it fails: `failure()` then says
    /// why.
    asio::awaitable<bool> accept_tls(SSL_CTX& context);
    asio::awaitable<bool> connect_tls(SSL_CTX& context, const std::string& host);
    const std::string& failure() const noexcept { return failure_; }

    io_result read(char* into, std::size_t size) noexcept;
    io_result write(std::string_view bytes) noexcept;

    /// Waits for what a read or write asked for. False when cancelled.
    asio::awaitable<bool> wait(io direction);

    /// Waits for a reset by the peer; returns false when cancelled.
    asio::awaitable<bool> wait_broken();

    /// After a read of `bytes` of `size`: false when a further read would find nothing.
    bool may_have_more(std::size_t bytes, std::size_t size) const noexcept {
        return ssl_ != nullptr || bytes == size;
    }

    /// True when the peer has reset the connection. A mere end of its stream is no reset.
    bool is_broken() noexcept;

    /// True when a pooled connection is still open and silent.
    bool is_quiet() noexcept;

    /// Returns how many bytes were handed to the system so far; with TLS those of its records.
    std::uint64_t written() const noexcept;

    /// Whether the peer can have read bytes that were written to a connection which it has closed since.
    enum class reading : unsigned char {
        impossible,  ///< it had closed before any of them came to its system, which has refused them
        possible,    ///< they have come, or that cannot be told
        undecided,   ///< its system has not said yet: ask again
    };
    /// Tells that for the bytes written behind the first `mark`. To be asked once a read has told the end.
    /// What decides is the order of the peer's end and its system's acknowledgement, as README's limits
    /// explain.
    reading reading_behind(std::uint64_t mark) noexcept;

    /// Has the system probe the peer every 15 s of silence. A peer that vanished without a word is found out
    /// after about three minutes. One that has closed answers with a reset once its system has forgotten the
    /// connection (Linux: 60 s, net.ipv4.tcp_fin_timeout); one that has only ended its own stream never does.
    void probe_when_idle() noexcept;

    /// Ends every wait of both directions.
    void cancel() noexcept;
    /// Ends our direction properly (with TLS, close_notify first); the other stays open.
    void shutdown_write() noexcept;
    void close() noexcept;
    /// Returns how many bytes were sent and have not arrived at the peer's system yet.
    std::size_t unacknowledged() noexcept;
    /// Closes with a reset, so that the peer cannot take what it got for the whole.
    void abort() noexcept;

    /// The TLS connection; null where the stream is plain.
    const SSL* tls() const noexcept { return ssl_.get(); }

    bool is_open() const noexcept { return socket_.is_open(); }
    asio::ip::tcp::socket& socket() noexcept { return socket_; }

private:
    asio::awaitable<bool> handshake();
    io_result tls_result(int returned) noexcept;
    io failed(int error, io to_wait_for) noexcept;

    asio::ip::tcp::socket socket_;
    std::unique_ptr<SSL, ssl_deleter> ssl_;
    std::string failure_;
    std::uint64_t written_ = 0;  ///< without TLS
    int error_ = 0;              ///< the first one of the socket that was seen
    bool peer_ended_ = false;    ///< its FIN was seen, before any error
};

}  // namespace tapes::relay
