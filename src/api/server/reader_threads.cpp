#include "server/reader_threads.hpp"

#include <tapes/text/work_meter.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <utility>

namespace tapes::api {

namespace asio = boost::asio;

namespace {

/// So many steps of a reader's work lie between two looks whether the server stops.
constexpr std::uint64_t reader_look_interval = 4096;

}  // namespace

reader_threads::reader_threads(const dispatcher& requests, const record_place& place, std::size_t count)
    : requests_{requests}, io_{static_cast<int>(count)} {
    for (std::size_t i = 0; i < count; ++i) {
        give_back(std::make_unique<record>(place));
    }
    for (std::size_t i = 0; i < count; ++i) {
        threads_.emplace_back([this] { io_.run(); });
    }
}

reader_threads::~reader_threads() {
    stop();
}

std::unique_ptr<record> reader_threads::take() {
    const sync::lock_guard guard{mutex_};
    auto taken = std::move(free_.back());
    free_.pop_back();
    return taken;
}

void reader_threads::give_back(std::unique_ptr<record> used) {
    const sync::lock_guard guard{mutex_};
    free_.push_back(std::move(used));
}

asio::awaitable<stream_response> reader_threads::answer(request received) {
    text::work_meter meter{reader_look_interval, [this](std::uint64_t) { return !stopping_; }};
    const text::metered here{meter};
    auto from = take();
    auto answered = requests_.respond(std::move(received), *from);
    give_back(std::move(from));
    co_return answered;
}

asio::awaitable<stream_response> reader_threads::respond(request received) {
    auto answering = asio::co_spawn(io_, answer(std::move(received)), asio::use_awaitable);
    auto answered = co_await std::move(answering);
    co_return answered;
}

void reader_threads::stop() {
    stopping_ = true;
    io_.stop();
    for (auto& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
    // Readers first: the last connection to a store removes its log.
    const sync::lock_guard guard{mutex_};
    free_.clear();
}

}  // namespace tapes::api
