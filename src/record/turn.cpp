#include "turn.hpp"

#include "body_text.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <stdexcept>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// What an entry and its exchange take beside their texts.
constexpr std::uint64_t entry_overhead_bytes = 4096;

/// The value of a field in a raw head; "" where it has none.
std::string_view field_value(std::string_view head, std::string_view name) {
    for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
        const auto line = head.substr(at + 1, name.size() + 1);
        if (line.size() > name.size() && line.back() == ':' &&
            std::equal(name.begin(), name.end(), line.begin(), [](char expected, char c) {
                return expected == (c >= 'A' && c <= 'Z' ? c | 0x20 : c);
            })) {
            auto value = head.substr(at + 2 + name.size());
            value = value.substr(0, value.find('\r'));
            const auto first = value.find_first_not_of(" \t");
            return first == std::string_view::npos ? std::string_view{} : value.substr(first);
        }
    }
    return {};
}

void make_utf8(std::string& text) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return c > 0; })) {
        return;
    }
    std::string repaired;
    merkle::append_utf8(repaired, text);
    std::erase(repaired, '\0');
    text = std::move(repaired);
}

/// Bytes of the budget for the time of the work.
class reservation {
public:
    reservation(capture::budget& limits, std::uint64_t bytes) noexcept
        : limits_{limits}, bytes_{bytes}, granted_{limits.reserve_work(bytes)} {}
    ~reservation() {
        if (granted_) {
            limits_.release_memory(bytes_);
        }
    }
    reservation(const reservation&) = delete;
    reservation& operator=(const reservation&) = delete;

    bool granted() const noexcept { return granted_; }

private:
    capture::budget& limits_;
    std::uint64_t bytes_;
    bool granted_;
};

/// The whole work on one exchange.
class work {
public:
    work(const http::redactor& redactor, const std::vector<std::unique_ptr<re2::RE2>>& patterns,
         store::entry& out)
        : redactor_{redactor},
          patterns_{patterns},
          out_{out},
          from_{*out.exchange},
          api_{llm::find_api(from_.api_method(), from_.path)},
          request_{from_.request_body, from_.request_encoding, from_.limits()},
          response_{from_.response_body, from_.response_encoding, from_.limits()} {}

    std::uint64_t text_bytes() const noexcept { return request_.text().size() + response_.text().size(); }

    bool refused() const noexcept {
        return request_.status() == http::decode_status::refused ||
               response_.status() == http::decode_status::refused;
    }

    void redact() {
        credentials_ = http::collect_credentials(from_.request_head, from_.target);
        for (auto& of_answer : http::collect_credentials(from_.response_head)) {
            credentials_.push_back(std::move(of_answer));
        }
        const auto response_type = field_value(from_.response_head, "content-type");
        request_.redact(redactor_, credentials_,
                        from_.websocket ? http::body_format::json
                                        : http::format_of(field_value(from_.request_head, "content-type")));
        response_.redact(redactor_, credentials_,
                         from_.event_stream ? http::body_format::lines : http::format_of(response_type));
        redactor_.redact_head(from_.request_head);
        redactor_.redact_head(from_.response_head);
        out_.target = redactor_.redact_target(from_.target);
    }

    drop_reason map() {
        if (from_.tunnel) {
            return drop_reason::tunnel;
        }
        if (api_ == nullptr) {
            return drop_reason::non_turn_request;
        }
        out_.api = api_->name;
        llm::request asked;
        const bool known = api_->mapped && request_.readable() &&
                           api_->map_request(request_.text(), {}, asked) == llm::map_error::none;
        out_.model = asked.model;
        out_.streamed = from_.event_stream || (from_.status == 0 && asked.streamed);
        if (!asked.session.empty()) {
            out_.session = asked.session;
        }
        if (!api_->mapped) {
            return drop_reason::unsupported_api;
        }
        if (from_.status == 0) {
            return drop_reason::no_response;
        }
        if (from_.status / 100 != 2) {
            return drop_reason::upstream_status;
        }
        if (!known) {
            return drop_reason::request_decode;
        }
        llm::answer answered;
        if (const auto reason = map_answer(answered); reason != drop_reason::none) {
            return reason;
        }
        drop_volatile(asked);
        chain(asked, answered);
        return drop_reason::none;
    }

    void keep_wire(wire_policy policy) {
        out_.keep_wire = policy == wire_policy::all || (policy == wire_policy::turns && api_ != nullptr);
        if (!out_.keep_wire) {
            return;
        }
        auto& wire = out_.wire;
        wire.request_head = std::move(from_.request_head);
        wire.response_head = std::move(from_.response_head);
        wire.request = compress(request_.kept());
        wire.response = compress(response_.kept());
        wire.request_decoded = request_.kept_decoded();
        wire.response_decoded = response_.kept_decoded();
    }

private:
    drop_reason map_answer(llm::answer& answered) {
        if (response_.text().empty()) {
            return response_.status() == http::decode_status::done ? drop_reason::empty_response
                                                                   : drop_reason::response_decode;
        }
        if (from_.event_stream) {
            return map_stream(answered);
        }
        if (!response_.readable()) {
            return drop_reason::response_decode;
        }
        return reason_of(api_->map_answer(response_.text(), answered));
    }

    drop_reason map_stream(llm::answer& answered) {
        auto reducer = api_->make_reducer();
        reducer->feed(response_.text());
        auto whole = reducer->finish();
        // A credential that came in several events is whole again only here: then this is what is kept.
        if (auto changed = redactor_.redact_body(whole, credentials_, http::body_format::json)) {
            whole = *changed;
            response_.replace(std::move(*changed));
        }
        const auto reason =
            whole.empty() ? drop_reason::empty_response : reason_of(api_->map_answer(whole, answered));
        return reason != drop_reason::none && reducer->failed() ? drop_reason::stream_error : reason;
    }

    static drop_reason reason_of(llm::map_error error) {
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

    /// `record.volatile`: what a client rewrites with every request would make a new root each time.
    void drop_volatile(llm::request& asked) const {
        if (patterns_.empty()) {
            return;
        }
        const auto rewritten = [&](const merkle::block& one) {
            return std::any_of(patterns_.begin(), patterns_.end(), [&](const auto& pattern) {
                return re2::RE2::PartialMatch(one.text, *pattern);
            });
        };
        for (auto& message : asked.messages) {
            if (message.role == "system" || message.role == "developer") {
                std::erase_if(message.content, rewritten);
            }
        }
        std::erase_if(asked.messages, [](const merkle::message& one) {
            return one.content.empty() && (one.role == "system" || one.role == "developer");
        });
    }

    void chain(const llm::request& asked, llm::answer& answered) {
        const merkle::identity who{asked.model, from_.provider, from_.agent_name};
        std::optional<merkle::link> above;
        auto& nodes = out_.nodes;
        nodes.reserve(asked.messages.size() + answered.choices.size());
        for (const auto& message : asked.messages) {
            const auto parent = static_cast<int>(nodes.size()) - 1;
            nodes.push_back({merkle::make_node(above, who, message), parent, -1, {}});
            above = nodes.back().node.position;
        }
        const auto last = static_cast<int>(nodes.size()) - 1;
        int index = 0;
        for (auto& choice : answered.choices) {
            nodes.push_back(
                {merkle::make_node(above, who, choice.said), last, index++, std::move(choice.stop_reason)});
        }
        out_.stop_reason = nodes[asked.messages.size()].stop_reason;
        out_.used = answered.used;
        out_.response_model = std::move(answered.model);
        out_.response_id = std::move(answered.id);
    }

    const http::redactor& redactor_;
    const std::vector<std::unique_ptr<re2::RE2>>& patterns_;
    store::entry& out_;
    capture::exchange& from_;
    const llm::api* api_;
    body_text request_;
    body_text response_;
    std::vector<std::string> credentials_;
};

std::uint64_t bytes_of(const store::entry& made) {
    auto sum = made.wire.request_head.size() + made.wire.response_head.size() +
               made.wire.request.bytes.size() + made.wire.response.bytes.size();
    for (const auto& one : made.nodes) {
        sum += one.node.content.size() + sizeof one;
    }
    return sum;
}

}  // namespace

turn_maker::turn_maker(const settings& how, const std::string& redaction_key)
    : redactor_{redaction_key}, wire_{how.wire} {
    for (const auto& pattern : how.volatile_system) {
        volatile_.push_back(std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet));
        if (!volatile_.back()->ok()) {
            throw std::invalid_argument("record.volatile \"" + pattern + "\": " + volatile_.back()->error());
        }
    }
}

std::unique_ptr<store::entry> turn_maker::make(std::unique_ptr<capture::exchange> ended) const {
    auto out = std::make_unique<store::entry>();
    auto& from = *ended;
    out->exchange = std::move(ended);
    // What bytes a client names things with is its own affair; the store holds text.
    for (auto* const text : {&from.path, &from.target, &from.agent_name, &from.session}) {
        make_utf8(*text);
    }
    out->session = from.session;
    const auto give_up = [&] {
        out->dropped = drop_reason::over_budget;
        out->nodes.clear();
        out->keep_wire = false;
        out->wire = {};
        out->target = redactor_.redact_target(from.target);
        if (const auto* const api = llm::find_api(from.api_method(), from.path); api != nullptr) {
            out->api = api->name;
        }
    };
    const bool affordable =
        from.hold(entry_overhead_bytes) && from.request_body.complete() && from.response_body.complete();
    if (!affordable) {
        give_up();
    } else {
        work doing{redactor_, volatile_, *out};
        // Parsed text takes about as much again as the text.
        const reservation parsed{from.limits(), doing.text_bytes()};
        if (!parsed.granted() || doing.refused() || !from.request_body.complete() ||
            !from.response_body.complete()) {
            give_up();
        } else {
            doing.redact();
            out->dropped = doing.map();
            doing.keep_wire(wire_);
        }
    }
    from.request_body.release();
    from.response_body.release();
    if (affordable && !from.hold(bytes_of(*out))) {
        give_up();
    }
    return out;
}

}  // namespace tapes::record
