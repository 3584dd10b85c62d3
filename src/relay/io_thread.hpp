#pragma once

#include "address_book.hpp"
#include "browser_guard.hpp"
#include "callers.hpp"
#include "connection_count.hpp"
#include "head_budget.hpp"
#include "io_lane.hpp"
#include "line_limit.hpp"
#include "router.hpp"
#include "upstream_pool.hpp"
#include "watchdog.hpp"

#include <tapes/capture/budget.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/relay/options.hpp>
#include <tapes/relay/server.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tapes::relay {

/// What all I/O threads share; outlives them. All members are immutable or thread-safe.
struct shared_parts {
    const relay::options& options;
    const relay::surroundings& surroundings;
    const router& routes;
    const browser_guard& guard;
    const caller_list& callers;
    SSL_CTX* client_tls = nullptr;  ///< towards upstreams
    SSL_CTX* server_tls = nullptr;  ///< of the listener; null: plain
    connection_count connections{};
    std::atomic<bool> draining{false};
};

/// One I/O thread: an io_context with the connections that live and die on it.
class io_thread {
public:
    /// `head_bytes` limits what its connections hold for heads of requests.
    io_thread(shared_parts& parts, std::size_t head_bytes);
    ~io_thread();
    io_thread(const io_thread&) = delete;
    io_thread& operator=(const io_thread&) = delete;

    void start();
    /// Takes a connection over. May be called on any thread.
    void adopt(asio::ip::tcp::socket socket);
    /// Drains, or cuts, all connections that live here. May be called on any thread.
    void drain();
    void cut();
    /// Ends the thread; what is still open is destroyed. Idempotent.
    void stop();

    /// Gives an exchange to the recorder, together with what else ends in this round of the event loop.
    void hand_over(std::unique_ptr<capture::exchange> ended);

    asio::io_context& context() noexcept { return context_; }
    const std::shared_ptr<io_lane>& lane() const noexcept { return lane_; }
    watchdog& clock() noexcept { return watchdog_; }
    upstream_pool& pool() noexcept { return pool_; }
    address_book& addresses() noexcept { return addresses_; }
    head_budget& heads() noexcept { return heads_; }
    shared_parts& parts() noexcept { return parts_; }

    /// Log upstreams that fail, addresses of theirs that are silent, tunnels (each path once), WebSockets
    /// that can no longer be followed, web pages that were refused and ends that were released before their
    /// commit, at most one line a second of each kind.
    void warn(std::string_view upstream, std::string_view failure);
    void warn_address(std::string_view upstream, std::string_view passed_over);
    void warn_tunnel(std::string_view path);
    void warn_socket(std::string_view path, std::string_view failure);
    void warn_heads();
    void warn_page(const browser_guard::refusal& refused);
    void warn_caller(std::string_view peer, std::string_view reason);
    void count_ack_timeout();

    /// A buffer for one read: what is in it may be overwritten at the next suspension.
    char* scratch() noexcept { return scratch_.data(); }
    std::size_t scratch_size() const noexcept { return scratch_.size(); }

private:
    void run();
    void tick();
    void flush();

    shared_parts& parts_;
    std::vector<std::unique_ptr<capture::exchange>> ended_;
    bool stopped_ = false;                                 ///< the thread has ended: nothing gathers any more
    watchdog watchdog_{std::chrono::steady_clock::now()};  ///< outlives the context, whose end destroys the
                                                           ///< sessions that still wait
    head_budget heads_;                                    ///< outlives it for the same reason
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    std::shared_ptr<io_lane> lane_ = std::make_shared<io_lane>(context_);
    upstream_pool pool_{watchdog_};
    address_book addresses_;
    asio::steady_timer tick_{context_};
    steady_time pool_swept_at_{};
    std::vector<char> scratch_ = std::vector<char>(64 * 1024);
    std::set<std::string, std::less<>> tunnel_paths_;
    line_limit failure_lines_;
    line_limit address_lines_;
    line_limit socket_lines_;
    line_limit head_lines_;
    line_limit page_lines_;
    line_limit caller_lines_;
    line_limit ack_lines_;
    std::thread thread_;
};

}  // namespace tapes::relay
