#include "io_thread.hpp"
#include "router.hpp"
#include "tls.hpp"
#include "use_result.hpp"

#include <tapes/relay/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tapes::relay {

namespace {

/// The part of the record's budget that heads of requests may take beside it.
constexpr std::size_t head_part = 8;

unsigned thread_count(unsigned wanted) {
    return wanted > 0 ? wanted : std::clamp(std::thread::hardware_concurrency() / 2, 1U, 16U);
}

/// Returns the endpoint of the listener. Throws std::invalid_argument.
asio::ip::tcp::endpoint endpoint_of(const options& settings) {
    if (settings.host.empty()) {
        return {asio::ip::address_v6::any(), settings.port};
    }
    boost::system::error_code error;
    const auto address =
        asio::ip::make_address(settings.host == "localhost" ? "127.0.0.1" : settings.host, error);
    if (error) {
        throw std::invalid_argument("proxy.listen: the host \"" + settings.host + "\" is no IP address");
    }
    return {address, settings.port};
}

}  // namespace

class server::impl {
public:
    impl(relay::options options, relay::surroundings surroundings)
        : options_{std::move(options)},
          surroundings_{std::move(surroundings)},
          routes_{options_, &entrances_},
          guard_{options_},
          callers_{options_},
          client_tls_{make_client_context(options_.upstream_ca)},
          server_tls_{make_server_context(options_.tls_cert, options_.tls_key, options_.client_ca)},
          parts_{options_, surroundings_, routes_, guard_, callers_, client_tls_.get(), server_tls_.get()} {
        const auto threads = thread_count(options_.threads);
        for (unsigned i = 0; i < threads; ++i) {
            threads_.push_back(std::make_unique<io_thread>(parts_, head_bytes(threads)));
        }
        bind();
    }

    void start() {
        asio::co_spawn(threads_.front()->context(), accept_all(), [](const std::exception_ptr&) {});
        for (auto& thread : threads_) {
            thread->start();
        }
    }

    std::string url() const {
        const auto local = acceptor_->local_endpoint();
        auto host = local.address().is_unspecified() ? std::string{"127.0.0.1"} : local.address().to_string();
        if (host.find(':') != std::string::npos) {
            host = "[" + host + "]";
        }
        return (server_tls_ ? "https://" : "http://") + host + ":" + std::to_string(local.port());
    }

    void drain() {
        parts_.draining = true;
        asio::post(threads_.front()->context(), [this] {
            boost::system::error_code ignored;
            acceptor_->close(ignored);
        });
        for (auto& thread : threads_) {
            thread->drain();
        }
    }

    void cut() {
        for (auto& thread : threads_) {
            thread->cut();
        }
    }

    void stop() {
        if (!parts_.draining) {
            drain();
        }
        cut();
        parts_.connections.wait_none(std::chrono::seconds{5});
        for (auto& thread : threads_) {
            thread->stop();
        }
        acceptor_.reset();
        threads_.clear();
    }

    connection_count& connections() noexcept { return parts_.connections; }
    entrance_table& entrances() noexcept { return entrances_; }

private:
    /// An eighth of the budget for all threads, and room for some of the largest heads for each.
    std::size_t head_bytes(unsigned threads) const noexcept {
        return std::max<std::size_t>(surroundings_.budget.memory_limit() / head_part / threads,
                                     4 * (options_.limits.bytes + head_budget::free_bytes));
    }

    void bind() {
        const auto endpoint = endpoint_of(options_);
        acceptor_.emplace(threads_.front()->context());
        try {
            acceptor_->open(endpoint.protocol());
            acceptor_->set_option(asio::socket_base::reuse_address{true});
            if (endpoint.protocol() == asio::ip::tcp::v6()) {
                boost::system::error_code ignored;
                acceptor_->set_option(asio::ip::v6_only{false}, ignored);
            }
            acceptor_->bind(endpoint);
            acceptor_->listen(4096);
        } catch (const boost::system::system_error& error) {
            throw std::runtime_error("cannot listen on " + options_.host + ":" +
                                     std::to_string(options_.port) + ": " + error.code().message());
        }
    }

    asio::awaitable<void> accept_all() {
        std::size_t next = 0;
        asio::steady_timer pause{threads_.front()->context()};
        while (acceptor_->is_open()) {
            auto& thread = *threads_[next % threads_.size()];
            auto [error, socket] = co_await acceptor_->async_accept(thread.context(), use_result);
            if (!error) {
                ++next;
                thread.adopt(std::move(socket));
            } else if (error == asio::error::operation_aborted || parts_.draining) {
                break;
            } else if (error != asio::error::connection_aborted) {
                spdlog::error("cannot accept connections: {}", error.message());
                pause.expires_after(
                    std::chrono::milliseconds{100});  // descriptors come back when others close
                co_await pause.async_wait(use_result);
            }
        }
    }

    const options options_;
    const surroundings surroundings_;
    entrance_table entrances_;
    const router routes_;
    const browser_guard guard_;
    const caller_list callers_;
    const ssl_context client_tls_;
    const ssl_context server_tls_;
    shared_parts parts_;
    std::vector<std::unique_ptr<io_thread>> threads_;
    std::optional<asio::ip::tcp::acceptor> acceptor_;
};

server::server(relay::options options, relay::surroundings surroundings)
    : impl_{std::make_unique<impl>(std::move(options), std::move(surroundings))} {}
server::~server() {
    stop();
}
void server::start() {
    impl_->start();
}
std::string server::url() const {
    return impl_->url();
}
void server::drain() {
    impl_->drain();
}
std::string server::open_entrance(const entrance& wanted) {
    return impl_->entrances().open(wanted);
}
std::optional<entrance_figures> server::read_entrance(std::string_view id) const {
    return impl_->entrances().read(id);
}
std::optional<entrance_figures> server::close_entrance(std::string_view id) {
    return impl_->entrances().close(id);
}
std::size_t server::connections() const noexcept {
    return impl_->connections().get();
}
bool server::wait_idle(std::chrono::milliseconds limit) {
    return impl_->connections().wait_none(limit);
}
void server::cut() {
    impl_->cut();
}
void server::stop() {
    impl_->stop();
}

}  // namespace tapes::relay
