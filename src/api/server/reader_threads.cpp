#include "server/reader_threads.hpp"

#include <tapes/text/interruptible.hpp>
#include <tapes/text/work_meter.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace tapes::api {

namespace asio = boost::asio;

namespace {

/// So many steps of a reader's work lie between two looks at the clock, and whether the server stops.
constexpr std::uint64_t reader_look_interval = 4096;

}  // namespace

reader_threads::reader_threads(const dispatcher& requests, const record_place& place, std::size_t count,
                               std::chrono::milliseconds timeout)
    : requests_{requests}, timeout_{timeout}, io_{static_cast<int>(count)} {
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

stream_response reader_threads::answer_in_time(request&& received, record& from) const {
    const auto end = std::chrono::steady_clock::now() + timeout_;
    const char* ended = nullptr;
    const std::function<bool()> goes_on = [&] {
        if (stopping_) {
            ended = "the process is about to end";
        } else if (ended == nullptr && std::chrono::steady_clock::now() >= end) {
            ended = "reading for this answer took too long: ask for less, a smaller limit or a shorter time";
        }
        return ended == nullptr;
    };
    text::work_meter meter{reader_look_interval, [&](std::uint64_t) { return goes_on(); }};
    const text::metered here{meter};
    const text::interruptible statements{goes_on};
    auto answered = requests_.respond(std::move(received), from);
    if (ended != nullptr) {
        // Whatever was answered then may lack what was not read.
        return {error_response(503, ended), nullptr};
    }
    return answered;
}

asio::awaitable<stream_response> reader_threads::answer(request received) {
    auto from = take();
    auto answered = answer_in_time(std::move(received), *from);
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
