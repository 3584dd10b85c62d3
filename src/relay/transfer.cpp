#include "transfer.hpp"

#include "wall_clock.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace tapes::relay {

namespace {

/// The header fields in which clients name their session: that of Codex, then the usual ones.
constexpr std::array<std::string_view, 3> session_fields{"session_id", "x-session-id",
                                                         "x-claude-code-session-id"};

std::string value_of(const std::vector<http::field>& fields, std::string_view name) {
    const auto* const found = http::find_field(fields, name);
    return found == nullptr ? std::string{} : std::string{found->value};
}

void shorten(std::string& text, std::size_t most) {
    if (text.size() > most) {
        text = text.substr(0, most);
    }
}

}  // namespace

transfer::transfer(session& client)
    : client_{client},
      home_{client.home()},
      parts_{home_.parts()},
      tap_{parts_.surroundings.in_flight},
      gate_{home_},
      helpers_{home_.context(), [this] { cut(); }} {}

transfer::~transfer() {
    hand_over_all();  // there is something only where the coroutine was destroyed in mid-way
}

/// Hands over what is left. Where there is no memory even for that, the ledger still accounts for it.
void transfer::hand_over_all() noexcept {
    try {
        if (tunnel_) {
            tunnel_->hand_over(capture::end_reason::shutdown);
        }
        seal(capture::end_reason::shutdown);
        end_rest(capture::end_reason::shutdown);
    } catch (...) {
        if (tunnel_ && !exchange_) {
            exchange_ = tunnel_->take_handshake();
        }
        if (exchange_ && exchange_->begun) {
            const auto begun = std::exchange(exchange_->begun, nullptr);
            begun->conclude(std::move(exchange_));
        } else if (exchange_) {
            exchange_.reset();
            parts_.surroundings.ledger.settle(capture::drop_reason::over_budget);
        }
    }
}

asio::awaitable<transfer::next_step> transfer::run() {
    std::string reason = "unknown";
    try {
        const auto next = co_await serve();
        co_return next;
    } catch (const std::exception& failed) {
        reason = failed.what();
    }
    // No peer's doing: memory that cannot be had, for instance. The helpers look at `stop_`, so they end
    // first.
    spdlog::error("an exchange was given up by an unexpected error: {}", reason);
    stop_.cut = true;
    co_await end_helpers();
    hand_over_all();
    client_.client().abort();  // a proper close could look like the end of an answer
    co_return next_step::close;
}

asio::awaitable<transfer::next_step> transfer::serve() {
    if (const auto refused = begin()) {
        const bool to_head = exchange_->method == "HEAD";
        seal(capture::end_reason::protocol_error);
        const auto answer = own_answer(*refused, false, to_head);
        const bool sent = co_await client_.send(answer);
        co_return sent ? next_step::close_gently : next_step::close;
    }
    auto outcome = co_await exchange_once(true);
    if (outcome == progress::failed) {
        const bool again = co_await may_try_again();
        if (again) {
            outcome = co_await exchange_once(false);
        }
    }
    if (outcome == progress::over && answer_.status == 101) {
        co_return co_await become_tunnel();
    }
    if (outcome == progress::failed && !answer_begun()) {
        co_return co_await answer_failure();
    }
    co_return co_await conclude();
}

/// Nothing but the configuration makes such a request right: 404, which clients do not try again.
transfer::refusal transfer::unnamed_upstream(std::string_view provider) {
    if (provider == "anthropic") {
        return {404, "no upstream is named for anthropic: set proxy.anthropic_upstream or proxy.upstream"};
    }
    if (provider == "gemini") {
        return {404, "no upstream is named for gemini: set proxy.gemini_upstream or proxy.upstream"};
    }
    if (provider == "ollama") {
        return {404, "no upstream is named for ollama: set proxy.ollama_upstream or proxy.upstream"};
    }
    return {404, "no upstream is named for openai: set proxy.openai_upstream or proxy.upstream"};
}

/// Reads the request's head into the exchange. Returns the answer where the request is refused.
std::optional<transfer::refusal> transfer::begin() {
    constexpr refusal malformed{400, "malformed request"};
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
    if (parts_.options.provider != auto_provider) {
        made.provider = parts_.options.provider;
    }
    client_side_ = {head.minor_version, head.keep_alive && !client_.draining()};
    const auto& asks = client_.caller();
    made.caller = asks.name;
    if (!asks.refusal.empty()) {
        parts_.routes.find(head, route_);
        made.path = route_.path;
        made.unauthorized = true;
        // It waits for a worker, and who sends it may send many: what is kept of it is shorter still.
        for (auto* const text : {&made.path, &made.target, &made.request_head}) {
            shorten(*text, head_budget::free_bytes);
        }
        home_.warn_caller(made.peer, asks.reason);
        return refusal{401, asks.refusal};
    }
    if (head.method == "CONNECT") {
        return refusal{405, "CONNECT is not supported"};
    }
    if (!parts_.routes.find(head, route_)) {
        return malformed;
    }
    made.path = route_.path;
    made.provider = route_.provider;
    made.agent_name = route_.agent_name;
    if (route_.entrance != nullptr) {
        made.project = route_.entrance->project;
        made.count_in(route_.entrance->figures);
    }
    if (route_.upstream == nullptr) {
        return route_.entrance ? refusal{404, "this entrance has no such upstream"}
                               : unnamed_upstream(route_.provider);
    }
    made.upstream = route_.upstream->name;
    made.request_encoding = http::joined_values(head.fields, "content-encoding");
    for (const auto name : session_fields) {
        if (made.session.empty()) {
            made.session = value_of(head.fields, name);
        }
    }
    if (const auto page = parts_.guard.check(head, client_.reached())) {
        home_.warn_page(page);
        return refusal{403, page.message};
    }
    if (!client_.carry(made.request_head.size())) {
        home_.warn_heads();
        return refusal{503, "too many heads of requests are under way"};
    }
    charge_head();
    if (!upload_.open(route_, made)) {
        return malformed;
    }
    return std::nullopt;
}

/// Charges a large head to the record's budget: the exchange has it until it is committed, and may wait long
/// for that. Where it cannot be paid for, the exchange is relayed and not recorded.
void transfer::charge_head() {
    auto& head = exchange_->request_head;
    if (head.size() > head_budget::free_bytes && !exchange_->hold(head.size())) {
        std::string{}.swap(head);
        exchange_->request_body.abandon();
    }
}

asio::awaitable<transfer::progress> transfer::exchange_once(bool may_reuse) {
    if (may_reuse) {
        upstream_ = home_.pool().take(*route_.upstream);
    }
    reused_ = may_reuse && upstream_.has_value();
    if (!reused_) {
        const bool connected = co_await connect();
        if (!connected) {
            co_return progress::failed;
        }
    }
    exchange_->connected_at = wall_clock();
    exchange_->sent_at = {};
    send_request();
    co_return co_await receive_answer();
}

asio::awaitable<bool> transfer::connect() {
    phase_ = phase::connecting;
    ended_ = capture::end_reason::upstream_unreachable;
    client_.set_deadline(parts_.options.timeouts.connect);
    const auto time = parts_.options.timeouts.connect;
    connector_.emplace(home_.context(), home_.addresses());
    upstream_ = co_await connector_->connect(*route_.upstream, *parts_.client_tls, time);
    client_.clear_deadline();
    failure_ = connector_->failure();
    if (!connector_->passed_over().empty()) {
        home_.warn_address(route_.upstream->name, connector_->passed_over());
    }
    connector_.reset();
    co_return upstream_.has_value();
}

/// True when a pooled connection was closed before it answered, and the request can be sent once more on a
/// new one: GET and HEAD, which change nothing, and others where nothing can have been read (RFC 9110
/// §9.2.2).
asio::awaitable<bool> transfer::may_try_again() {
    const bool unanswered = reused_ && exchange_ && exchange_->first_byte_at == capture::timestamp{};
    if (!unanswered || stop_.timed_out || stop_.cut || client_gone() || upload_.malformed()) {
        co_return false;
    }
    co_await end_helpers();
    client_.clear_deadline();
    if (exchange_->method != "GET" && exchange_->method != "HEAD") {
        const bool unread = co_await surely_unread();
        if (!unread) {
            failure_ =
                "a reused connection was closed after the request had gone there; it may have been read, so "
                "it is not sent again";
            co_return false;
        }
    }
    co_return !stop_.any() && !client_gone() && upload_.rewind(exchange_->request_body);
}

/// True when the upstream cannot have read anything of the request. Waits for its system's word, which mostly
/// is there already.
asio::awaitable<bool> transfer::surely_unread() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    std::chrono::milliseconds step{1};
    while (true) {
        const auto reading = upstream_->reading_behind(request_mark_);
        const bool patient = !stop_.any() && std::chrono::steady_clock::now() < until;
        if (reading != channel::reading::undecided || !patient) {
            co_return reading == channel::reading::impossible;
        }
        co_await gate_.pause(step);
        step = std::min(step * 2, std::chrono::milliseconds{50});
    }
}

/// Sends what is at hand; what cannot be sent now, or has still to come, is left to a helper.
void transfer::send_request() {
    phase_ = phase::sending;
    if (exchange_->forwarded_at == capture::timestamp{}) {
        exchange_->forwarded_at = wall_clock();
    }
    request_mark_ = upstream_->written();
    if (upload_.start(*upstream_)) {
        request_passed();
    } else {
        helpers_.spawn(upload_rest(*this));
    }
}

/// Tells the recorder of a large request that has passed: a worker may begin with it while the upstream
/// thinks.
void transfer::request_passed() {
    if (phase_ == phase::sending) {
        phase_ = phase::awaiting;
    }
    if (exchange_) {
        exchange_->sent_at = wall_clock();
    }
    const bool refused = answer_begun() && answer_.status / 100 != 2;
    if (exchange_ && !refused && exchange_->request_body.size() >= record::recorder::worth_preparing_bytes) {
        parts_.surroundings.recorder.request_complete(*exchange_);
    }
}

/// Returns an answer of our own; one to HEAD has no body.
std::string transfer::own_answer(refusal answered, bool keep_alive, bool to_head) {
    std::string answer;
    write_error(answered.status, answered.message, keep_alive, answer);
    if (to_head) {
        answer.resize(answer.find("\r\n\r\n") + 4);
    }
    return answer;
}

/// Answers in place of the upstream, from which no answer came.
asio::awaitable<transfer::next_step> transfer::answer_failure() {
    co_await end_helpers();
    upstream_.reset();
    const bool to_head = exchange_->method == "HEAD";
    int status = 502;
    std::string_view message = "upstream request failed";
    if (client_gone()) {
        seal(capture::end_reason::client_closed);
        co_return next_step::close;
    }
    if (stop_.cut) {
        status = 503;
        message = "shutting down";
        seal(capture::end_reason::shutdown);
    } else if (upload_.malformed()) {
        status = 400;
        message = "the request body's framing is malformed";
        seal(capture::end_reason::protocol_error);
    } else if (stop_.timed_out) {
        status = phase_ == phase::sending && !upload_.request_over() ? 408 : 504;
        message = status == 408 ? "the request body did not come in time" : "upstream timed out";
        seal(capture::end_reason::timeout);
    } else {
        if (ended_ == capture::end_reason::protocol_error) {
            message = "failed to read upstream response";
        }
        home_.warn(route_.upstream->name, failure_);
        seal(ended_);
    }
    const bool go_on = client_side_.keep_alive && upload_.request_over() && !stop_.cut && !client_.draining();
    const auto answer = own_answer({status, message}, go_on, to_head);
    const bool sent = co_await client_.send(answer);
    if (!sent) {
        co_return next_step::close;
    }
    co_return go_on ? next_step::keep_open : next_step::close_gently;
}

asio::awaitable<transfer::next_step> transfer::become_tunnel() {
    phase_ = phase::tunnel;
    rest_of_deadline_ = std::chrono::milliseconds{0};
    tunnel_ = std::make_unique<tunnel>(tunnel::shared{client_, *upstream_, gate_, helpers_, stop_},
                                       std::move(exchange_), answer_);
    auto head = outgoing_.take_head();
    auto first = outgoing_.take_rest();
    co_await tunnel_->run(std::move(head), std::move(first));
    co_await end_helpers();
    tunnel_->conclude();
    if (gate_.withheld()) {
        client_.client().abort();
    }
    co_return next_step::close;
}

/// Seals and releases an answer that came, wholly or in part, and settles how both connections go on.
asio::awaitable<transfer::next_step> transfer::conclude() {
    const bool whole_request = upload_.sent();
    co_await end_helpers();
    const auto reason = answer_over()   ? capture::end_reason::complete
                        : client_gone() ? capture::end_reason::client_closed
                                        : ended_;
    seal(client_gone() ? capture::end_reason::client_closed : reason);
    end_rest(reason);
    co_await commit_and_release();
    if (answer_over() && reusable_ && whole_request && upstream_) {
        home_.pool().give(*route_.upstream, std::move(*upstream_));
        upstream_.reset();
    }
    if ((!answer_over() || gate_.withheld()) && !client_gone()) {
        co_await deliver_rest();
        client_.client().abort();  // a proper close could look like the end of an answer that was cut
        co_return next_step::close;
    }
    if (client_gone() || stop_.cut) {
        co_return next_step::close;
    }
    if (!whole_request) {
        co_return next_step::close_gently;
    }
    co_return client_side_.keep_alive ? next_step::keep_open : next_step::close_gently;
}

}  // namespace tapes::relay
