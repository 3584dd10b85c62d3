#include "upstream_pool.hpp"

#include "use_result.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <memory>

namespace tapes::relay {

std::optional<channel> upstream_pool::take(const origin& upstream) {
    const auto found = idle_.find(upstream.name);
    if (found == idle_.end()) {
        return std::nullopt;
    }
    auto& stack = found->second;
    while (!stack.empty()) {
        auto newest = std::move(stack.back().stream);
        stack.pop_back();
        // Also where it was used only just now: bytes that came after its last answer would be read as the
        // beginning of the next one.
        if (newest.is_quiet()) {
            return newest;
        }
        newest.close();
    }
    return std::nullopt;
}

void upstream_pool::give(const origin& upstream, channel idle) {
    auto& stack = idle_[upstream.name];
    if (stack.size() < max_idle) {
        stack.push_back({std::move(idle), clock_.now()});
    } else {
        idle.close();
    }
}

void upstream_pool::close_idle(std::chrono::seconds older_than) {
    const auto limit = clock_.now() - older_than;
    for (auto& [name, stack] : idle_) {
        const auto first_young = std::find_if(stack.begin(), stack.end(),
                                              [&](const idle_channel& one) { return one.since > limit; });
        for (auto old = stack.begin(); old != first_young; ++old) {
            old->stream.close();
        }
        stack.erase(stack.begin(), first_young);
    }
}

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

asio::awaitable<std::vector<asio::ip::tcp::endpoint>> connector::resolve(const origin& upstream) {
    std::vector<asio::ip::tcp::endpoint> found;
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

asio::awaitable<std::optional<channel>> connector::connect(const origin& upstream, SSL_CTX& context) {
    const auto addresses = co_await resolve(upstream);
    for (const auto& address : addresses) {
        if (cancelled_) {
            break;
        }
        asio::ip::tcp::socket socket{context_};
        connecting_ = &socket;
        const auto [refused] = co_await socket.async_connect(address, use_result);
        connecting_ = nullptr;
        if (cancelled_) {
            break;
        }
        if (refused) {
            failure_ = "cannot connect to " + upstream.name + ": " + refused.message();
            continue;
        }
        std::optional<channel> made{std::in_place, std::move(socket)};
        made->probe_when_idle();
        if (upstream.tls) {
            shaking_ = &*made;
            const bool trusted = co_await made->connect_tls(context, upstream.host);
            shaking_ = nullptr;
            if (!trusted) {
                failure_ = "TLS to " + upstream.name + ": " + made->failure();
                co_return std::nullopt;
            }
        }
        co_return made;
    }
    co_return std::nullopt;
}

void connector::cancel() noexcept {
    cancelled_ = true;
    if (looking_up_ != nullptr) {
        looking_up_->resolver.cancel();
        looking_up_->arrived.cancel();
    }
    if (connecting_ != nullptr) {
        boost::system::error_code ignored;
        connecting_->cancel(ignored);
    }
    if (shaking_ != nullptr) {
        shaking_->cancel();
    }
}

}  // namespace tapes::relay
