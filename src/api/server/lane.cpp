#include "server/lane.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tapes::api {

namespace asio = boost::asio;

asio::awaitable<void> lane::turn::enter() {
    if (queue_->free > 0) {
        --queue_->free;
        inside_ = true;
        co_return;
    }
    const auto executor = co_await asio::this_coro::executor;
    wait_ = std::make_unique<asio::steady_timer>(executor, asio::steady_timer::time_point::max());
    queue_->waiting.push_back(wait_.get());
    boost::system::error_code woken;
    co_await wait_->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    wait_.reset();
    inside_ = true;  // who left has handed over its place
}

lane::turn::~turn() {
    if (wait_ != nullptr) {
        std::erase(queue_->waiting, wait_.get());
    } else if (inside_ && queue_->waiting.empty()) {
        ++queue_->free;
    } else if (inside_ && !queue_->closed) {
        auto* const next = queue_->waiting.front();
        queue_->waiting.pop_front();
        next->cancel();
    }
}

}  // namespace tapes::api
