#include "connector.hpp"

#include "use_result.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <vector>

namespace tapes::relay {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The time that an address has before the next one is tried beside it (RFC 8305 §8: 250 ms, at least 10 ms).
constexpr milliseconds attempt_delay{250};
constexpr milliseconds least_delay{10};

std::string text_of(const asio::ip::tcp::endpoint& address) {
    const auto host = address.address().to_string();
    return (address.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(address.port());
}

}  // namespace

/// A look-up of a name. It is shared with the resolver's handler, as the system's look-up cannot be stopped
/// and may end after the connector is gone.
struct connector::look_up {
    explicit look_up(asio::io_context& context) : resolver{context}, arrived{context} {}

    asio::ip::tcp::resolver resolver;
    asio::steady_timer arrived;
    asio::ip::tcp::resolver::results_type addresses;
    boost::system::error_code failed;
    bool done = false;
};

asio::awaitable<endpoints> connector::resolve(const origin& upstream) {
    endpoints found;
    boost::system::error_code no_address;
    const auto literal = asio::ip::make_address(upstream.host, no_address);
    if (!no_address) {
        found.emplace_back(literal, upstream.port);
        co_return found;
    }
    const auto looked_up = std::make_shared<look_up>(context_);
    looked_up->resolver.async_resolve(upstream.host, std::to_string(upstream.port),
                                      [looked_up](const auto& failed, auto addresses) {
                                          looked_up->failed = failed;
                                          looked_up->addresses = std::move(addresses);
                                          looked_up->done = true;
                                          looked_up->arrived.cancel();
                                      });
    looking_up_ = looked_up.get();
    while (!looked_up->done && !cancelled_) {
        looked_up->arrived.expires_at(asio::steady_timer::time_point::max());
        co_await looked_up->arrived.async_wait(use_result);
    }
    looking_up_ = nullptr;
    if (!looked_up->done || looked_up->failed) {
        failure_ = "cannot resolve " + upstream.host + ": " +
                   (looked_up->done ? looked_up->failed.message() : std::string{"it took too long"});
        co_return found;
    }
    for (const auto& address : looked_up->addresses) {
        found.push_back(address.endpoint());
    }
    co_return found;
}

/// One address, and how far the attempt to reach it has come.
struct connector::attempt {
    enum class stage { connecting, shaking_hands, ready, failed };

    attempt(asio::io_context& context, asio::ip::tcp::endpoint to)
        : address{std::move(to)}, socket{context} {}
    bool pending() const noexcept { return now == stage::connecting || now == stage::shaking_hands; }

    asio::ip::tcp::endpoint address;
    asio::ip::tcp::socket socket;
    std::optional<channel> stream;
    stage now = stage::connecting;
    steady_clock::time_point since = steady_clock::now();
    std::string failure;
    bool of_tls = false;  ///< the failure
};

/// The attempts at all addresses. Shared with their coroutines, which end after the connector where they
/// lose.
struct connector::race {
    explicit race(asio::io_context& context) : changed{context} {}

    void move_on(attempt& one, attempt::stage to) {
        one.now = to;
        one.since = steady_clock::now();
        changed.cancel();
    }
    /// Ends what is still running. A stream is only closed: its handshake looks at it once more.
    void end() noexcept {
        over = true;
        for (const auto& one : attempts) {
            if (one->stream) {
                one->stream->close();
            } else {
                boost::system::error_code ignored;
                one->socket.close(ignored);
            }
        }
    }

    asio::steady_timer changed;
    std::vector<std::unique_ptr<attempt>> attempts;
    bool over = false;
};

asio::awaitable<void> connector::run(std::shared_ptr<race> all, std::size_t index, SSL_CTX* tls,
                                     std::string host) {
    auto& mine = *all->attempts[index];
    const auto [refused] = co_await mine.socket.async_connect(mine.address, use_result);
    if (all->over) {
        co_return;
    }
    if (refused) {
        mine.failure = refused.message();
        all->move_on(mine, attempt::stage::failed);
        co_return;
    }
    mine.stream.emplace(std::move(mine.socket));
    mine.stream->probe_when_idle();
    if (tls != nullptr) {
        all->move_on(mine, attempt::stage::shaking_hands);
        const bool trusted = co_await mine.stream->connect_tls(*tls, host);
        if (all->over) {
            co_return;
        }
        if (!trusted) {
            mine.failure = mine.stream->failure();
            mine.of_tls = true;
            all->move_on(mine, attempt::stage::failed);
            co_return;
        }
    }
    all->move_on(mine, attempt::stage::ready);
}

asio::awaitable<std::optional<channel>> connector::connect(const origin& upstream, SSL_CTX& context,
                                                           milliseconds time) {
    using stage = attempt::stage;
    const auto found = co_await resolve(upstream);
    const auto addresses = known_.in_order(upstream.name, found, steady_clock::now());
    const auto share = time / std::max<std::int64_t>(1, static_cast<std::int64_t>(addresses.size()));
    const auto delay = std::clamp(share, least_delay, attempt_delay);
    const auto all = std::make_shared<race>(context_);
    std::optional<channel> made;
    racing_ = all.get();
    while (!cancelled_) {
        const auto ready =
            std::ranges::find_if(all->attempts, [](const auto& one) { return one->now == stage::ready; });
        if (ready != all->attempts.end()) {
            note_passed_over(*all, static_cast<std::size_t>(ready - all->attempts.begin()));
            known_.remember(upstream.name, (*ready)->address, steady_clock::now());
            made = std::move((*ready)->stream);
            (*ready)->stream.reset();
            break;
        }
        const bool pending =
            std::ranges::any_of(all->attempts, [](const auto& one) { return one->pending(); });
        const bool more = all->attempts.size() < addresses.size();
        auto due = steady_clock::now();
        if (pending) {
            // One that has answered may need several round trips for its handshake, so it has its whole
            // share.
            const auto& last = *all->attempts.back();
            due = !more ? steady_clock::time_point::max()
                  : last.pending()
                      ? last.since + (last.now == stage::shaking_hands ? std::max(share, delay) : delay)
                      : due;
        } else if (!more) {
            note_failures(*all, upstream);
            break;
        }
        if (due <= steady_clock::now()) {
            const auto index = all->attempts.size();
            all->attempts.push_back(std::make_unique<attempt>(context_, addresses[index]));
            asio::co_spawn(context_, run(all, index, upstream.tls ? &context : nullptr, upstream.host),
                           [all, index](const std::exception_ptr& error) {
                               if (error) {
                                   all->move_on(*all->attempts[index], stage::failed);
                               }
                           });
            continue;
        }
        all->changed.expires_at(due);
        co_await all->changed.async_wait(use_result);
    }
    racing_ = nullptr;
    all->end();
    co_return made;
}

void connector::note_passed_over(const race& all, std::size_t winner) {
    for (std::size_t i = 0; i < winner; ++i) {
        const auto& one = *all.attempts[i];
        // One that refuses is nothing to warn of: "localhost" has two addresses, and most servers listen on
        // one.
        if (one.pending() || one.of_tls) {
            passed_over_ += (passed_over_.empty() ? "" : ", ") + text_of(one.address) + " (" +
                            (one.pending() ? std::string{"no answer"} : one.failure) + ")";
        }
    }
    if (!passed_over_.empty()) {
        passed_over_ +=
            "; " + text_of(all.attempts[winner]->address) + " is used, and tried first from now on";
    }
}

/// Keeps the failure that came farthest.
void connector::note_failures(const race& all, const origin& upstream) {
    for (const auto& one : all.attempts) {
        if (one->of_tls) {
            failure_ = "TLS to " + upstream.name + ": " + one->failure;
            return;
        }
        failure_ = "cannot connect to " + upstream.name + ": " + one->failure;
    }
}

void connector::cancel() noexcept {
    cancelled_ = true;
    if (looking_up_ != nullptr) {
        looking_up_->resolver.cancel();
        looking_up_->arrived.cancel();
    }
    if (racing_ != nullptr) {
        racing_->changed.cancel();
    }
}

}  // namespace tapes::relay
