#include "socket_observer.hpp"

#include "wall_clock.hpp"

#include <algorithm>
#include <utility>

namespace tapes::relay {

namespace {

/// The limit of answers awaited at a time on one connection.
constexpr std::size_t most_awaited = 64;
/// The status of an answer that came: the messages of a WebSocket have none, the same API over HTTP has this.
constexpr int answered = 200;
constexpr std::uint64_t longest_message = 48ULL * 1024 * 1024;

/// Appends a message as a server-sent event. Line breaks in JSON stand between tokens, where any kind of them
/// means the same.
template <class Text>
void append_event(Text& to, std::string_view message) {
    while (true) {
        const auto end = message.find_first_of("\r\n");
        to.append("data: ");
        to.append(message.substr(0, end));
        to.append("\n");
        if (end == std::string_view::npos) {
            break;
        }
        const bool pair = message.substr(end, 2) == "\r\n";
        message.remove_prefix(end + (pair ? 2 : 1));
    }
    to.append("\n");
}

}  // namespace

socket_observer::direction::direction(http::websocket_side sender,
                                      const std::optional<http::deflate_settings>& deflate,
                                      capture::budget& limits)
    : budget{limits}, reader{sender, deflate, {longest_message, [this](std::size_t bytes) {
                                                   const bool granted = budget.reserve_capture(bytes);
                                                   reserved += granted ? bytes : 0;
                                                   return granted;
                                               }}} {}

void socket_observer::direction::release() noexcept {
    reader.forget_message();
    budget.release_memory(std::exchange(reserved, 0));
}

socket_observer::socket_observer(const capture::exchange& handshake, const capture::spill_policy& spill,
                                 record::socket_look look, const http::websocket_extensions& agreed,
                                 capture::ledger& ledger, late_messages& late,
                                 record::answers_in_flight* in_flight)
    : handshake_{handshake},
      spill_{spill},
      look_{look},
      ledger_{ledger},
      late_{late},
      in_flight_{in_flight},
      client_{http::websocket_side::client, agreed.client, handshake.limits()},
      upstream_{http::websocket_side::server, agreed.server, handshake.limits()} {
    if (!agreed.understood) {
        give_up("an extension that is not known here");
    }
}

socket_observer::~socket_observer() = default;

void socket_observer::from_client(std::string_view bytes) {
    while (failure_.empty()) {
        const auto step = client_.reader.next(bytes);
        bytes.remove_prefix(step.consumed);
        if (step.kind == messages::event::more) {
            return;
        }
        if (step.kind == messages::event::error) {
            give_up(http::describe(client_.reader.error()));
        } else if (step.kind == messages::event::message) {
            const auto seen = look_(client_.reader.message());
            if (seen.type == record::socket_message::kind::asks) {
                begin_answer(seen.lane);
            }
            client_.release();
        }
    }
}

void socket_observer::begin_answer(std::string_view lane) {
    if (awaited_.size() == most_awaited) {
        give_up("too many answers are awaited at a time");
        return;
    }
    late_.end();
    if (has_requests_) {
        ledger_.accept();
    }
    has_requests_ = true;
    auto made = std::make_unique<capture::exchange>(handshake_.limits(), spill_);
    made->accepted_at = made->forwarded_at = wall_clock();
    made->id = capture::make_uuid(made->accepted_at);
    made->peer = handshake_.peer;
    made->method = handshake_.method;
    made->target = handshake_.target;
    made->path = handshake_.path;
    made->upstream = handshake_.upstream;
    made->request_head = handshake_.request_head;
    made->provider = handshake_.provider;
    made->agent_name = handshake_.agent_name;
    made->project = handshake_.project;
    made->session = handshake_.session;
    made->caller = handshake_.caller;
    made->count_in(handshake_.counts());
    made->response_head = handshake_.response_head;
    made->websocket = made->event_stream = true;
    if (client_.reader.oversized()) {
        made->request_body.abandon();
    } else {
        made->request_body.append(client_.reader.message());
    }
    auto& waits =
        awaited_.emplace_back(awaited{{std::string{lane}, std::move(made)}, answer_tap{in_flight_}});
    waits.tap.open(*waits.answer);
}

std::size_t socket_observer::from_upstream(std::string_view bytes) {
    const auto all = bytes.size();
    auto pass = all;
    while (failure_.empty()) {
        const auto began = all - bytes.size();
        const auto step = upstream_.reader.next(bytes);
        bytes.remove_prefix(step.consumed);
        if (step.kind == messages::event::more) {
            break;
        }
        if (step.kind == messages::event::error) {
            give_up(http::describe(upstream_.reader.error()));
        } else if (step.kind == messages::event::message) {
            if (take_message()) {
                pass = std::min(pass, began + step.frame);
            }
            upstream_.release();
        }
    }
    return pass;
}

/// Adds the upstream's message to its answer. True when it ends that.
bool socket_observer::take_message() {
    const auto seen = look_(upstream_.reader.message());
    const auto its = find(seen.lane);
    if (its == awaited_.end()) {
        take_unasked(upstream_.reader.message(), seen.lane);
        return false;
    }
    auto& made = *its->answer;
    made.last_byte_at = wall_clock();
    if (made.first_byte_at == capture::timestamp{}) {
        made.first_byte_at = made.last_byte_at;
        made.status = answered;
    }
    if (upstream_.reader.oversized()) {
        made.response_body.abandon();
    } else {
        append_event(made.response_body, upstream_.reader.message());
        if (its->tap.wanted()) {
            std::string event;
            append_event(event, upstream_.reader.message());
            its->tap.take(event);
        }
    }
    if (seen.type != record::socket_message::kind::ends) {
        return false;
    }
    its->tap.close();
    ended_.push_back(std::move(static_cast<ended_answer&>(*its)));
    awaited_.erase(its);
    return true;
}

/// Adds a message that no answer awaits to the one that ended last: it comes behind its end.
void socket_observer::take_unasked(std::string_view message, std::string_view lane) {
    if (upstream_.reader.oversized()) {
        return;
    }
    std::string event;
    append_event(event, message);
    if (ended_.empty()) {
        late_.take(event, lane);
    } else if (lane.empty() || lane == ended_.back().lane) {
        ended_.back().answer->response_body.append(event);
    }
}

/// Finds the answer that a message of that lane belongs to: the first that was asked for under it. A message
/// without a lane may also belong to the only answer that is awaited.
std::vector<socket_observer::awaited>::iterator socket_observer::find(std::string_view lane) {
    const auto found =
        std::find_if(awaited_.begin(), awaited_.end(), [&](const auto& one) { return one.lane == lane; });
    return found == awaited_.end() && lane.empty() && awaited_.size() == 1 ? awaited_.begin() : found;
}

std::vector<socket_observer::ended_answer> socket_observer::take_ended() noexcept {
    for (auto& one : ended_) {
        one.answer->request_received = one.answer->request_body.size();
        one.answer->response_received = one.answer->response_body.size();
    }
    return std::exchange(ended_, {});
}

void socket_observer::end_all(capture::end_reason reason) {
    for (auto& one : awaited_) {
        one.answer->ended = reason;
        one.answer->last_byte_at = wall_clock();
        one.tap.close();
        ended_.push_back(std::move(static_cast<ended_answer&>(one)));
    }
    awaited_.clear();
}

void socket_observer::give_up(std::string_view failure) {
    failure_ = failure;
    end_all(capture::end_reason::protocol_error);
}

}  // namespace tapes::relay
