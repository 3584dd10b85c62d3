#pragma once

#include "server/dispatcher.hpp"

#include <tapes/api/route.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <thread>

namespace tapes::api {

/// The thread on which the handlers of routes run, one after the other: they may take long and wait for the
/// store, while the server's own thread goes on answering probes.
class route_thread {
public:
    /// `requests` must outlive it.
    explicit route_thread(const dispatcher& requests);
    ~route_thread();  ///< stop()
    route_thread(const route_thread&) = delete;
    route_thread& operator=(const route_thread&) = delete;

    /// Has a request answered there. For coroutines of the server's thread, which go on on that thread.
    boost::asio::awaitable<response> respond(request received);

    /// Waits for the handler that runs, and begins no other. What the handler does ends where it counts its
    /// work (text::count_work); for the store it waits as long as run_job() does. What still waits for an
    /// answer is destroyed with this object: it must not outlive the server's io_context.
    void stop();

private:
    boost::asio::awaitable<response> answer(request received);

    const dispatcher& requests_;
    std::atomic<bool> stopping_{false};
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{io_.get_executor()};
    std::thread thread_;
};

}  // namespace tapes::api
