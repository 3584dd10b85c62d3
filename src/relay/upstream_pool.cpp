#include "upstream_pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tapes::relay {

namespace {

constexpr std::chrono::milliseconds unasked{100};
constexpr auto use_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

std::optional<channel> upstream_pool::take(const origin& to) {
    const auto found = idle_.find(to.name);
    if (found == idle_.end()) {
        return std::nullopt;
    }
    auto& stack = found->second;
    while (!stack.empty()) {
        auto newest = std::move(stack.back().stream);
        // One that was used a moment ago is not asked: a close in between is caught by the one retry.
        const bool fresh = clock_.now() - stack.back().since < unasked;
        stack.pop_back();
        if (fresh || newest.is_quiet()) {
            return newest;
        }
        newest.close();
    }
    return std::nullopt;
}

void upstream_pool::give(const origin& to, channel idle) {
    auto& stack = idle_[to.name];
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

asio::awaitable<std::optional<channel>> connector::connect(const origin& to, SSL_CTX& context) {
    const auto [unresolved, addresses] =
        co_await resolver_.async_resolve(to.host, std::to_string(to.port), use_result);
    if (unresolved || cancelled_) {
        failure_ = "cannot resolve " + to.host + ": " + unresolved.message();
        co_return std::nullopt;
    }
    for (const auto& address : addresses) {
        asio::ip::tcp::socket socket{resolver_.get_executor()};
        connecting_ = &socket;
        const auto [refused] = co_await socket.async_connect(address.endpoint(), use_result);
        connecting_ = nullptr;
        if (cancelled_) {
            break;
        }
        if (refused) {
            failure_ = "cannot connect to " + to.name + ": " + refused.message();
            continue;
        }
        std::optional<channel> made{std::in_place, std::move(socket)};
        if (to.tls) {
            shaking_ = &*made;
            const bool trusted = co_await made->connect_tls(context, to.host);
            shaking_ = nullptr;
            if (!trusted) {
                failure_ = "TLS to " + to.name + ": " + made->failure();
                co_return std::nullopt;
            }
        }
        co_return made;
    }
    co_return std::nullopt;
}

void connector::cancel() noexcept {
    cancelled_ = true;
    resolver_.cancel();
    if (connecting_ != nullptr) {
        boost::system::error_code ignored;
        connecting_->cancel(ignored);
    }
    if (shaking_ != nullptr) {
        shaking_->cancel();
    }
}

}  // namespace tapes::relay
