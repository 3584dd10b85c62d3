#include "request_work.hpp"

#include "utf8.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/parse_cost.hpp>
#include <tapes/text/work_meter.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

namespace tapes::record {

request_work::request_work(const capture::exchange& exchange, std::string_view body,
                           const volatile_patterns& patterns, bool early)
    : exchange_{exchange},
      patterns_{patterns},
      api_{llm::find_api(exchange.api_method(), exchange.path)},
      text_{body, exchange.request_encoding, exchange.limits(), early},
      charged_{exchange.limits()} {}

std::uint64_t request_work::parsed_bytes() const noexcept {
    if (prepared_) {
        return parsed_bytes_;
    }
    return api_ == nullptr ? text_.text().size() : llm::parse_cost(text_.text());
}

void request_work::redact(const http::redactor& redactor, const http::credential_set& credentials) {
    if (prepared_) {
        return;
    }
    const auto format =
        exchange_.websocket
            ? http::body_format::json
            : http::format_of(http::find_value(exchange_.request_head, "content-type"), text_.text());
    text_.redact(redactor, credentials, format, &named_);
    agent_name_ = redactor.without(exchange_.agent_name, credentials);
    if (api_ != nullptr) {
        path_ = llm::facts_of(*api_, exchange_.path);
        path_.model = redactor.without(std::move(path_.model), credentials);
    }
    if (!named_.empty()) {
        agent_name_ = redactor.without(std::move(agent_name_), {named_});
        path_.model = redactor.without(std::move(path_.model), {named_});
    }
}

void request_work::cut(wire_policy policy, earlier_turns* earlier) {
    if (prepared_) {
        look_up(earlier);
        return;
    }
    if (api_ != nullptr && policy != wire_policy::none && text_.stored().data() == text_.text().data()) {
        pieces_.emplace(*api_, text_.text());
        if (pieces_->cut()) {
            look_up(earlier);
        } else {
            pieces_.reset();
        }
    }
}

void request_work::look_up(earlier_turns* earlier) {
    if (!pieces_ || earlier == nullptr) {
        return;
    }
    try {
        pieces_->look_up(earlier->history);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const text::work_stopped&) {
        throw;
    } catch (const std::exception& failure) {
        // The writer finds them again by their digests.
        spdlog::warn("what is stored of a request could not be looked up: {}", failure.what());
    }
}

placed_request request_work::read(earlier_turns* earlier) {
    const bool known = exchange_.amends != 0;
    return reader().read(pieces(), earlier, known ? std::optional{exchange_.goes_on_from} : std::nullopt);
}

request_reader& request_work::reader() {
    if (!reader_) {
        merkle::identity identity{{}, exchange_.provider, agent_name_};
        make_utf8(identity.agent_name);
        reader_.emplace(*api_, path_, text_.text(), std::move(identity), patterns_, exchange_.session);
    }
    return *reader_;
}

bool request_work::prepare(const http::redactor& redactor, const http::credential_set& credentials,
                           wire_policy policy, earlier_turns* earlier) {
    parsed_bytes_ = parsed_bytes();
    // The compressed pieces need memory beside what is parsed.
    if (text_.status() == http::decode_status::refused ||
        !charged_.grow_early_to(parsed_bytes_ + text_.text().size())) {
        return false;
    }
    redact(redactor, credentials);
    cut(policy, earlier);
    if (api_ != nullptr && text_.readable()) {
        reader().prepare(pieces(), earlier);
    }
    std::uint64_t held = 0;  // beside the text, which is charged for itself
    if (pieces_) {
        pieces_->compress_new();
        held += pieces_->held_bytes();
    }
    if (reader_) {
        held += reader_->held_bytes();
    }
    charged_.shrink_to(held);
    prepared_ = true;
    return true;
}

}  // namespace tapes::record
