#include "io_thread.hpp"

#include "session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace tapes::relay {

io_thread::io_thread(shared_parts& parts, std::size_t head_bytes) : parts_{parts}, heads_{head_bytes} {}

io_thread::~io_thread() {
    stop();
}

void io_thread::start() {
    tick();
    thread_ = std::thread{[this] { run(); }};
}

/// An exception in one handler ends neither the other connections nor the process.
void io_thread::run() {
    for (bool over = false; !over;) {
        try {
            context_.run();
            over = true;
        } catch (const std::exception& failed) {
            spdlog::error("an I/O thread goes on after an unexpected error: {}", failed.what());
        }
    }
}

void io_thread::tick() {
    tick_.expires_after(watchdog::interval);
    tick_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        watchdog_.look(std::chrono::steady_clock::now());
        if (watchdog_.now() - pool_swept_at_ > std::chrono::seconds{10}) {
            pool_swept_at_ = watchdog_.now();
            pool_.close_idle(std::chrono::seconds{60});
        }
        tick();
    });
}

void io_thread::adopt(asio::ip::tcp::socket socket) {
    asio::post(context_, [this, socket = std::move(socket)]() mutable {
        auto made = std::make_shared<session>(*this, channel{std::move(socket)});
        asio::co_spawn(context_, session::run(std::move(made)), [](const std::exception_ptr& failed) {
            if (failed) {
                try {
                    std::rethrow_exception(failed);
                } catch (const std::exception& error) {
                    spdlog::error("a connection ended by an unexpected error: {}", error.what());
                }
            }
        });
    });
}

void io_thread::drain() {
    asio::post(context_, [this] {
        watchdog_.for_each([](watchdog::watched& one) { one.drain(); });
        pool_.close_idle(std::chrono::seconds{0});
    });
}

void io_thread::cut() {
    asio::post(context_, [this] { watchdog_.for_each([](watchdog::watched& one) { one.cut(); }); });
}

void io_thread::hand_over(std::unique_ptr<capture::exchange> ended) {
    ended_.push_back(std::move(ended));
    if (stopped_) {
        flush();
    } else if (ended_.size() == 1) {
        asio::post(context_, [this] { flush(); });
    }
}

void io_thread::flush() {
    if (!ended_.empty()) {
        parts_.surroundings.recorder.finish_all(std::exchange(ended_, {}));
    }
}

void io_thread::stop() {
    if (thread_.joinable()) {
        context_.stop();
        thread_.join();
    }
    stopped_ = true;
    flush();
    lane_->close();
}

void io_thread::warn(std::string_view upstream, std::string_view failure) {
    if (const auto failures = failure_lines_.count(watchdog_.now()); failures > 0) {
        spdlog::warn("upstream {}: {} (failures since the last such line: {})", upstream, failure, failures);
    }
}

void io_thread::warn_address(std::string_view upstream, std::string_view passed_over) {
    if (const auto times = address_lines_.count(watchdog_.now()); times > 0) {
        spdlog::warn("upstream {}: not every address answers: {} (times since the last such line: {})",
                     upstream, passed_over, times);
    }
}

void io_thread::warn_tunnel(std::string_view path) {
    if (tunnel_paths_.size() < 100 && tunnel_paths_.emplace(path).second) {
        spdlog::warn("{} became a tunnel (101): what passes there is relayed but not recorded", path);
    }
}

void io_thread::warn_socket(std::string_view path, std::string_view failure) {
    if (const auto sockets = socket_lines_.count(watchdog_.now()); sockets > 0) {
        spdlog::warn(
            "a WebSocket on {} is relayed but no longer recorded: {} (WebSockets since the last such line: "
            "{})",
            path, failure, sockets);
    }
}

void io_thread::warn_heads() {
    if (const auto heads = head_lines_.count(watchdog_.now()); heads > 0) {
        spdlog::warn(
            "heads of requests took more than an eighth of record.budget_bytes: connections got 503 "
            "(since the last such line: {})",
            heads);
    }
}

void io_thread::warn_page(const browser_guard::refusal& refused) {
    if (const auto pages = page_lines_.count(watchdog_.now()); pages > 0) {
        constexpr std::size_t longest_shown = 200;
        spdlog::warn("a web page's request was refused for its {} \"{}\": {} (since the last such line: {})",
                     refused.field, refused.value.substr(0, longest_shown), refused.message, pages);
    }
}

void io_thread::warn_caller(std::string_view peer, std::string_view reason) {
    if (const auto requests = caller_lines_.count(watchdog_.now()); requests > 0) {
        spdlog::warn("a request from {} was refused: {} (requests since the last such line: {})", peer,
                     reason, requests);
    }
}

void io_thread::count_ack_timeout() {
    if (parts_.surroundings.on_ack_timeout) {
        parts_.surroundings.on_ack_timeout();
    }
    if (const auto answers = ack_lines_.count(watchdog_.now()); answers > 0) {
        spdlog::warn("{} answers were released before their turn was committed (record.ack_timeout)",
                     answers);
    }
}

}  // namespace tapes::relay
