#include "answer_work.hpp"

#include "text_shape.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/aws_events.hpp>
#include <tapes/llm/finite_json.hpp>
#include <tapes/llm/parse_cost.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// How much of a stream is folded before the memory that its reducer holds is charged again.
constexpr std::size_t stream_step = std::size_t{64} * 1024;

/// How often a text with numbers that are not finite is held beside itself: as a string of up to 5/3 of it,
/// while that grows.
constexpr std::uint64_t copies_of_finite = 5;

std::uint64_t cost_of(const capture::exchange& exchange, const llm::api* api,
                      std::string_view text) noexcept {
    if (api == nullptr) {
        return text.size();
    }
    const auto cost = exchange.event_stream ? llm::fold_cost(text) : llm::parse_cost(text);
    return llm::names_odd_numbers(text) ? cost + copies_of_finite * text.size() : cost;
}

bool shows_events(std::string_view text) noexcept {
    return looks_like_events(text) || llm::are_aws_events(text);
}

/// Replaces the line breaks between the tokens of a JSON text by spaces. One within a string stays: it makes
/// the text none, and a space would be something that nobody said.
void join_lines(std::span<char> json) noexcept {
    bool in_string = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        char& c = json[at];
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            at += c == '\\' ? 1 : 0;
        } else if (c == '\n' || c == '\r') {
            c = ' ';
        }
    }
}

drop_reason reason_of(llm::map_error error) {
    switch (error) {
        case llm::map_error::none:
            return drop_reason::none;
        case llm::map_error::empty:
            return drop_reason::empty_response;
        case llm::map_error::provider_error:
            return drop_reason::stream_error;
        default:
            return drop_reason::response_decode;
    }
}

}  // namespace

answer_work::answer_work(capture::exchange& exchange, const llm::api* api)
    : exchange_{exchange},
      api_{api},
      text_{exchange.response_body.view(), exchange.response_encoding, exchange.limits()},
      parsed_{exchange.limits()},
      text_bytes_{cost_of(exchange, api, text_.text())},
      wanted_{text_bytes_},
      streamed_{exchange.event_stream} {}

void answer_work::redact(const http::redactor& redactor, const http::credential_set& credentials) {
    const auto type = exchange_.event_stream ? std::string_view{"text/event-stream"}
                                             : http::find_value(exchange_.response_head, "content-type");
    text_.redact(redactor, credentials, http::format_of(type, text_.text()));
}

drop_reason answer_work::read(const http::redactor& redactor, const http::credential_set& credentials,
                              llm::answer& answered) {
    if (text_.text().empty()) {
        return text_.status() == http::decode_status::done ? drop_reason::empty_response
                                                           : drop_reason::response_decode;
    }
    if (!exchange_.event_stream && !text_.readable()) {
        return drop_reason::response_decode;
    }
    auto reason = exchange_.event_stream
                      ? read_stream(redactor, credentials, answered,
                                    [this](llm::stream_reducer& reducer) { return feed_text(reducer); })
                      : map(text_.text(), answered);
    const auto nothing = exchange_.event_stream ? drop_reason::empty_response : drop_reason::response_decode;
    const bool may_be_other = !answered.pending && answered.ending.empty() &&
                              (reason == nothing || reason == drop_reason::empty_response);
    const bool is_unlabelled = !exchange_.event_stream && llm::are_aws_events(text_.text());
    if (!may_be_other || (!is_unlabelled && !looks_readable(text_.text()))) {
        return reason;
    }
    auto other_reason = reason;
    const bool gaps = gaps_;
    llm::answer other;
    if (read_otherwise(redactor, credentials, other, other_reason)) {
        answered = std::move(other);
        return other_reason;
    }
    gaps_ = gaps;
    return other_reason == drop_reason::over_budget ? other_reason : reason;
}

/// Reads an answer that is one JSON text.
drop_reason answer_work::map(std::string_view json, llm::answer& answered) {
    gaps_ = false;
    const auto finite = llm::with_finite_numbers(json);
    return reason_of(api_->map_answer(finite ? *finite : json, answered));
}

/// Reads an answer in which the reading that its Content-Type asks for finds nothing. Returns true where
/// another one does.
bool answer_work::read_otherwise(const http::redactor& redactor, const http::credential_set& credentials,
                                 llm::answer& answered, drop_reason& reason) {
    const auto found = [&](drop_reason got, std::string_view reading) {
        reason = got;
        if (got == drop_reason::empty_response || got == drop_reason::response_decode ||
            got == drop_reason::over_budget) {
            answered = {};
            return false;
        }
        reading_ = reading;
        return true;
    };
    const auto text = text_.text();
    if (const auto json = only_json(text)) {
        const bool is_same = !exchange_.event_stream && json->size() == text.size();
        if (!is_same && found(map(*json, answered), "one_shot")) {
            return true;
        }
    }
    const auto cost = llm::fold_cost(text);
    if (!grow_to(text_bytes_ + cost)) {
        reason = drop_reason::over_budget;
        return false;
    }
    text_bytes_ += cost;
    const bool events = shows_events(text);  // reading may replace the text
    bool done = !exchange_.event_stream &&
                found(read_stream(redactor, credentials, answered,
                                  [this](llm::stream_reducer& reducer) { return feed_text(reducer); }),
                      "events");
    // As lines, for an API that streams lines, and as events.
    for (const auto& [before, after] : {std::pair{"", "\n"}, std::pair{"data: ", "\n\n"}}) {
        if (done || reason == drop_reason::over_budget || events || folded_) {
            break;
        }
        done = found(read_stream(redactor, credentials, answered,
                                 [&, before, after](llm::stream_reducer& reducer) {
                                     return feed_values(reducer, before, after);
                                 }),
                     "values");
    }
    streamed_ = streamed_ || done;
    return done;
}

bool answer_work::go_on_from(std::string events) noexcept {
    before_ = std::move(events);
    text_bytes_ += before_.size() + llm::fold_cost(before_);
    return grow_to(text_bytes_);
}

bool answer_work::feed_text(llm::stream_reducer& reducer) {
    return feed_bytes(reducer, before_) && feed_bytes(reducer, text_.text());
}

bool answer_work::feed_bytes(llm::stream_reducer& reducer, std::string_view bytes) {
    for (auto rest = bytes; !rest.empty(); rest.remove_prefix(std::min(stream_step, rest.size()))) {
        reducer.feed(rest.substr(0, stream_step));
        if (!grow_to(text_bytes_ + reducer.held_bytes())) {
            return false;
        }
    }
    return true;
}

/// Gives the reducer each JSON text of the answer on a line of its own, between `before` and `after`.
bool answer_work::feed_values(llm::stream_reducer& reducer, std::string_view before, std::string_view after) {
    bool affordable = true;
    std::string line;
    each_json(text_.text(), [&](std::string_view json) {
        line.assign(before).append(json).append(after);
        join_lines(std::span{line}.subspan(before.size(), json.size()));
        reducer.feed(line);
        affordable = grow_to(text_bytes_ + reducer.held_bytes() + line.capacity());
        return affordable;
    });
    return affordable;
}

drop_reason answer_work::read_stream(const http::redactor& redactor, const http::credential_set& credentials,
                                     llm::answer& answered, const feeder& feed) {
    auto reducer = api_->make_reducer();
    if (!feed(*reducer)) {
        return drop_reason::over_budget;
    }
    auto whole = reducer->finish();
    folded_ = folded_ || !whole.empty();
    const bool failed = reducer->failed();
    gaps_ = reducer->has_gaps();
    auto variants = reducer->variants();
    reducer.reset();
    if (!grow_to(whole.size() + llm::parse_cost(whole))) {
        return drop_reason::over_budget;
    }
    // A credential that came in several events is whole again only here; then the object is what is stored.
    if (auto changed =
            redactor.redact_body(whole, credentials, http::body_format::json, nullptr, text_.charge())) {
        whole = *changed;
        text_.replace(std::move(*changed));
    }
    const auto reason =
        whole.empty() ? drop_reason::empty_response : reason_of(api_->map_answer(whole, answered));
    answered.variants = std::move(variants);
    return reason != drop_reason::none && failed ? drop_reason::stream_error : reason;
}

void answer_work::finish_redaction(const http::redactor& redactor, const http::credential_set& credentials) {
    if (!folded_ && (exchange_.event_stream || shows_events(text_.text()))) {
        text_.redact_across_events(redactor, credentials);
    }
}

}  // namespace tapes::record
