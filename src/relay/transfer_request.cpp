#include "acknowledgement.hpp"
#include "transfer.hpp"

#include <algorithm>

namespace tapes::relay {

asio::awaitable<bool> transfer::connect(bool may_reuse) {
    reused_ = false;
    if (may_reuse) {
        upstream_ = home_.pool().take(*where_.upstream);
        if (upstream_) {
            reused_ = true;
            co_return true;
        }
    }
    phase_ = phase::connect;
    ended_ = capture::end_reason::upstream_unreachable;
    client_.set_deadline(parts_.options.timeouts.connect);
    connector_.emplace(home_.context());
    upstream_ = co_await connector_->connect(*where_.upstream, *parts_.client_tls);
    client_.clear_deadline();
    failure_ = connector_->failure();
    connector_.reset();
    co_return upstream_.has_value();
}

/// Takes what came with the head. False when the body's framing is malformed.
bool transfer::take_request_body() {
    std::size_t used = 0;
    const auto here = client_.beyond_head();
    if (request_framing_.kind == http::body_kind::length) {
        exchange_->request_body.expect(request_framing_.length);
    }
    const bool good = feed_request(here, used);
    outgoing_.append(here.substr(0, used));
    outgoing_is_whole_ = request_over_;
    client_.consume(used);
    return good;
}

/// Follows the request's body through raw bytes and captures its data; `used` of them belong to it.
bool transfer::feed_request(std::string_view bytes, std::size_t& used) {
    used = 0;
    auto& copy = exchange_->request_body;
    switch (request_framing_.kind) {
        case http::body_kind::none:
        case http::body_kind::until_close:
            request_over_ = true;
            return true;
        case http::body_kind::length:
            used = static_cast<std::size_t>(std::min<std::uint64_t>(request_left_, bytes.size()));
            copy.append(bytes.substr(0, used));
            request_left_ -= used;
            request_over_ = request_left_ == 0;
            return true;
        case http::body_kind::chunked:
            break;
    }
    while (true) {
        const auto step = request_chunks_.next(bytes.substr(used));
        used += step.consumed;
        switch (step.what) {
            case http::chunked_scanner::event::data:
                copy.append(step.data);
                break;
            case http::chunked_scanner::event::last_chunk:
                break;
            case http::chunked_scanner::event::end:
                request_over_ = true;
                return true;
            case http::chunked_scanner::event::error:
                request_malformed_ = true;
                return false;
            case http::chunked_scanner::event::more:
                return true;
        }
    }
}

/// Sends what is at hand; what cannot be sent now, or has still to come, is left to a helper.
void transfer::send_request() {
    if (exchange_->forwarded_at == capture::timestamp{}) {
        exchange_->forwarded_at = wall_clock();
    }
    outgoing_sent_ = 0;
    request_sent_ = false;
    const auto put = upstream_->write(outgoing_);
    if (put.status == io::ok) {
        outgoing_sent_ = put.bytes;
    }
    if (outgoing_sent_ < outgoing_.size() || !request_over_) {
        uploading_ = true;
        spawn(upload(*this));
    } else {
        request_passed();
    }
}

/// The whole request has gone to the upstream: while that thinks, a worker may begin with a large one.
void transfer::request_passed() {
    request_sent_ = true;
    const bool refused = answer_begun_ && answer_.status / 100 != 2;
    if (exchange_ && !refused && exchange_->request_body.size() >= record::recorder::worth_preparing_bytes) {
        parts_.surroundings.recorder.request_complete(*exchange_);
    }
}

asio::awaitable<void> transfer::upload(transfer& self) {
    const auto rest = std::string_view{self.outgoing_}.substr(self.outgoing_sent_);
    bool good = co_await self.send_upstream(rest);
    if (!self.outgoing_is_whole_) {
        self.outgoing_.resize(self.outgoing_head_);
        self.outgoing_.shrink_to_fit();
    }
    while (good && !self.request_over_ && !self.stopping()) {
        good = co_await self.read_request_body();
    }
    self.uploading_ = false;
    if (self.request_over_ && !self.stopping()) {
        if (good) {
            self.request_passed();
        }
        self.be_patient(self.parts_.options.timeouts.first_byte);
    }
}

/// Reads once from the client and passes it on. False when the upload cannot go on.
asio::awaitable<bool> transfer::read_request_body() {
    client_.set_deadline(parts_.options.timeouts.between_bytes);
    const auto got = client_.client().read(home_.scratch(), home_.scratch_size());
    if (got.status == io::wait_readable || got.status == io::wait_writable) {
        if (stopping()) {
            co_return false;
        }
        const bool ready = co_await client_.client().wait(got.status);
        co_return ready && !stopping();
    }
    if (got.status != io::ok) {
        note_client_gone();
        upstream_->cancel();
        co_return false;
    }
    const std::string_view bytes{home_.scratch(), got.bytes};
    std::size_t used = 0;
    if (!feed_request(bytes, used)) {
        upstream_->cancel();
        co_return false;
    }
    client_.put_back(bytes.substr(used));
    const auto body = bytes.substr(0, used);
    co_return co_await send_upstream(body);
}

asio::awaitable<bool> transfer::send_upstream(std::string_view bytes) {
    auto put = upstream_->write(bytes);
    if (put.status == io::ok && put.bytes == bytes.size()) {
        co_return true;
    }
    std::string rest{bytes.substr(put.status == io::ok ? put.bytes : 0)};
    std::string_view left{rest};
    while (!left.empty()) {
        if (put.status == io::end || put.status == io::broken) {
            co_return false;  // an answer may have come all the same: the other direction finds out
        }
        client_.set_deadline(parts_.options.timeouts.between_bytes);
        if (stopping()) {
            co_return false;
        }
        const auto direction = put.status == io::ok ? io::wait_writable : put.status;
        const bool ready = co_await upstream_->wait(direction);
        if (!ready || stopping()) {
            co_return false;
        }
        put = upstream_->write(left);
        if (put.status == io::ok) {
            left.remove_prefix(put.bytes);
        }
    }
    co_return true;
}

/// For a second attempt: `outgoing_` is made whole again where that is possible.
bool transfer::whole_request_at_hand() {
    if (!request_over_ || !exchange_) {
        return false;
    }
    if (outgoing_is_whole_) {
        return true;
    }
    auto& body = exchange_->request_body;
    if (request_framing_.kind != http::body_kind::length || !body.complete()) {
        return false;
    }
    outgoing_.resize(outgoing_head_);
    outgoing_.append(body.view());
    outgoing_is_whole_ = outgoing_.size() == outgoing_head_ + request_framing_.length;
    return outgoing_is_whole_;
}

}  // namespace tapes::relay
