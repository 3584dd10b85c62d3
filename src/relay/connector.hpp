#pragma once

#include "address_book.hpp"
#include "channel.hpp"
#include "origin.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace tapes::relay {

/// Reaches an origin: it resolves the name, connects and shakes hands. Where the name has several addresses,
/// one that is silent costs a share of the time and not all of it: the next one is tried beside it, and the
/// first that answers is taken (RFC 8305 §5). May be cancelled at any time. Lives on one I/O thread.
class connector {
public:
    /// Both must outlive this.
    connector(asio::io_context& context, address_book& known) : context_{context}, known_{known} {}

    /// Returns the connection, or nullopt: `failure()` then says why. Does not end by itself where nobody
    /// answers: `time` tells only when the caller will `cancel` it.
    asio::awaitable<std::optional<channel>> connect(const origin& upstream, SSL_CTX& context,
                                                    std::chrono::milliseconds time);
    void cancel() noexcept;
    const std::string& failure() const noexcept { return failure_; }
    /// Names the addresses that gave no answer before another one was taken; "" where there are none.
    const std::string& passed_over() const noexcept { return passed_over_; }

private:
    struct look_up;
    struct attempt;
    struct race;

    asio::awaitable<endpoints> resolve(const origin& upstream);
    static asio::awaitable<void> run(std::shared_ptr<race> all, std::size_t index, SSL_CTX* tls,
                                     std::string host);
    void note_passed_over(const race& all, std::size_t winner);
    void note_failures(const race& all, const origin& upstream);

    asio::io_context& context_;
    address_book& known_;
    look_up* looking_up_ = nullptr;
    race* racing_ = nullptr;
    bool cancelled_ = false;
    std::string failure_;
    std::string passed_over_;
};

}  // namespace tapes::relay
