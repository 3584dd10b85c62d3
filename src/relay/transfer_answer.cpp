#include "transfer.hpp"
#include "wall_clock.hpp"

#include <tapes/text/ascii.hpp>

namespace tapes::relay {

/// Reads the upstream until the answer is over or fails. What may pass has passed then; the end is held in
/// `outgoing_`.
asio::awaitable<transfer::progress> transfer::receive_answer() {
    while (true) {
        set_answer_deadline();
        bool readable = false;
        // Either may have come while the client was waited for, and woken nobody.
        if (grace_ != grace_state::over && !must_stop()) {
            readable = co_await upstream_->wait(io::wait_readable);
        }
        if (grace_ == grace_state::over) {
            const auto now = co_await after_grace();
            if (now != progress::going) {
                co_return now;
            }
        }
        if (must_stop()) {
            co_return interrupted();
        }
        while (readable) {
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
            readable = upstream_->may_have_more(got.bytes, home_.scratch_size());
        }
    }
}

/// Sets the deadline for the next bytes of the answer, or begins the grace after an event that ends it.
void transfer::set_answer_deadline() {
    const auto& timeouts = parts_.options.timeouts;
    const bool ends =
        exchange_ && body_ &&
        (body_->end() == record::end_kind::strong || body_->held_end() != record::end_kind::none);
    if (ends && grace_ == grace_state::none) {
        begin_grace();
    } else if (!upload_.running()) {
        be_patient(answer_begun() ? timeouts.between_bytes : timeouts.first_byte);
    } else if (answer_begun()) {
        client_.set_deadline(timeouts.between_bytes);  // sending to the client has cleared the upload's
    }
}

/// True when the answer cannot be waited for any longer.
bool transfer::must_stop() const noexcept {
    return stop_.timed_out || stop_.cut || upload_.malformed() ||
           (client_gone() && (!upload_.request_over() || !reads_on()));
}

/// Notes why the answer cannot be waited for any longer.
transfer::progress transfer::interrupted() {
    ended_ = client_gone()     ? capture::end_reason::client_closed
             : stop_.cut       ? capture::end_reason::shutdown
             : stop_.timed_out ? capture::end_reason::timeout
                               : capture::end_reason::protocol_error;
    return progress::failed;
}

transfer::progress transfer::fail(capture::end_reason reason, std::string_view failure) {
    ended_ = reason;
    failure_ = failure;
    return progress::failed;
}

transfer::progress transfer::upstream_ended(io end) {
    if (body_ && end == io::end && body_->close()) {
        return progress::over;
    }
    return fail(capture::end_reason::upstream_closed,
                end == io::end ? "the connection was closed before the answer was complete"
                               : "the connection was reset");
}

asio::awaitable<transfer::progress> transfer::take(std::string_view bytes) {
    if (exchange_ && exchange_->first_byte_at == capture::timestamp{}) {
        exchange_->first_byte_at = wall_clock();
    }
    if (answer_begun()) {
        return take_body(bytes);
    }
    if (head_buffer_.empty()) {  // the usual case: the head lies whole in what was read
        return take_head(bytes);
    }
    head_buffer_.append(bytes);
    return take_split_head(std::exchange(head_buffer_, {}));
}

/// Takes a head that was read in several pieces, and what follows it.
asio::awaitable<transfer::progress> transfer::take_split_head(std::string bytes) {
    co_return co_await take_head(bytes);
}

/// Takes `bytes`, which begin with a head, whole or not. Passes informational heads (1xx) on before the final
/// one.
asio::awaitable<transfer::progress> transfer::take_head(std::string_view bytes) {
    std::string rest;  // what follows an informational head: `bytes` may be gone after the wait
    while (true) {
        std::size_t size = 0;
        if (const auto now = read_head(bytes, size); now != progress::over) {
            co_return now;
        }
        const bool informational = answer_.status < 200 && answer_.status != 101;
        if (!informational) {
            phase_ = phase::answering;
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
            const bool sent = co_await send_client(passed);
            if (!sent) {
                co_return interrupted();
            }
        }
        if (bytes.empty()) {
            co_return progress::going;
        }
    }
}

/// Reads the head that `bytes` begin with into `answer_`: over when it is whole, and `size` bytes long.
transfer::progress transfer::read_head(std::string_view bytes, std::size_t& size) {
    const auto& limits = parts_.options.limits;
    http::head_scanner scanner;
    auto error = http::head_error::none;
    size = scanner.scan(bytes, error);
    if (size == 0 && error == http::head_error::none) {
        if (bytes.size() <= limits.bytes) {
            head_buffer_.assign(bytes);
            return progress::going;
        }
        error = http::head_error::too_large;
    }
    if (error == http::head_error::none) {
        const bool to_head = exchange_->method == "HEAD";
        error = http::parse_response(bytes.substr(0, size), limits, to_head, answer_);
    }
    if (error != http::head_error::none) {
        return fail(capture::end_reason::protocol_error, http::describe(error));
    }
    if (answer_.status == 101 && !client_.head().upgrade) {  // RFC 9110 §7.8
        return fail(capture::end_reason::protocol_error, "the upstream switches protocols unasked");
    }
    return progress::over;
}

/// Decides how the body passes, once the final head is known.
void transfer::open_body() {
    upload_.forget();
    auto& made = *exchange_;
    const auto* const type = http::find_field(answer_.fields, "content-type");
    if (type != nullptr) {
        const auto media = type->value.substr(0, text::find_any(type->value, "; \t"));
        made.event_stream = http::is_stream_of_events(media) ||
                            (http::equal_names(media, "application/json") &&
                             parts_.surroundings.recorder.streams_array(made.method, made.path));
    }
    made.response_encoding = http::joined_values(answer_.fields, "content-encoding");
    const auto kind = answer_.body.kind;
    const bool dechunk = kind == http::body_kind::chunked && client_side_.minor_version == 0;
    if (dechunk || kind == http::body_kind::until_close || !upload_.request_over() || client_.draining()) {
        client_side_.keep_alive = false;
    }
    const bool successful = answer_.status / 100 == 2;
    const bool hold = kind != http::body_kind::none && successful && gate_.applies_to(made.method, made.path);
    const bool streams = made.event_stream && successful;
    if (streams) {
        watch_ = parts_.surroundings.recorder.watch_answer(made);
    }
    if (kind == http::body_kind::length) {
        made.response_body.expect(answer_.body.length);
    }
    body_.emplace(answer_.body, hold, watch_.get(), made.response_body);
    if (streams && upload_.request_over()) {
        tap_.open(made);
        body_->show(tap_);
    }
    outgoing_.open(answer_, client_side_, dechunk);
}

/// Notes when bytes of the body came.
void transfer::note_bytes(std::uint64_t received) {
    if (exchange_ && received > 0) {
        exchange_->last_byte_at = wall_clock();
        exchange_->response_times.add(steady_us(), received);
    }
}

asio::awaitable<transfer::progress> transfer::take_body(std::string_view bytes) {
    if (answer_.status == 101) {
        outgoing_.hold(bytes);
        co_return progress::over;
    }
    answer_body::verdict now;
    const bool nothing_sent = outgoing_.holds_all();
    const auto before = body_->received();
    const auto pass = outgoing_.take(bytes, *body_, now);
    note_bytes(body_->received() - before);
    if (now.broken && nothing_sent && exchange_ && exchange_->response_body.size() == 0) {
        body_.reset();
        outgoing_ = {};
        phase_ = phase::awaiting;  // nothing of it passes, so the client can still be told
        co_return fail(capture::end_reason::protocol_error, "the answer's chunked coding is malformed");
    }
    if (!pass.empty()) {
        const bool sent = co_await send_client(pass);
        outgoing_.sent();
        if (!sent) {
            co_return interrupted();
        }
    }
    if (now.broken) {
        co_return fail(capture::end_reason::protocol_error, "the answer's chunked coding is malformed");
    }
    if (now.over) {
        reusable_ = answer_.keep_alive && now.used == bytes.size();
        co_return progress::over;
    }
    co_return progress::going;
}

/// Sends to the client if it is there. False when the upstream is not to be read any further.
asio::awaitable<bool> transfer::send_client(std::string_view bytes) {
    rest_of_deadline_ = std::chrono::milliseconds{0};
    if (!client_gone()) {
        const bool sent = co_await client_.send(bytes);
        if (!sent && !stop_.timed_out && !stop_.cut) {
            note_client_gone();
        }
    }
    co_return !stop_.timed_out && !stop_.cut && (!client_gone() || reads_on());
}

}  // namespace tapes::relay
