#include "answer_work.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/parse_cost.hpp>

#include <algorithm>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// How much of a stream is folded before the memory that its reducer holds is charged again.
constexpr std::size_t stream_step = std::size_t{64} * 1024;

std::uint64_t cost_of(const capture::exchange& exchange, const llm::api* api,
                      std::string_view text) noexcept {
    if (api == nullptr) {
        return text.size();
    }
    return exchange.event_stream ? llm::fold_cost(text) : llm::parse_cost(text);
}

bool looks_streamed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.starts_with("data:") || text.starts_with("event:") || text.starts_with('{');
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

void answer_work::redact(const http::redactor& redactor, const std::vector<std::string>& credentials) {
    const auto format =
        exchange_.event_stream
            ? http::body_format::lines
            : http::format_of(http::find_value(exchange_.response_head, "content-type"), text_.text());
    text_.redact(redactor, credentials, format);
}

drop_reason answer_work::read(const http::redactor& redactor, const std::vector<std::string>& credentials,
                              llm::answer& answered) {
    if (text_.text().empty()) {
        return text_.status() == http::decode_status::done ? drop_reason::empty_response
                                                           : drop_reason::response_decode;
    }
    if (exchange_.event_stream) {
        return read_stream(redactor, credentials, answered);
    }
    if (!text_.readable()) {
        return drop_reason::response_decode;
    }
    const auto reason = reason_of(api_->map_answer(text_.text(), answered));
    return reason == drop_reason::response_decode && looks_streamed(text_.text())
               ? read_unnamed_stream(redactor, credentials, answered, reason)
               : reason;
}

/// Reads the answer of a server that may stream without saying so in its Content-Type. Returns `otherwise` if
/// it does not stream.
drop_reason answer_work::read_unnamed_stream(const http::redactor& redactor,
                                             const std::vector<std::string>& credentials,
                                             llm::answer& answered, drop_reason otherwise) {
    const auto cost = llm::fold_cost(text_.text());
    if (!grow_to(text_bytes_ + cost)) {
        return drop_reason::over_budget;
    }
    text_bytes_ += cost;
    answered = {};
    const auto reason = read_stream(redactor, credentials, answered);
    if (reason == drop_reason::empty_response) {
        return otherwise;
    }
    streamed_ = true;
    return reason;
}

drop_reason answer_work::read_stream(const http::redactor& redactor,
                                     const std::vector<std::string>& credentials, llm::answer& answered) {
    auto reducer = api_->make_reducer();
    for (auto rest = text_.text(); !rest.empty(); rest.remove_prefix(std::min(stream_step, rest.size()))) {
        reducer->feed(rest.substr(0, stream_step));
        if (!grow_to(text_bytes_ + reducer->held_bytes())) {
            return drop_reason::over_budget;
        }
    }
    auto whole = reducer->finish();
    folded_ = true;
    const bool failed = reducer->failed();
    auto variants = reducer->variants();
    reducer.reset();
    if (!grow_to(whole.size() + llm::parse_cost(whole))) {
        return drop_reason::over_budget;
    }
    // A credential that came in several events is whole again only here; then the object is what is stored.
    if (auto changed = redactor.redact_body(whole, credentials, http::body_format::json)) {
        whole = *changed;
        text_.replace(std::move(*changed));
    }
    const auto reason =
        whole.empty() ? drop_reason::empty_response : reason_of(api_->map_answer(whole, answered));
    answered.variants = std::move(variants);
    return reason != drop_reason::none && failed ? drop_reason::stream_error : reason;
}

void answer_work::finish_redaction(const http::redactor& redactor,
                                   const std::vector<std::string>& credentials) {
    if (exchange_.event_stream && !folded_) {
        text_.redact_across_events(redactor, credentials);
    }
}

}  // namespace tapes::record
