#include "server/route_thread.hpp"

#include <tapes/text/work_meter.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <utility>

namespace tapes::api {

namespace asio = boost::asio;

namespace {

/// So many steps of a handler's work lie between two looks whether the server stops.
constexpr std::uint64_t look_interval = 4096;

}  // namespace

route_thread::route_thread(const dispatcher& requests)
    : requests_{requests}, thread_{[this] { io_.run(); }} {}

route_thread::~route_thread() {
    stop();
}

asio::awaitable<response> route_thread::answer(request received) {
    text::work_meter meter{look_interval, [this](std::uint64_t) { return !stopping_; }};
    const text::metered here{meter};
    auto answered = requests_.respond(std::move(received));
    co_return answered;
}

asio::awaitable<response> route_thread::respond(request received) {
    auto answering = asio::co_spawn(io_, answer(std::move(received)), asio::use_awaitable);
    auto answered = co_await std::move(answering);
    co_return answered;
}

void route_thread::stop() {
    if (thread_.joinable()) {
        stopping_ = true;
        io_.stop();
        thread_.join();
    }
}

}  // namespace tapes::api
