#include "session.hpp"

#include "forward.hpp"
#include "tls.hpp"
#include "transfer.hpp"
#include "write_all.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tapes::relay {

namespace {

/// The deadline of a wait that follows one which was just over when its deadline passed.
constexpr std::chrono::milliseconds second_expiry{1000};
/// The most memory that is kept for the next head while nothing of it is there.
constexpr std::size_t largest_idle_inbox = head_budget::free_bytes;
constexpr std::size_t most_idle_fields = 64;
constexpr std::string_view no_room = "too many heads of requests are under way";
constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::size_t linger_bytes = 64U << 20;

std::string describe_peer(const asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    return error ? std::string{"unknown"}
                 : (peer.address().is_v6() ? "[" + peer.address().to_string() + "]"
                                           : peer.address().to_string()) +
                       ":" + std::to_string(peer.port());
}

asio::ip::address reached_address(const asio::ip::tcp::socket& socket) {
    boost::system::error_code gone;
    return socket.local_endpoint(gone).address();
}

}  // namespace

session::session(io_thread& home, channel client)
    : watched{home.clock()},
      holder{home.heads()},
      home_{home},
      client_{std::move(client)},
      peer_{describe_peer(client_.socket())},
      reached_{reached_address(client_.socket())} {
    home_.parts().connections.add();
    client_.probe_when_idle();
}

session::~session() {
    home_.parts().connections.remove();
}

asio::awaitable<void> session::run(std::shared_ptr<session> self) {
    auto& parts = self->home_.parts();
    self->draining_ = parts.draining.load(std::memory_order_relaxed);
    if (parts.server_tls != nullptr) {
        self->set_deadline(parts.options.timeouts.request_head);
        if (!co_await self->client_.accept_tls(*parts.server_tls)) {
            self->client_.close();
            co_return;
        }
    }
    if (!parts.options.client_ca.empty()) {
        self->certificate_ = certificate_of(self->client_.tls());
    }
    if (parts.connections.get() > parts.options.max_connections) {
        co_await self->refuse(503, "too many connections");
        co_return;
    }
    self->set_deadline(parts.options.timeouts.request_head);
    while (true) {
        const auto read = co_await self->read_head();
        if (read == head_result::incomplete) {
            break;
        }
        if (read == head_result::refused && self->yielded_) {
            self->home_.warn_heads();
            co_await self->refuse(503, no_room);
            break;
        }
        if (read == head_result::refused) {
            const bool large = self->error_ == http::head_error::too_large;
            const int status = large ? 431 : 400;
            co_await self->refuse(status, http::describe(self->error_));
            break;
        }
        transfer serving{*self};
        self->current_ = &serving;
        const auto next = co_await serving.run();
        self->current_ = nullptr;
        self->served_ = true;
        static_cast<void>(self->carry(0));  // gives back, which never fails
        if (next == transfer::next_step::close_gently) {
            co_await self->linger();
        }
        if (next != transfer::next_step::keep_open || self->stop_.cut) {
            break;
        }
        self->clear_deadline();
    }
    self->client_.close();
}

session::head_result session::look_for_head() {
    std::size_t empty = 0;
    while (inbox_.compare(empty, 2, "\r\n") == 0) {
        empty += 2;  // RFC 9112 §2.2: an empty line before the request line is passed over
    }
    if (empty > 0) {
        inbox_.erase(0, empty);
        scanner_.reset();
    }
    const auto& limits = home_.parts().options.limits;
    head_size_ = scanner_.scan(inbox_, error_);
    if (head_size_ == 0 && error_ == http::head_error::none && inbox_.size() > limits.bytes) {
        error_ = http::head_error::too_large;
    }
    if (head_size_ > 0) {
        scanner_.reset();
        error_ = http::parse_request(head_bytes(), limits, head_);
    }
    if (error_ != http::head_error::none) {
        return head_result::refused;
    }
    if (head_size_ > 0 && home_.parts().callers.active()) {
        identify_caller();
    }
    return head_size_ > 0 ? head_result::ready : head_result::incomplete;
}

/// Puts a head without tokens in the place of the one that came: all that follows works with that.
void session::identify_caller() {
    std::string bare;
    bare.reserve(head_size_);
    caller_ = home_.parts().callers.identify(head_bytes(), head_, certificate_, bare);
    inbox_.replace(0, head_size_, bare);
    head_size_ = bare.size();
    error_ = http::parse_request(head_bytes(), home_.parts().options.limits, head_);
}

asio::awaitable<session::head_result> session::read_head() {
    const auto& timeouts = home_.parts().options.timeouts;
    bool begun = false;  // a head has its time from its first byte on, even if that belongs to an empty line
    while (true) {
        if (!inbox_.empty()) {
            const auto found = look_for_head();
            if (found != head_result::incomplete) {
                wait_for_rest(false);
                co_return found;
            }
            if (wait_or_refuse() == head_result::refused) {
                co_return head_result::refused;
            }
            if (!begun) {
                begun = true;
                set_deadline(timeouts.request_head);
            }
        } else if (draining_) {
            co_return head_result::incomplete;
        } else if (served_ && !begun) {
            if (head_.fields.capacity() > most_idle_fields) {
                std::vector<http::field>{}.swap(head_.fields);  // `= {}` would keep the memory
            }
            set_deadline(timeouts.keep_alive);
        }
        while (true) {
            const bool readable = co_await client_.wait(io::wait_readable);
            if (yielded_) {
                co_return head_result::refused;
            }
            if (!readable || stop_.any()) {
                co_return head_result::incomplete;
            }
            const auto got = client_.read(home_.scratch(), home_.scratch_size());
            if (got.status == io::ok) {
                store({home_.scratch(), got.bytes});
                break;
            }
            if (got.status != io::wait_readable) {
                co_return head_result::incomplete;
            }
        }
    }
}

/// Appends to the inbox, which grows by what has come and a little: thousands may be half full.
void session::store(std::string_view bytes) {
    const auto size = inbox_.size() + bytes.size();
    if (size > inbox_.capacity()) {
        std::string grown;
        grown.reserve(std::max(size, inbox_.size() + inbox_.size() / 4));
        grown.append(inbox_);
        inbox_.swap(grown);
    }
    inbox_.append(bytes);
}

/// Counts what has come of an unfinished head, which may be given up for others from now on.
session::head_result session::wait_or_refuse() {
    if (!hold_all()) {
        yield_head();
        return head_result::refused;
    }
    wait_for_rest(inbox_.capacity() > head_budget::free_bytes);
    return head_result::incomplete;
}

void session::yield_head() noexcept {
    yielded_ = true;
    std::string{}.swap(inbox_);
    client_.cancel();
}

void session::consume(std::size_t body_bytes) {
    inbox_.erase(0, head_size_ + body_bytes);
    head_size_ = 0;
    if (inbox_.capacity() > largest_idle_inbox && inbox_.capacity() / 2 > inbox_.size()) {
        std::string{inbox_}.swap(inbox_);
    }
    limit_rest();
}

void session::put_back(std::string_view next) {
    store(next);
    limit_rest();
}

/// Counts what has come of the next requests while one is under way; drops it where there is no room.
void session::limit_rest() {
    if (!hold_all() && !head_.upgrade) {
        std::string{}.swap(inbox_);
        draining_ = true;
    }
}

bool session::carry(std::size_t head_bytes) {
    carried_ = head_bytes > head_budget::free_bytes ? head_bytes * 2 : 0;
    return hold(carried_);  // the rest of the inbox is counted when the head has left it
}

asio::awaitable<bool> session::send(std::string_view bytes) {
    return write_all(client_, bytes, *this, home_.parts().options.timeouts.client_write, stop_);
}

asio::awaitable<void> session::refuse(int status, std::string_view message) {
    std::string answer;
    write_error(status, message, false, answer);
    std::string{}.swap(inbox_);
    static_cast<void>(hold_all());
    wait_for_rest(false);
    if (co_await send(answer)) {
        co_await linger();
    }
    client_.close();
}

/// Reads on before the close: with unread bytes it would reset the connection under the answer (RFC 9112
/// §9.6).
asio::awaitable<void> session::linger() {
    client_.shutdown_write();
    set_deadline(linger_time);
    std::size_t seen = 0;
    while (seen < linger_bytes && !stop_.any()) {
        const auto got = client_.read(home_.scratch(), home_.scratch_size());
        if (got.status == io::ok) {
            seen += got.bytes;
        } else if (got.status != io::wait_readable) {
            break;
        } else if (const bool readable = co_await client_.wait(io::wait_readable); !readable) {
            break;
        }
    }
}

void session::expired() {
    if (current_ != nullptr) {
        current_->expired();
        return;
    }
    stop_.timed_out = true;
    client_.cancel();
    set_deadline(second_expiry);
}

void session::drain() {
    draining_ = true;
    if (current_ != nullptr) {
        current_->drain();
    } else if (inbox_.empty()) {
        client_.cancel();
        stop_.cut = true;
    }
}

void session::cut() {
    stop_.cut = true;
    if (current_ != nullptr) {
        current_->cut();
    }
    client_.cancel();
}

}  // namespace tapes::relay
