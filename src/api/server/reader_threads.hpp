#pragma once

#include "server/dispatcher.hpp"
#include "server/lane.hpp"

#include <tapes/api/record.hpp>
#include <tapes/api/route.hpp>
#include <tapes/sync/mutex.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tapes::api {

struct reader_options {
    std::size_t threads = 4;                 ///< of which long requests leave one to the brief ones
    std::chrono::milliseconds timeout{};     ///< a request that takes longer is ended, with 503
    std::chrono::milliseconds brief_time{};  ///< a brief one that takes longer begins again as a long one
};

/// The threads on which routes read the record, each with connections of its own: readers neither wait for
/// each other nor for what changes the store, nor brief requests for long ones.
class reader_threads {
public:
    /// `requests` must outlive it. The store is opened at the first request that reads it.
    reader_threads(const dispatcher& requests, const record_place& place, const reader_options& options);
    ~reader_threads();  ///< stop()
    reader_threads(const reader_threads&) = delete;
    reader_threads& operator=(const reader_threads&) = delete;

    /// Has a request answered there. For coroutines of the server's thread, which go on on that thread.
    boost::asio::awaitable<stream_response> respond(request received, bool brief);

    /// Reads on in a body; nothing where that is not possible.
    boost::asio::awaitable<std::string> read_on(std::shared_ptr<long_body> body);

    /// Waits for the handlers that run, and begins no other; they end where they count their work
    /// (text::count_work), and in the midst of a statement. What still waits for an answer is destroyed with
    /// this object: it must not outlive the server's io_context.
    void stop();

private:
    using answer_or_none = std::optional<stream_response>;

    /// Nothing where a brief one took too long.
    boost::asio::awaitable<answer_or_none> answer(request received, bool brief);
    answer_or_none answer_in_time(request&& received, record& from, bool brief) const;
    boost::asio::awaitable<std::string> piece_of(std::shared_ptr<long_body> body);
    std::unique_ptr<record> take();
    void give_back(std::unique_ptr<record> used);

    const dispatcher& requests_;
    const reader_options options_;
    lane long_ones_;
    std::atomic<bool> stopping_{false};
    sync::mutex mutex_;
    /// As many as there are threads, so that there always is one to take.
    std::vector<std::unique_ptr<record>> free_ TAPES_GUARDED_BY(mutex_);
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{io_.get_executor()};
    std::vector<std::thread> threads_;
};

}  // namespace tapes::api
