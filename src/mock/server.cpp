#include "replies.hpp"
#include "session.hpp"
#include "tapes/sync/mutex.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tapes::mock {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

std::uint64_t microseconds_since_epoch() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

tcp::endpoint endpoint_of(const options& settings) {
    const auto host = settings.host == "localhost" ? "127.0.0.1"
                      : settings.host.empty()      ? "0.0.0.0"
                                                   : settings.host;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) {
        throw std::invalid_argument{"cannot listen on " + host + ":" + std::to_string(settings.port) +
                                    ": the host is no IP address, and not localhost"};
    }
    return {address, settings.port};
}

}  // namespace

struct server::state {
    state(options given, answer_source* source) : settings{std::move(given)} {
        if (source != nullptr) {
            lookups.emplace(static_cast<std::size_t>(std::max(1, settings.threads)));
            answers.emplace(*source, *lookups);
        }
        for (int i = 0; i < std::max(1, settings.threads); ++i) {
            contexts.push_back(std::make_unique<asio::io_context>(1));
            guards.emplace_back(contexts.back()->get_executor());
        }
        const auto endpoint = endpoint_of(settings);
        try {
            acceptor.emplace(*contexts.front(), endpoint);
        } catch (const boost::system::system_error& error) {
            std::ostringstream text;
            text << "cannot listen on " << endpoint << ": " << error.code().message();
            throw std::runtime_error{text.str()};
        }
        address = acceptor->local_endpoint();
    }

    /// Hands connections to the threads in turn.
    asio::awaitable<void> accept() {
        for (std::size_t next = 0;; ++next) {
            auto& home = *contexts[next % contexts.size()];
            auto [error, socket] = co_await acceptor->async_accept(home, asio::as_tuple(asio::use_awaitable));
            if (error == asio::error::operation_aborted || !acceptor->is_open()) {
                co_return;
            }
            if (error) {  // out of descriptors: look again soon
                asio::steady_timer timer{*contexts.front(), std::chrono::milliseconds{10}};
                co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
                continue;
            }
            asio::co_spawn(
                home, serve(std::move(socket), {settings, counter, shelf, answers ? &*answers : nullptr}),
                [](std::exception_ptr) {});
        }
    }

    void start() {
        const sync::lock_guard guard{mutex};
        if (!threads.empty() || stopped) {
            return;
        }
        asio::co_spawn(*contexts.front(), accept(), [](std::exception_ptr) {});
        for (auto& context : contexts) {
            threads.emplace_back([&one = *context] { one.run(); });
        }
    }

    void stop() noexcept {
        const sync::lock_guard guard{mutex};
        stopped = true;
        for (auto& context : contexts) {
            context->stop();
        }
    }

    void join() {
        for (auto& thread : threads) {
            if (thread.joinable()) {
                thread.join();
            }
        }
    }

    options settings;
    /// Answers are numbered, and their ids made of that: those of one process are not those of another.
    const std::uint64_t first = microseconds_since_epoch();
    std::atomic<std::uint64_t> counter{first};
    answer_shelf shelf;
    tcp::endpoint address;
    sync::mutex mutex;
    bool stopped TAPES_GUARDED_BY(mutex) = false;
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
    std::optional<tcp::acceptor> acceptor;
    std::vector<std::thread> threads;
    std::optional<source_access> answers;
    std::optional<asio::thread_pool> lookups;  ///< ends first: what it runs uses all the rest
};

server::server(options settings) : state_{std::make_unique<state>(std::move(settings), nullptr)} {}
server::server(options settings, answer_source& answers)
    : state_{std::make_unique<state>(std::move(settings), &answers)} {}

server::~server() {
    stop();
    state_->join();
    if (state_->lookups) {
        state_->lookups->join();
    }
}

std::string server::url() const {
    return "http://127.0.0.1:" + std::to_string(port());
}
std::uint16_t server::port() const noexcept {
    return state_->address.port();
}
std::uint64_t server::requests() const noexcept {
    return state_->counter.load(std::memory_order_relaxed) - state_->first;
}
void server::start() {
    state_->start();
}

void server::run() {
    state_->start();
    state_->join();
}

void server::stop() noexcept {
    state_->stop();
}

namespace {

int run_server(const options& settings, answer_source* answers, const std::string& name) {
    try {
        std::optional<server> upstream;
        answers != nullptr ? upstream.emplace(settings, *answers) : upstream.emplace(settings);
        asio::io_context waiting{1};
        asio::signal_set signals{waiting, SIGINT, SIGTERM};
        signals.async_wait([](const boost::system::error_code&, int) {});
        upstream->start();
        std::printf("%s listening on %s\n", name.c_str(), upstream->url().c_str());
        std::fflush(stdout);
        waiting.run();
        return 0;
    } catch (const std::invalid_argument& wrong) {
        std::fprintf(stderr, "tapes: mock: %s\n", wrong.what());
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tapes: mock: %s\n", error.what());
        return 1;
    }
}

}  // namespace

int run(const options& settings) {
    return run_server(settings, nullptr, "mock upstream");
}

int run(const options& settings, answer_source& answers, const std::string& name) {
    return run_server(settings, &answers, name);
}

}  // namespace tapes::mock
