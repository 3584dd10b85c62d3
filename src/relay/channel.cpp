#include "channel.hpp"

#include "use_result.hpp"

#include <boost/asio/ip/address.hpp>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace tapes::relay {

channel::channel(asio::ip::tcp::socket socket) : socket_{std::move(socket)} {
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

asio::awaitable<bool> channel::accept_tls(SSL_CTX& context) {
    ssl_.reset(SSL_new(&context));
    SSL_set_fd(ssl_.get(), socket_.native_handle());
    SSL_set_accept_state(ssl_.get());
    co_return co_await handshake();
}

asio::awaitable<bool> channel::connect_tls(SSL_CTX& context, const std::string& host) {
    ssl_.reset(SSL_new(&context));
    SSL_set_fd(ssl_.get(), socket_.native_handle());
    SSL_set_connect_state(ssl_.get());
    // RFC 9525: §2 takes names from subjectAltName alone, never from CN, §6.3 wildcards only as a whole
    // label.
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    boost::system::error_code not_address;
    asio::ip::make_address(host, not_address);
    if (not_address) {
        SSL_set_tlsext_host_name(ssl_.get(), const_cast<char*>(host.c_str()));  // SNI (RFC 6066 §3)
        SSL_set1_host(ssl_.get(), host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
    }
    co_return co_await handshake();
}

asio::awaitable<bool> channel::handshake() {
    while (true) {
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        if (done == 1) {
            co_return true;
        }
        const auto result = tls_result(done);
        if (result.status != io::wait_readable && result.status != io::wait_writable) {
            const auto verified = SSL_get_verify_result(ssl_.get());
            failure_ =
                verified != X509_V_OK ? X509_verify_cert_error_string(verified) : "TLS handshake failed";
            co_return false;
        }
        if (!co_await wait(result.status)) {
            co_return false;
        }
    }
}

io_result channel::tls_result(int returned) noexcept {
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {io::wait_readable, 0};
        case SSL_ERROR_WANT_WRITE:
            return {io::wait_writable, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {io::end, 0};
        case SSL_ERROR_SYSCALL:
            failed(errno, io::broken);
            ERR_clear_error();
            return {io::broken, 0};
        default:
            ERR_clear_error();
            return {io::broken, 0};
    }
}

/// Tells what a system call's error means to those who read or write.
io channel::failed(int error, io to_wait_for) noexcept {
    if (error == EAGAIN || error == EWOULDBLOCK) {
        return to_wait_for;
    }
    error_ = error_ == 0 ? error : error_;
    return io::broken;
}

io_result channel::read(char* into, std::size_t size) noexcept {
    if (ssl_) {
        std::size_t total = 0;
        while (total < size) {  // OpenSSL gives one record at a time: take all that is here
            ERR_clear_error();
            const int got = SSL_read(ssl_.get(), into + total,
                                     static_cast<int>(std::min<std::size_t>(size - total, 1 << 30)));
            if (got <= 0) {
                return total > 0 ? io_result{io::ok, total} : tls_result(got);
            }
            total += static_cast<std::size_t>(got);
        }
        return {io::ok, total};
    }
    while (true) {
        const auto got = ::recv(socket_.native_handle(), into, size, MSG_DONTWAIT);
        if (got > 0) {
            return {io::ok, static_cast<std::size_t>(got)};
        }
        if (got == 0) {
            peer_ended_ = peer_ended_ || error_ == 0;  // behind an error a read finds an end, too
            return {io::end, 0};
        }
        if (errno != EINTR) {
            return {failed(errno, io::wait_readable), 0};
        }
    }
}

io_result channel::write(std::string_view bytes) noexcept {
    if (ssl_) {
        ERR_clear_error();
        const int put = SSL_write(ssl_.get(), bytes.data(),
                                  static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 30)));
        return put > 0 ? io_result{io::ok, static_cast<std::size_t>(put)} : tls_result(put);
    }
    while (true) {
        const auto put =
            ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put >= 0) {
            written_ += static_cast<std::uint64_t>(put);
            return {io::ok, static_cast<std::size_t>(put)};
        }
        if (errno != EINTR) {
            return {failed(errno, io::wait_writable), 0};
        }
    }
}

asio::awaitable<bool> channel::wait(io direction) {
    if (direction == io::wait_readable && ssl_ && SSL_pending(ssl_.get()) > 0) {
        co_return true;  // the socket does not tell of bytes that are decrypted already
    }
    const auto readiness =
        direction == io::wait_writable ? asio::socket_base::wait_write : asio::socket_base::wait_read;
    const auto [error] = co_await socket_.async_wait(readiness, use_result);
    co_return !error;
}

asio::awaitable<bool> channel::wait_broken() {
    const auto [error] = co_await socket_.async_wait(asio::socket_base::wait_error, use_result);
    co_return !error;
}

bool channel::is_broken() noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    const bool told = ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size) == 0;
    error_ = error_ == 0 ? error : error_;
    return !told || error != 0;
}

bool channel::is_quiet() noexcept {
    if (ssl_ && SSL_pending(ssl_.get()) > 0) {
        return false;
    }
    char byte = 0;
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::uint64_t channel::written() const noexcept {
    return ssl_ ? BIO_number_written(SSL_get_wbio(ssl_.get())) : written_;
}

/// A FIN carries an acknowledgement of all that came before it. So where it is there and none of our bytes is
/// acknowledged, the peer had closed, or was closing, before they came; a system refuses what comes then with
/// a reset, and nobody reads it. A reset alone proves nothing: it tells the same of a peer that has read all
/// and then fails, or goes away with bytes unread, and its system may not yet have acknowledged what was
/// read.
channel::reading channel::reading_behind(std::uint64_t mark) noexcept {
    if (written() <= mark) {
        return reading::impossible;
    }
    if (written() - unacknowledged() > mark) {
        return reading::possible;
    }
    char byte = 0;
    if (const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_DONTWAIT | MSG_PEEK); got == 0) {
        peer_ended_ = peer_ended_ || error_ == 0;
    } else if (got > 0) {
        return reading::possible;
    } else {
        failed(errno, io::wait_readable);
    }
    is_broken();
    // EPIPE is Linux' word for a reset that comes behind a FIN, be it a write that meets it first.
    const bool ended = peer_ended_ || error_ == EPIPE;
    return error_ == 0 ? reading::undecided : ended ? reading::impossible : reading::possible;
}

void channel::probe_when_idle() noexcept {
    constexpr int on = 1;
    constexpr int idle_seconds = 15;
    constexpr int interval_seconds = 15;
    constexpr int unanswered = 12;
    const int file = socket_.native_handle();
    ::setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(file, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
    ::setsockopt(file, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
    ::setsockopt(file, IPPROTO_TCP, TCP_KEEPCNT, &unanswered, sizeof unanswered);
}

void channel::cancel() noexcept {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void channel::shutdown_write() noexcept {
    if (ssl_) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void channel::close() noexcept {
    if (ssl_ && socket_.is_open()) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
}

std::size_t channel::unacknowledged() noexcept {
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

void channel::abort() noexcept {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket_.close(ignored);
}

}  // namespace tapes::relay
