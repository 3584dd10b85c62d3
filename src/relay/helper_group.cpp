#include "helper_group.hpp"

#include "use_result.hpp"

#include <boost/asio/co_spawn.hpp>
#include <spdlog/spdlog.h>

namespace tapes::relay {

void helper_group::spawn(boost::asio::awaitable<void> helper) {
    ++count_;
    boost::asio::co_spawn(context_, std::move(helper), [this](const std::exception_ptr& error) {
        // Not called when the context is destroyed; in all other cases the group is still there.
        if (error) {
            spdlog::error("an exchange's helper ended by an unexpected error");
            failed_();
        }
        if (--count_ == 0) {
            ended_.cancel();
        }
    });
}

boost::asio::awaitable<void> helper_group::wait() {
    ended_.expires_at(boost::asio::steady_timer::time_point::max());
    co_await ended_.async_wait(use_result);
}

}  // namespace tapes::relay
