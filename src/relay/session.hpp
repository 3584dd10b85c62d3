#pragma once

#include "callers.hpp"
#include "channel.hpp"
#include "interruption.hpp"
#include "io_thread.hpp"
#include "watchdog.hpp"

#include <tapes/http/head.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace tapes::relay {

class transfer;

/// A client's connection: reads one request head after the other and lets a `transfer` serve each, in order.
/// Kept alive by its coroutine; lives on one I/O thread.
class session final : public watchdog::watched, private head_budget::holder {
public:
    session(io_thread& home, channel client);
    ~session();

    static asio::awaitable<void> run(std::shared_ptr<session> self);

    void expired() override;
    void drain() override;
    void cut() override;

    io_thread& home() noexcept { return home_; }
    channel& client() noexcept { return client_; }
    const http::request_head& head() const noexcept { return head_; }
    std::string_view head_bytes() const noexcept { return std::string_view{inbox_}.substr(0, head_size_); }
    const std::string& peer() const noexcept { return peer_; }
    /// The address of this machine that the client has connected to.
    const boost::asio::ip::address& reached() const noexcept { return reached_; }
    /// Who asks; where the relay is open to all, nobody in particular.
    const relay::caller& caller() const noexcept { return caller_; }
    bool draining() const noexcept { return draining_; }

    /// Returns what was read beyond the head: the beginning of the body, or of the next request. `consume`
    /// what belongs to the body.
    std::string_view beyond_head() const noexcept { return std::string_view{inbox_}.substr(head_size_); }
    /// Drops the head and `body_bytes` after it; views of the head are invalid from here on.
    void consume(std::size_t body_bytes);
    /// Gives back bytes that were read for a body but belong to the next request. Where there is no room for
    /// them they are dropped, and the connection ends with the answer (RFC 9112 §9.6).
    void put_back(std::string_view next);
    /// Tells that the exchange under way keeps its request's head, of so many bytes, and writes another of it
    /// for the upstream. False where there is no room for them.
    [[nodiscard]] bool carry(std::size_t head_bytes);

    /// Sends all of `bytes`; false when the client is gone. Suspends only if the client is slow; the caller's
    /// deadline is set meanwhile.
    asio::awaitable<bool> send(std::string_view bytes);

private:
    enum class head_result { ready, incomplete, refused };

    asio::awaitable<head_result> read_head();
    head_result look_for_head();
    head_result wait_or_refuse();
    void store(std::string_view bytes);
    bool hold_all() { return hold(inbox_.capacity() + carried_); }
    void limit_rest();
    void yield_head() noexcept override;
    void identify_caller();
    asio::awaitable<void> refuse(int status, std::string_view message);
    asio::awaitable<void> linger();

    io_thread& home_;
    channel client_;
    std::string peer_;
    boost::asio::ip::address reached_;
    certificate certificate_;
    relay::caller caller_;
    std::string inbox_;
    std::size_t carried_ = 0;  ///< the bytes of heads that the exchange under way holds
    bool yielded_ = false;     ///< its unfinished head was given up for others
    std::size_t head_size_ = 0;
    http::head_scanner scanner_;
    http::request_head head_;
    http::head_error error_ = http::head_error::none;
    transfer* current_ = nullptr;
    bool served_ = false;  ///< at least one request
    bool draining_ = false;
    interruption stop_;
};

}  // namespace tapes::relay
