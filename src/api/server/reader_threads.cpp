#include "server/reader_threads.hpp"

#include <tapes/text/interruptible.hpp>
#include <tapes/text/work_meter.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
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

reader_threads::reader_threads(const dispatcher& requests, const record_place& place,
                               const reader_options& options)
    : requests_{requests},
      options_{options},
      long_ones_{std::max<std::size_t>(options.threads, 2) - 1},
      io_{static_cast<int>(options.threads)} {
    for (std::size_t i = 0; i < options.threads; ++i) {
        give_back(std::make_unique<record>(place));
    }
    for (std::size_t i = 0; i < options.threads; ++i) {
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

reader_threads::answer_or_none reader_threads::answer_in_time(request&& received, record& from,
                                                              bool brief) const {
    const auto end = std::chrono::steady_clock::now() + (brief ? options_.brief_time : options_.timeout);
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
    if (ended != nullptr && brief && !stopping_) {
        return std::nullopt;
    }
    if (ended != nullptr) {
        // Whatever was answered then may lack what was not read.
        return stream_response{error_response(503, ended), nullptr};
    }
    return answered;
}

asio::awaitable<reader_threads::answer_or_none> reader_threads::answer(request received, bool brief) {
    auto from = take();
    auto answered = answer_in_time(std::move(received), *from, brief);
    give_back(std::move(from));
    co_return answered;
}

asio::awaitable<stream_response> reader_threads::respond(request received, bool brief) {
    if (brief) {
        auto first = asio::co_spawn(io_, answer(received, true), asio::use_awaitable);
        auto answered = co_await std::move(first);
        if (answered) {
            co_return *std::move(answered);
        }
    }
    lane::turn turn{long_ones_};
    auto entering = turn.enter();
    co_await std::move(entering);
    auto answering = asio::co_spawn(io_, answer(std::move(received), false), asio::use_awaitable);
    auto answered = co_await std::move(answering);
    co_return *std::move(answered);
}

asio::awaitable<std::string> reader_threads::piece_of(std::shared_ptr<long_body> body) {
    auto from = take();
    std::string piece;
    try {
        from->begin();
        body->read(*from, piece, long_body_piece);
    } catch (const std::exception& error) {
        spdlog::error("admin listener: an answer breaks off: {}", error.what());
        from->close();
        piece.clear();
    }
    give_back(std::move(from));
    co_return piece;
}

asio::awaitable<std::string> reader_threads::read_on(std::shared_ptr<long_body> body) {
    auto reading = asio::co_spawn(io_, piece_of(std::move(body)), asio::use_awaitable);
    auto piece = co_await std::move(reading);
    co_return piece;
}

void reader_threads::stop() {
    stopping_ = true;
    long_ones_.close();
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
