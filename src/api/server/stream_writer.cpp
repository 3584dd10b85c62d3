#include "server/stream_writer.hpp"

#include "server/wire_form.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// So much is pulled at a time.
constexpr std::size_t stream_room = 64 * std::size_t{1024};
/// What the system may hold for a client that is slow. It would let that grow to megabytes.
constexpr int send_buffer_bytes = 256 * 1024;

std::string chunk_head(std::size_t size) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16);
    return std::string{digits.data(), end.ptr} + "\r\n";
}

}  // namespace

/// What a stream's coroutine waits at. Only the server's thread holds it.
struct stream_writer::bell {
    explicit bell(asio::io_context& io) : timer{io} {}

    void ring() {
        rung = true;
        timer.cancel();
    }

    bool rung = false;
    bool gone = false;  ///< the client has left
    asio::steady_timer timer;
};

/// Leads from any thread to the server's, for as long as there is one.
struct stream_writer::door {
    explicit door(asio::io_context& server) : io{&server} {}

    /// `pending`: a post is under way.
    void knock(const std::weak_ptr<bell>& at, const std::shared_ptr<std::atomic<bool>>& pending) {
        if (pending->exchange(true)) {
            return;
        }
        const sync::lock_guard guard{mutex};
        if (io != nullptr) {
            asio::post(*io, [at, pending] {
                *pending = false;
                if (const auto there = at.lock()) {
                    there->ring();
                }
            });
        }
    }

    sync::mutex mutex;
    asio::io_context* io TAPES_GUARDED_BY(mutex);
};

/// A stream that is open, in the frame of its coroutine.
class stream_writer::place {
public:
    place(stream_writer& writer, std::unique_ptr<stream> body)
        : writer_{writer}, bell_{std::make_shared<bell>(writer.io_)}, body_{std::move(body)} {
        writer_.open_.insert(this);
    }
    ~place() { writer_.open_.erase(this); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    void start() {
        body_->start([door = writer_.door_, at = std::weak_ptr{bell_},
                      pending = std::make_shared<std::atomic<bool>>(false)] { door->knock(at, pending); });
        if (writer_.finishing_) {
            body_->finish();
        }
    }
    void finish() {
        body_->finish();
        bell_->ring();
    }
    /// Notices when the client leaves; what it sends is of no interest.
    void watch(boost::asio::ip::tcp::socket& socket) {
        socket.async_wait(asio::socket_base::wait_read,
                          [at = std::weak_ptr{bell_}, &socket](error_code failed) {
                              const auto here = at.lock();
                              if (!here) {
                                  return;
                              }
                              error_code unknown;
                              here->gone = failed || socket.available(unknown) == 0;
                              here->ring();
                          });
    }

    stream::state pull(std::string& out) {
        bell_->rung = false;
        out.clear();
        const auto next = body_->pull(out, stream_room);
        return next == stream::state::more && out.empty() ? stream::state::idle : next;
    }
    std::string trailer() { return body_->trailer(); }
    bool gone() const noexcept { return bell_->gone; }
    bool rung() const noexcept { return bell_->rung; }
    asio::steady_timer& timer() noexcept { return bell_->timer; }

private:
    stream_writer& writer_;
    std::shared_ptr<bell> bell_;
    std::unique_ptr<stream> body_;
};

stream_writer::stream_writer(asio::io_context& io, std::size_t most, std::chrono::milliseconds write_timeout)
    : io_{io}, most_{most}, write_timeout_{write_timeout}, door_{std::make_shared<door>(io)} {}

stream_writer::~stream_writer() {
    close();
}

void stream_writer::finish() {
    finishing_ = true;
    for (auto* const one : open_) {
        one->finish();
    }
}

void stream_writer::close() noexcept {
    const sync::lock_guard guard{door_->mutex};
    door_->io = nullptr;
}

asio::awaitable<void> stream_writer::write(session& to, response head, std::unique_ptr<stream> body,
                                           bool chunked) {
    place here{*this, std::move(body)};
    auto wire = stream_head(std::move(head), chunked);
    wire_head_serializer serializer{wire};
    error_code failed;
    to.stream.socket().set_option(asio::socket_base::send_buffer_size{send_buffer_bytes}, failed);
    failed = {};
    to.stream.expires_after(write_timeout_);
    co_await boost::beast::http::async_write_header(to.stream, serializer,
                                                    asio::redirect_error(asio::use_awaitable, failed));
    here.start();
    here.watch(to.stream.socket());
    std::string out;
    auto next = stream::state::more;
    while (!failed && !here.gone() && next != stream::state::ended && next != stream::state::broken) {
        next = here.pull(out);
        if (!out.empty()) {
            if (chunked) {
                out.insert(0, chunk_head(out.size())).append("\r\n");
            }
            failed = co_await write_all(to, out);
        }
        if (!failed && next == stream::state::idle && !here.rung() && !here.gone()) {
            to.stream.expires_never();
            here.timer().expires_at(asio::steady_timer::time_point::max());
            error_code rung;
            co_await here.timer().async_wait(asio::redirect_error(asio::use_awaitable, rung));
        }
    }
    if (failed == boost::beast::error::timeout) {
        spdlog::warn("admin listener: a reader of a stream takes nothing, and is disconnected");
    }
    if (!failed && chunked && next == stream::state::ended) {
        out = "0\r\n" + here.trailer() + "\r\n";
        failed = co_await write_all(to, out);
    }
}

/// A client that is slow, but goes on taking, has its time for each piece.
asio::awaitable<error_code> stream_writer::write_all(session& to, std::string_view bytes) const {
    error_code failed;
    while (!failed && !bytes.empty()) {
        to.stream.expires_after(write_timeout_);
        const std::size_t taken = co_await to.stream.async_write_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed));
        bytes.remove_prefix(taken);
    }
    co_return failed;
}

}  // namespace tapes::api
