#include "upload.hpp"

#include "forward.hpp"
#include "session.hpp"
#include "write_all.hpp"

namespace tapes::relay {

bool upload::open(const route& destination, capture::exchange& running) {
    outgoing_.reserve(1024);
    write_upstream_head(client_.head(), destination, outgoing_);
    head_bytes_ = outgoing_.size();
    body_.emplace(client_.head().body, running.request_body);
    const auto here = client_.beyond_head();
    const auto used = body_->feed(here);
    outgoing_.append(here.substr(0, used));
    outgoing_whole_ = body_->over();
    client_.consume(used);
    return !body_->malformed();
}

bool upload::start(channel& upstream) {
    const auto put = upstream.write(outgoing_);
    sent_bytes_ = put.status == io::ok ? put.bytes : 0;
    state_ = sent_bytes_ == outgoing_.size() && body_->over() ? state::sent : state::running;
    return sent();
}

asio::awaitable<upload::outcome> upload::run(channel& upstream) {
    const auto rest = std::string_view{outgoing_}.substr(sent_bytes_);
    const bool good = co_await send(upstream, rest);
    if (!outgoing_whole_ && outgoing_.size() > head_bytes_) {
        outgoing_.resize(head_bytes_);
        outgoing_.shrink_to_fit();
    }
    auto result = good ? outcome::sent : outcome::interrupted;
    while (result == outcome::sent && !body_->over() && !stop_.any()) {
        result = co_await pass_body(upstream);
    }
    if (result == outcome::sent && (!body_->over() || stop_.any())) {
        result = outcome::interrupted;
    }
    state_ = result == outcome::sent ? state::sent : state::stopped;
    co_return result;
}

/// Reads once from the client and passes it on. `sent` says that the upload goes on.
asio::awaitable<upload::outcome> upload::pass_body(channel& upstream) {
    auto& home = client_.home();
    client_.set_deadline(home.parts().options.timeouts.between_bytes);
    const auto got = client_.client().read(home.scratch(), home.scratch_size());
    if (got.status == io::wait_readable || got.status == io::wait_writable) {
        const bool ready = co_await client_.client().wait(got.status);
        co_return ready && !stop_.any() ? outcome::sent : outcome::interrupted;
    }
    if (got.status != io::ok) {
        co_return outcome::client_gone;
    }
    const std::string_view bytes{home.scratch(), got.bytes};
    const auto used = body_->feed(bytes);
    if (body_->malformed()) {
        co_return outcome::malformed;
    }
    client_.put_back(bytes.substr(used));
    const auto body = bytes.substr(0, used);
    const bool good = co_await send(upstream, body);
    co_return good ? outcome::sent : outcome::interrupted;
}

/// False also where an answer may have come all the same: who reads the upstream finds out.
asio::awaitable<bool> upload::send(channel& upstream, std::string_view bytes) {
    return write_all(upstream, bytes, client_, client_.home().parts().options.timeouts.between_bytes, stop_);
}

bool upload::rewind(capture::body& captured) {
    if (outgoing_whole_) {
        return true;
    }
    if (body_->framing().kind != http::body_kind::length || !captured.complete()) {
        return false;  // chunks were captured undone, and might come otherwise
    }
    outgoing_.resize(head_bytes_);
    outgoing_.append(captured.view());
    outgoing_whole_ = request_over();
    return outgoing_.size() == head_bytes_ + body_->received();
}

}  // namespace tapes::relay
