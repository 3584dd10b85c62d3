#include "transfer.hpp"

#include "acknowledgement.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <array>

namespace tapes::relay {

namespace {

/// Header fields in which clients name their session: Codex, then the usual ones.
constexpr std::array<std::string_view, 3> session_fields{"session_id", "x-session-id",
                                                         "x-claude-code-session-id"};

std::string value_of(const std::vector<http::field>& fields, std::string_view name) {
    const auto* const found = http::find_field(fields, name);
    return found == nullptr ? std::string{} : std::string{found->value};
}

}  // namespace

capture::timestamp wall_clock() {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

transfer::transfer(session& client)
    : client_{client},
      home_{client.home()},
      parts_{home_.parts()},
      gate_{home_.context()},
      helpers_ended_{home_.context()} {}

transfer::~transfer() {
    if (ack_) {
        ack_->forget();
    }
    // Only where the coroutine was destroyed in mid-way.
    hand_over_all();
}

/// Where there is no memory even for that, the exchange is accounted for.
void transfer::hand_over_all() noexcept {
    try {
        end_socket(capture::end_reason::shutdown);
        seal(capture::end_reason::shutdown);
    } catch (...) {
        if (exchange_) {
            exchange_.reset();
            parts_.surroundings.ledger.settle(capture::drop_reason::over_budget);
        }
    }
}

asio::awaitable<transfer::next_step> transfer::run() {
    std::string why = "unknown";
    try {
        const auto next = co_await serve();
        co_return next;
    } catch (const std::exception& failed) {
        why = failed.what();
    }
    // Of ours, as memory that cannot be had. The helpers look at this: they end first.
    spdlog::error("an exchange was given up by an unexpected error: {}", why);
    cut_ = true;
    co_await end_helpers();
    hand_over_all();
    client_.client().abort();  // a proper close could look like the end of an answer
    co_return next_step::close;
}

asio::awaitable<transfer::next_step> transfer::serve() {
    if (const int refused = begin(); refused != 0) {
        seal(capture::end_reason::protocol_error);
        std::string answer;
        write_error(refused, refused == 405 ? "CONNECT is not supported" : "malformed request", false,
                    answer);
        const bool sent = co_await client_.send(answer);
        co_return sent ? next_step::close_gently : next_step::close;
    }
    auto outcome = co_await exchange_once();
    if (outcome == progress::failed && reused_ && exchange_ &&
        exchange_->first_byte_at == capture::timestamp{} && !timed_out_ && !cut_ && !client_gone_ &&
        whole_request_at_hand()) {
        // The pooled connection was closed before it answered: once more, on a new one (RFC 9110 §9.2.2
        // leaves this to those who know that nothing was answered).
        co_await end_helpers();
        outcome = co_await exchange_once();
    }
    if (outcome == progress::over && answer_.status == 101) {
        co_return co_await tunnel();
    }
    if (outcome == progress::failed && !answer_begun_) {
        co_return co_await answer_failure();
    }
    co_return co_await conclude();
}

/// Reads the request's head into the exchange. Returns 0, or the status to refuse with.
int transfer::begin() {
    const auto& head = client_.head();
    parts_.surroundings.ledger.accept();
    exchange_ = std::make_unique<capture::exchange>(parts_.surroundings.budget, parts_.surroundings.spill);
    auto& made = *exchange_;
    made.accepted_at = wall_clock();
    made.id = capture::make_uuid(made.accepted_at);
    made.peer = client_.peer();
    made.method = head.method;
    made.target = head.target;
    made.request_head = client_.head_bytes().substr(0, client_.head_bytes().size() - 2);
    made.project = parts_.options.project;
    made.provider = parts_.options.provider;
    is_head_ = head.method == "HEAD";
    may_switch_ = head.upgrade;
    client_side_ = {head.minor_version, head.keep_alive && !client_.draining()};
    request_framing_ = head.body;
    request_left_ = head.body.length;
    if (head.method == "CONNECT") {
        return 405;
    }
    if (!parts_.routes.find(head, where_)) {
        return 400;
    }
    made.path = where_.path;
    made.provider = where_.provider;
    made.agent_name = where_.agent_name;
    made.upstream = where_.upstream->name;
    made.request_encoding = http::joined_values(head.fields, "content-encoding");
    for (const auto name : session_fields) {
        if (made.session.empty()) {
            made.session = value_of(head.fields, name);
        }
    }
    outgoing_.reserve(1024);
    write_upstream_head(head, where_, outgoing_);
    outgoing_head_ = outgoing_.size();
    return take_request_body() ? 0 : 400;
}

asio::awaitable<transfer::progress> transfer::exchange_once() {
    const bool first = outgoing_sent_ == 0 && !reused_;
    if (!co_await connect(first)) {
        co_return progress::failed;
    }
    phase_ = phase::exchange;
    send_request();
    co_return co_await receive_answer();
}

/// No answer came from the upstream, so we give our own.
asio::awaitable<transfer::next_step> transfer::answer_failure() {
    co_await end_helpers();
    upstream_.reset();
    int status = 502;
    std::string_view why = "upstream request failed";
    if (client_gone_) {
        seal(capture::end_reason::client_closed);
        co_return next_step::close;
    }
    if (cut_) {
        status = 503;
        why = "shutting down";
        seal(capture::end_reason::shutdown);
    } else if (request_malformed_) {
        status = 400;
        why = "the request body's framing is malformed";
        seal(capture::end_reason::protocol_error);
    } else if (timed_out_) {
        status = phase_ == phase::exchange && !request_over_ ? 408 : 504;
        why = status == 408 ? "the request body did not come in time" : "upstream timed out";
        seal(capture::end_reason::timeout);
    } else {
        if (ended_ == capture::end_reason::protocol_error) {
            why = "failed to read upstream response";
        }
        home_.warn(where_.upstream->name, failure_);
        seal(ended_);
    }
    const bool go_on = client_side_.keep_alive && request_over_ && !cut_ && !client_.draining();
    std::string answer;
    write_error(status, why, go_on, answer);
    if (is_head_) {
        answer.resize(answer.find("\r\n\r\n") + 4);
    }
    if (!co_await client_.send(answer)) {
        co_return next_step::close;
    }
    co_return go_on ? next_step::keep_open : next_step::close_gently;
}

/// An answer came, wholly or in part, and has passed but for its held end.
asio::awaitable<transfer::next_step> transfer::conclude() {
    const bool whole_request = request_over_ && request_sent_;
    co_await end_helpers();
    seal(client_gone_   ? capture::end_reason::client_closed
         : answer_over_ ? capture::end_reason::complete
                        : ended_);
    co_await commit_and_release();
    if (answer_over_ && upstream_reusable_ && whole_request && upstream_) {
        home_.pool().give(*where_.upstream, std::move(*upstream_));
        upstream_.reset();
    }
    if ((!answer_over_ || end_withheld_) && !client_gone_) {
        co_await deliver_rest();
        client_.client().abort();  // a proper close could look like the end of an answer that was cut
        co_return next_step::close;
    }
    if (client_gone_ || cut_) {
        co_return next_step::close;
    }
    if (!whole_request) {
        co_return next_step::close_gently;
    }
    co_return client_side_.keep_alive ? next_step::keep_open : next_step::close_gently;
}

/// Gives what was sent the time to arrive: an abort drops what the client has not acknowledged.
asio::awaitable<void> transfer::deliver_rest() {
    constexpr std::chrono::milliseconds step{5};
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    while (client_.client().unacknowledged() > 0 && std::chrono::steady_clock::now() < until) {
        gate_.expires_after(step);
        co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void transfer::spawn(asio::awaitable<void> helper) {
    ++helpers_;
    asio::co_spawn(home_.context(), std::move(helper), [this](const std::exception_ptr& failed) {
        // Not run when the context is destroyed, and `this` waits for it otherwise.
        if (failed) {
            spdlog::error("an exchange's helper ended by an unexpected error");
            cut();  // nobody does its part any more
        }
        helper_ended();
    });
}

void transfer::helper_ended() {
    if (--helpers_ == 0) {
        helpers_ended_.cancel();
    }
}

/// Ends the coroutines beside the main one and waits until they are gone.
asio::awaitable<void> transfer::end_helpers() {
    ending_helpers_ = true;
    rest_of_deadline_ = std::chrono::milliseconds{0};  // or a deadline to come would start a helper instead
    while (helpers_ > 0) {
        gate_.cancel();
        client_.client().cancel();
        if (upstream_) {
            upstream_->cancel();
        }
        helpers_ended_.expires_at(steady_time::max());
        co_await helpers_ended_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    ending_helpers_ = false;
    watching_client_ = sealing_soon_ = false;
}

void transfer::be_patient(std::chrono::milliseconds wait) noexcept {
    constexpr std::chrono::milliseconds soon{1000};
    const bool unwatched = !watching_client_ && wait > soon;
    rest_of_deadline_ = unwatched ? wait - soon : std::chrono::milliseconds{0};
    client_.set_deadline(unwatched ? soon : wait);
}

void transfer::expired() {
    if (rest_of_deadline_.count() > 0) {
        // The first second has passed: from now on the client's leaving is watched, which costs a system
        // call.
        client_.set_deadline(std::exchange(rest_of_deadline_, std::chrono::milliseconds{0}));
        if (!watching_client_) {
            watching_client_ = true;
            spawn(watch_client(*this));
        }
        return;
    }
    timed_out_ = true;
    if (phase_ == phase::acknowledge) {
        gate_.cancel();
        return;
    }
    if (phase_ == phase::connect && connector_) {
        connector_->cancel();
    }
    if (upstream_) {
        upstream_->cancel();
    }
    client_.client().cancel();
    client_.set_deadline(std::chrono::seconds{1});  // again, for a wait that was just over
}

void transfer::drain() {
    if (phase_ == phase::tunnel && socket_idle() && upstream_) {
        upstream_->cancel();
    }
}

void transfer::cut() {
    cut_ = true;
    gate_.cancel();
    if (connector_) {
        connector_->cancel();
    }
    if (upstream_) {
        upstream_->cancel();
    }
}

}  // namespace tapes::relay
