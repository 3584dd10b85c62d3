#include "acknowledgement.hpp"
#include "transfer.hpp"

#include <algorithm>

namespace tapes::relay {

/// Reads the upstream until the answer is over or fails. What may pass has passed then; the end is in
/// `held_`.
asio::awaitable<transfer::progress> transfer::receive_answer() {
    while (true) {
        const bool ending = exchange_ && body_ && body_->end_seen();
        if (ending && !sealing_soon_) {
            seal_soon();
        } else if (!uploading_) {
            be_patient(answer_begun_ ? parts_.options.timeouts.between_bytes
                                     : parts_.options.timeouts.first_byte);
        } else if (answer_begun_) {
            client_.set_deadline(
                parts_.options.timeouts.between_bytes);  // sending to the client has cleared the upload's
        }
        bool readable = false;
        if (!seal_now_ &&
            !must_stop()) {  // either may have come while the client was waited for, and woken nobody
            readable = co_await upstream_->wait(io::wait_readable);
        }
        if (seal_now_) {
            seal_now_ = false;
            co_await commit_and_release();
            if (client_gone_ || cut_) {
                co_return progress::failed;
            }
        }
        if (must_stop()) {
            co_return interrupted();
        }
        if (!readable) {
            continue;  // cancelled for one of the reasons above that lets it go on
        }
        while (true) {
            const auto got = upstream_->read(home_.scratch(), home_.scratch_size());
            if (got.status == io::wait_readable) {
                break;
            }
            if (got.status == io::wait_writable) {  // TLS renegotiates its keys
                co_await upstream_->wait(io::wait_writable);
                break;
            }
            if (got.status != io::ok) {
                co_return upstream_ended(got.status);
            }
            const std::string_view bytes{home_.scratch(), got.bytes};
            const auto now = co_await take(bytes);
            if (now != progress::going) {
                co_return now;
            }
            if (!upstream_->may_have_more(got.bytes, home_.scratch_size())) {
                break;  // that was all, most likely: waiting tells
            }
        }
    }
}

/// True when the answer cannot be waited for any longer.
bool transfer::must_stop() const noexcept {
    return timed_out_ || cut_ || request_malformed_ || (client_gone_ && (!request_over_ || !reads_on()));
}

/// Why it cannot.
transfer::progress transfer::interrupted() {
    ended_ = client_gone_ ? capture::end_reason::client_closed
             : cut_       ? capture::end_reason::shutdown
             : timed_out_ ? capture::end_reason::timeout
                          : capture::end_reason::protocol_error;
    return progress::failed;
}

transfer::progress transfer::upstream_ended(io how) {
    if (body_ && body_->ends_at_close() && how == io::end) {
        answer_over_ = true;
        return progress::over;
    }
    ended_ = capture::end_reason::upstream_closed;
    failure_ = how == io::end ? "the connection was closed before the answer was complete"
                              : "the connection was reset";
    return progress::failed;
}

asio::awaitable<transfer::progress> transfer::take(std::string_view bytes) {
    if (exchange_ && exchange_->first_byte_at == capture::timestamp{}) {
        exchange_->first_byte_at = wall_clock();
    }
    if (answer_begun_) {
        co_return co_await take_body(bytes);
    }
    if (head_buffer_.empty()) {  // the usual case: the head lies whole in what was read
        co_return co_await take_head(bytes);
    }
    head_buffer_.append(bytes);
    const std::string so_far{head_buffer_};
    co_return co_await take_head(so_far);
}

/// `bytes` begin with a head, whole or not; informational ones (1xx) are passed on before the final one.
asio::awaitable<transfer::progress> transfer::take_head(std::string_view bytes) {
    std::string rest;  // what follows an informational head: `bytes` may be gone after the wait
    while (true) {
        std::size_t size = 0;
        if (const auto now = read_head(bytes, size); now != progress::over) {
            co_return now;
        }
        const bool informational = answer_.status < 200 && answer_.status != 101;
        if (!informational) {
            answer_begun_ = true;
            head_buffer_.clear();
            exchange_->status = answer_.status;
            exchange_->response_head = bytes.substr(0, size - 2);
            open_body();
            const auto body = bytes.substr(size);
            co_return co_await take_body(body);
        }
        std::string passed;
        if (client_side_.minor_version > 0) {  // HTTP/1.0 knows no 1xx (RFC 9110 §15.2)
            write_client_head(answer_, client_side_, false, passed);
        }
        bytes.remove_prefix(size);
        if (rest.empty()) {
            rest.assign(bytes);
            bytes = rest;
        }
        if (!passed.empty()) {
            const bool sent = co_await to_client(passed);
            if (!sent) {
                co_return interrupted();
            }
        }
        if (bytes.empty()) {
            head_buffer_.clear();
            co_return progress::going;
        }
    }
}

/// Reads the head that `bytes` begin with into `answer_`: over when it is whole, and `size` bytes long.
transfer::progress transfer::read_head(std::string_view bytes, std::size_t& size) {
    http::head_scanner scanner;
    auto error = http::head_error::none;
    size = scanner.scan(bytes, error);
    if (size == 0 && error == http::head_error::none) {
        if (bytes.size() <= parts_.options.limits.bytes) {
            head_buffer_.assign(bytes);
            return progress::going;
        }
        error = http::head_error::too_large;
    }
    if (error == http::head_error::none) {
        error = http::parse_response(bytes.substr(0, size), parts_.options.limits, is_head_, answer_);
    }
    if (error != http::head_error::none) {
        ended_ = capture::end_reason::protocol_error;
        failure_ = http::describe(error);
        return progress::failed;
    }
    if (answer_.status == 101 && !may_switch_) {  // RFC 9110 §7.8
        ended_ = capture::end_reason::protocol_error;
        failure_ = "the upstream switches protocols unasked";
        return progress::failed;
    }
    return progress::over;
}

/// Decides how the body passes, once the final head is known.
void transfer::open_body() {
    outgoing_ = {};  // there is no second attempt any more
    auto& made = *exchange_;
    if (answer_.status == 101) {
        watch_socket();
    }
    const auto* const type = http::find_field(answer_.fields, "content-type");
    if (type != nullptr) {
        const auto media = type->value.substr(0, type->value.find_first_of("; \t"));
        made.event_stream =
            http::equal_names(media, "text/event-stream") || http::equal_names(media, "application/x-ndjson");
    }
    made.response_encoding = http::joined_values(answer_.fields, "content-encoding");
    const auto kind = answer_.body.kind;
    dechunk_ = kind == http::body_kind::chunked && client_side_.minor_version == 0;
    if (dechunk_ || kind == http::body_kind::until_close || !request_over_ || client_.draining()) {
        client_side_.keep_alive = false;
    }
    auto& recorder = parts_.surroundings.recorder;
    hold_ = kind != http::body_kind::none && answer_.status / 100 == 2 &&
            parts_.options.ack != record::ack_mode::none && recorder.may_be_turn(made.method, made.path);
    if (made.event_stream && answer_.status / 100 == 2) {
        watch_ = recorder.watch_answer(made);
    }
    if (kind == http::body_kind::length) {
        made.response_body.expect(answer_.body.length);
    }
    body_.emplace(answer_.body, hold_, watch_.get(), made.response_body);
    write_client_head(answer_, client_side_, dechunk_, to_send_);
}

asio::awaitable<transfer::progress> transfer::take_body(std::string_view bytes) {
    if (answer_.status == 101) {
        held_.assign(bytes);
        co_return progress::over;
    }
    undone_.clear();
    const auto now = body_->feed(bytes, dechunk_ ? &undone_ : nullptr);
    auto pass = bytes.substr(0, now.pass);
    auto hold = bytes.substr(now.pass, now.used - now.pass);
    if (dechunk_) {
        const bool all = now.pass == now.used;
        pass = all ? std::string_view{undone_} : std::string_view{};
        hold = all ? std::string_view{} : std::string_view{undone_};
    }
    if (!hold.empty() && pass.empty()) {
        held_.append(to_send_).append(hold);
        to_send_.clear();
    } else {
        if (!to_send_.empty()) {
            to_send_.append(pass);
            pass = to_send_;
        }
        held_.append(hold);  // before the wait: `bytes` are gone after it
        bool sent = true;
        if (!pass.empty()) {
            sent = co_await to_client(pass);
        }
        to_send_ = {};
        if (!sent) {
            co_return interrupted();
        }
    }
    if (now.broken) {
        ended_ = capture::end_reason::protocol_error;
        failure_ = "the answer's chunked coding is malformed";
        co_return progress::failed;
    }
    if (now.over) {
        answer_over_ = true;
        upstream_reusable_ = answer_.keep_alive && now.used == bytes.size();
        co_return progress::over;
    }
    co_return progress::going;
}

/// False when the client is gone and the upstream is not to be read to its end.
asio::awaitable<bool> transfer::to_client(std::string_view bytes) {
    rest_of_deadline_ = std::chrono::milliseconds{0};
    if (!client_gone_) {
        const bool sent = co_await client_.send(bytes);
        if (!sent && !timed_out_ && !cut_) {
            note_client_gone();
        }
    }
    co_return !timed_out_ && !cut_ && (!client_gone_ || reads_on());
}

void transfer::note_client_gone() noexcept {
    client_gone_ = true;
    left_early_ = hold_ || !(body_ && body_->end_seen());  // what is held has not passed
}

/// Sees a client's reset while nothing is sent to it. A mere end of its stream may be a half-close, and says
/// nothing; where it was a close, a probe is answered with a reset before long.
asio::awaitable<void> transfer::watch_client(transfer& self) {
    if (self.stopping()) {
        co_return;
    }
    const bool broken = co_await self.client_.client().wait_broken();
    if (broken && !self.stopping()) {
        self.note_client_gone();
        if (self.upstream_) {
            self.upstream_->cancel();
        }
    }
}

}  // namespace tapes::relay
