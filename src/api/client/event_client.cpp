#include "client/http_client.hpp"

#include <tapes/api/event_client.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <deque>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::chrono::seconds longest_beginning{10};
/// The largest event that is read; what is sent is far smaller.
constexpr std::size_t most_event_bytes = std::size_t{8} << 20;

/// Returns the value of a field of an event's line, or nothing.
std::optional<std::string_view> field_of(std::string_view line, std::string_view name) {
    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") {
        return std::nullopt;
    }
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(line.starts_with(' ') ? 1 : 0);
    return line;
}

}  // namespace

class event_client::impl {
public:
    impl(const admin_address& address, const std::string& query, const std::string& last_id) {
        const auto server = admin_server_of(address.url);
        parser_.body_limit(boost::none);
        try {
            begin(server, address.token, query, last_id);
        } catch (const boost::system::system_error& error) {
            throw std::runtime_error{"no answer from the admin listener at " + address.url + ": " +
                                     error.what()};
        }
    }

    std::optional<received_event> next(std::chrono::milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        while (events_.empty() && !ended_) {
            if (!reading_) {
                read();
            }
            io_.restart();
            if (io_.run_one_until(until) == 0) {
                break;
            }
        }
        if (events_.empty()) {
            return std::nullopt;
        }
        auto first = std::move(events_.front());
        events_.pop_front();
        return first;
    }
    bool ended() const noexcept { return ended_ && events_.empty(); }

private:
    void begin(const http_server& server, const std::string& token, const std::string& query,
               const std::string& last_id) {
        asio::ip::tcp::resolver resolver{io_};
        beast::http::request<beast::http::empty_body> wire;
        wire.method(beast::http::verb::get);
        wire.target(server.prefix + "/v1/events" + (query.empty() ? "" : "?" + query));
        wire.version(11);
        wire.set(beast::http::field::host, server.authority);
        wire.set(beast::http::field::accept, "text/event-stream");
        if (!token.empty()) {
            wire.set(beast::http::field::authorization, "Bearer " + token);
        }
        if (!last_id.empty()) {
            wire.set("Last-Event-ID", last_id);
        }
        stream_.expires_after(longest_beginning);
        finish([&](auto done) { stream_.async_connect(resolver.resolve(server.host, server.port), done); });
        finish([&](auto done) { beast::http::async_write(stream_, wire, done); });
        finish([&](auto done) { beast::http::async_read_header(stream_, buffer_, parser_, done); });
        if (parser_.get().result_int() != 200) {
            std::string body;
            while (!parser_.is_done() && body.size() < most_event_bytes) {
                give_room();
                finish([&](auto done) { beast::http::async_read_some(stream_, buffer_, parser_, done); });
                body.append(room_.data(), room_.size() - parser_.get().body().size);
            }
            throw std::runtime_error{problem_of(parser_.get().result_int(), body)};
        }
        stream_.expires_never();
    }

    /// Runs one operation to its end. Throws boost::system::system_error.
    template <class Begin>
    void finish(Begin&& begin) {
        error_code failed;
        begin([&failed](error_code error, const auto&) { failed = error; });
        io_.restart();
        io_.run();
        if (failed && failed != beast::http::error::need_buffer) {
            throw boost::system::system_error{failed};
        }
    }

    void give_room() {
        auto& body = parser_.get().body();
        body.data = room_.data();
        body.size = room_.size();
        body.more = true;
    }

    void read() {
        reading_ = true;
        give_room();
        beast::http::async_read_some(stream_, buffer_, parser_, [this](error_code failed, std::size_t) {
            reading_ = false;
            text_.append(room_.data(), room_.size() - parser_.get().body().size);
            ended_ = (failed && failed != beast::http::error::need_buffer) || parser_.is_done() ||
                     text_.size() > most_event_bytes;
            take_events();
        });
    }

    void take_events() {
        std::size_t from = 0;
        for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', from)) {
            take_line(std::string_view{text_}.substr(from, end - from));
            from = end + 1;
        }
        text_.erase(0, from);
    }

    void take_line(std::string_view line) {
        if (line.empty()) {
            if (!event_.data.empty()) {
                events_.push_back(std::move(event_));
            }
            event_ = {};
        } else if (const auto kind = field_of(line, "event")) {
            event_.kind = *kind;
        } else if (const auto id = field_of(line, "id")) {
            event_.id = *id;
        } else if (const auto data = field_of(line, "data")) {
            event_.data.append(*data);
        }
    }

    asio::io_context io_{1};
    beast::tcp_stream stream_{io_};
    beast::flat_buffer buffer_;
    beast::http::response_parser<beast::http::buffer_body> parser_;
    std::array<char, 65'536> room_{};
    std::string text_;
    received_event event_;
    std::deque<received_event> events_;
    bool reading_ = false;
    bool ended_ = false;
};

event_client::event_client(const admin_address& address, const std::string& query, const std::string& last_id)
    : impl_{std::make_unique<impl>(address, query, last_id)} {}
event_client::~event_client() = default;

std::optional<received_event> event_client::next(std::chrono::milliseconds time) {
    return impl_->next(time);
}

bool event_client::ended() const noexcept {
    return impl_->ended();
}

}  // namespace tapes::api
