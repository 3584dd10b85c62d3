#include "turn.hpp"

#include "answer_work.hpp"
#include "asked.hpp"
#include "early_work.hpp"
#include "request_work.hpp"
#include "utf8.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// What an entry and its exchange take beside their texts.
constexpr std::uint64_t entry_overhead_bytes = 4096;

/// The whole work on one exchange.
class work {
public:
    work(const http::redactor& redactor, const volatile_patterns& patterns, store::entry& out, past* known,
         const turn_maker::recorded* recorded, std::unique_ptr<request_work> early)
        : redactor_{redactor},
          known_{known},
          recorded_{recorded},
          out_{out},
          from_{*out.exchange},
          early_{std::move(early)},
          request_{early_ ? *early_ : late_.emplace(from_, from_.request_body.view(), patterns)},
          api_{request_.api()},
          answer_{from_, api_} {}

    /// Charges what the texts may take once they are parsed. False where that is refused.
    bool afford() noexcept {
        return request_.is_prepared() ? request_.resume() && answer_.afford(0)
                                      : answer_.afford(request_.parsed_bytes());
    }

    /// What was refused is more than there would be without all others.
    bool is_hopeless() const noexcept {
        return request_.parsed_bytes() + answer_.wanted_bytes() > from_.limits().memory_limit();
    }

    bool refused() const noexcept {
        return request_.text().status() == http::decode_status::refused ||
               answer_.text().status() == http::decode_status::refused;
    }

    void redact() {
        credentials_ = http::collect_credentials(from_.request_head, from_.target);
        for (auto& of_answer : http::collect_credentials(from_.response_head)) {
            credentials_.push_back(std::move(of_answer));
        }
        request_.redact(redactor_, credentials_);
        const auto& named = request_.named_credentials();
        credentials_.insert(credentials_.end(), named.begin(), named.end());
        answer_.redact(redactor_, credentials_);
        out_.target = without_credentials(redactor_.redact_target(from_.target));
        from_.path = without_credentials(std::move(from_.path));
    }

    void cut(wire_policy policy) { request_.cut(policy, known_); }

    drop_reason map() {
        if (from_.tunnel) {
            return drop_reason::tunnel;
        }
        if (api_ == nullptr) {
            return drop_reason::non_turn_request;
        }
        out_.api = api_->name;
        if (api_->mapped && request_.text().readable()) {
            read_request();
        }
        const auto& request = asked_.request;
        out_.model = request.model;
        out_.streamed = from_.event_stream || (from_.status == 0 && request.streamed);
        if (!request.session.empty()) {
            out_.session = request.session;
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
        if (!asked_.whole) {
            return drop_reason::request_decode;
        }
        llm::answer answered;
        const auto reason = answer_.read(redactor_, credentials_, answered);
        out_.streamed = out_.streamed || answer_.streamed();
        out_.used = answered.used;  // an answer that says nothing has its price too
        out_.response_model = std::move(answered.model);
        if (reason != drop_reason::none && !(reason == drop_reason::empty_response && prepared(answered))) {
            return reason;
        }
        chain(answered);
        return drop_reason::none;
    }

    void keep_wire(wire_policy policy) {
        out_.keep_wire = policy == wire_policy::all || (policy == wire_policy::turns && api_ != nullptr);
        if (!out_.keep_wire) {
            return;
        }
        answer_.finish_redaction(redactor_, credentials_);
        auto& wire = out_.wire;
        // Only now: where all of this is made again, their credentials are collected again.
        wire.request_head = std::move(from_.request_head);
        wire.response_head = std::move(from_.response_head);
        redactor_.redact_head(wire.request_head, credentials_);
        redactor_.redact_head(wire.response_head, credentials_);
        if (auto* const pieces = request_.pieces()) {
            pieces->keep(wire, [&](std::size_t element) { return node_behind(element, pieces->elements()); });
        } else {
            wire.request = compress(request_.text().kept());
        }
        wire.response = compress(answer_.text().kept());
        wire.request_decoded = request_.text().kept_decoded();
        wire.response_decoded = answer_.text().kept_decoded();
    }

private:
    std::string without_credentials(std::string text) const {
        return redactor_.redact_body(text, credentials_, http::body_format::other).value_or(std::move(text));
    }

    /// Which node the history has led to behind one of its `elements`.
    int node_behind(std::size_t element, std::size_t elements) const {
        if (out_.dropped != drop_reason::none || !asked_.from_history) {
            return store::piece::no_node;
        }
        const auto& from = asked_.from;
        const auto said = asked_.request.messages.size() - asked_.request.leading;
        auto behind = asked_.request.messages.size();  // so many messages
        if (element + 1 != elements) {
            // Each element is a message of its own, or only the end is sure.
            if (api_->joins != nullptr || said != elements - asked_.first_element) {
                return store::piece::no_node;
            }
            behind = asked_.request.leading + element + 1 - asked_.first_element;
        }
        return behind > from.first_new    ? static_cast<int>(behind - from.first_new) - 1
               : behind == from.first_new ? store::piece::above
                                          : store::piece::no_node;
    }

    /// Nothing was to be said: the turn is what was asked, and the next one names it.
    bool prepared(const llm::answer& answered) const {
        return asked_.request.only_prepares && !answered.id.empty() &&
               (asked_.from.above || !asked_.request.messages.empty());
    }

    void read_request() {
        if (recorded_ == nullptr) {
            asked_ = request_.read(known_);
            return;
        }
        asked_ = request_.read_alone(recorded_->items);
        if (asked_.whole && recorded_->place) {
            recorded_->place(asked_);
        }
    }

    void chain(llm::answer& answered) {
        const auto& messages = asked_.request.messages;
        const merkle::identity who{asked_.request.model, from_.provider, from_.agent_name};
        std::optional<merkle::link> above;
        out_.above = asked_.from.above;
        if (out_.above) {
            above = out_.above->position;
        }
        auto& nodes = out_.nodes;
        nodes.reserve(messages.size() - asked_.from.first_new + answered.choices.size());
        for (auto i = asked_.from.first_new; i < messages.size(); ++i) {
            const auto parent = static_cast<int>(nodes.size()) - 1;
            auto* const ready = asked_.links.find(above, i);
            auto made = ready != nullptr ? std::move(*ready) : merkle::make_node(above, who, messages[i]);
            if (known_ != nullptr && known_->under_way != nullptr && is_answer(messages[i])) {
                const auto whole = known_->under_way->find(
                    above ? above->hash : merkle::digest{}, made.position.match,
                    [&](std::string_view content) { return agrees(messages[i], content); });
                made = whole.value_or(std::move(made));
            }
            nodes.push_back({std::move(made), parent, -1, {}});
            above = nodes.back().node.position;
        }
        join_unasked(answered.choices);
        const auto last = static_cast<int>(nodes.size()) - 1;
        int index = 0;
        for (auto& choice : answered.choices) {
            nodes.push_back(
                {merkle::make_node(above, who, choice.said), last, index++, std::move(choice.stop_reason)});
        }
        if (!answered.choices.empty()) {
            out_.stop_reason = nodes[nodes.size() - answered.choices.size()].stop_reason;
        }
        out_.leading = out_.above ? 0 : asked_.request.leading;
        out_.leading_node = asked_.from.leading_node;
        out_.response_id = std::move(answered.id);
        out_.stateful = api_->stateful;
        if (out_.stateful) {
            out_.item_ids = std::move(answered.item_ids);
            out_.conversation = asked_.request.conversation;
        }
    }

    /// One message that a server has spread over choices without an index, where one was asked for. (GitHub
    /// Copilot with Claude: text and each call; clients put them together.)
    void join_unasked(std::vector<llm::choice>& choices) const {
        const auto numbered = [](const llm::choice& one) { return one.has_index; };
        if (asked_.request.choices > 1 || choices.size() < 2 || std::ranges::any_of(choices, numbered)) {
            return;
        }
        auto& whole = choices.front();
        for (auto one = choices.begin() + 1; one != choices.end(); ++one) {
            std::ranges::move(one->said.content, std::back_inserter(whole.said.content));
            if (!one->stop_reason.empty()) {
                whole.stop_reason = std::move(one->stop_reason);
            }
        }
        choices.resize(1);
    }

    const http::redactor& redactor_;
    past* known_;
    const turn_maker::recorded* recorded_;
    store::entry& out_;
    capture::exchange& from_;
    std::unique_ptr<request_work> early_;
    std::optional<request_work> late_;  ///< where nothing was made before
    request_work& request_;
    const llm::api* api_;
    answer_work answer_;
    std::vector<std::string> credentials_;
    asked asked_;
};

std::uint64_t bytes_of(const store::entry& made) {
    const auto& of = *made.exchange;
    auto sum = of.path.size() + of.target.size() + of.agent_name.size() + of.session.size() +
               made.target.size() + made.session.size() + made.conversation.size() +
               made.wire.request_head.size() + made.wire.response_head.size() +
               made.wire.request.bytes.size() + made.wire.response.bytes.size();
    for (const auto& chain : made.wire.pieces) {
        for (const auto& one : chain.added) {
            sum += one.bytes.bytes.size() + sizeof one;
        }
    }
    for (const auto& one : made.nodes) {
        const bool copied =
            one.choice >= 0 && one.node.position.match != one.node.position.hash;  // see answers_under_way
        sum += one.node.content.size() * (copied ? 2 : 1) + sizeof one;
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

void turn_maker::prepare(early_work& work, past* known) const noexcept {
    std::unique_ptr<request_work> made;
    try {
        const auto& of = work.of();
        made = std::make_unique<request_work>(of, work.body(), volatile_, true);
        if (!made->prepare(redactor_, http::collect_credentials(of.request_head, of.target), wire_, known)) {
            made.reset();
        }
    } catch (...) {
        made.reset();  // what fails fails again, and is told of, at the end
    }
    work.end(std::move(made));
}

std::unique_ptr<request_work> turn_maker::take_early(capture::exchange& ended) const {
    if (!ended.prepared) {
        return nullptr;
    }
    auto made = static_cast<early_work&>(*ended.prepared).take();
    ended.prepared.reset();
    if (made) {
        auto of_answer = http::collect_credentials(ended.response_head);
        if (!of_answer.empty()) {
            const auto of_request = http::collect_credentials(ended.request_head, ended.target);
            std::erase_if(of_answer, [&](const auto& one) {
                return std::ranges::find(of_request, one) != of_request.end();
            });
        }
        if (!made->fits(redactor_, of_answer)) {
            made.reset();
        }
    }
    return made;
}

std::unique_ptr<store::entry> turn_maker::make(std::unique_ptr<capture::exchange> ended, past* known) const {
    return make(std::move(ended), known, nullptr);
}

std::unique_ptr<store::entry> turn_maker::make_again(std::unique_ptr<capture::exchange> ended,
                                                     const recorded& how) const {
    return make(std::move(ended), nullptr, &how);
}

std::unique_ptr<store::entry> turn_maker::make(std::unique_ptr<capture::exchange> ended, past* known,
                                               const recorded* how) const {
    const auto policy = how == nullptr ? wire_ : wire_policy::none;
    auto early = take_early(*ended);
    auto out = std::make_unique<store::entry>();
    auto& from = *ended;
    out->exchange = std::move(ended);
    for (auto* const text : {&from.path, &from.target, &from.agent_name, &from.session}) {
        make_utf8(*text);
    }
    out->session = from.session;
    const auto give_up = [&] {
        auto bare = std::make_unique<store::entry>();
        bare->exchange = std::move(out->exchange);
        bare->dropped = drop_reason::over_budget;
        bare->session = from.session;
        bare->model = std::move(out->model);
        bare->streamed = out->streamed;
        bare->target = redactor_.redact_target(from.target);
        out = std::move(bare);
        if (const auto* const api = llm::find_api(from.api_method(), from.path); api != nullptr) {
            out->api = api->name;
        }
    };
    // What was captured in a file, or compressed, takes memory now: the writer may hold some that it will
    // give back.
    const auto room_to_come = [&] { return known != nullptr && known->await_room && known->await_room(); };
    const bool affordable =
        from.hold(entry_overhead_bytes) && from.request_body.complete() && from.response_body.complete();
    if (!affordable) {
        give_up();
    }
    while (affordable) {
        bool hopeless = false;
        {
            work doing{redactor_, volatile_, *out, known, how, std::move(early)};
            const bool begun = !doing.refused() && doing.afford();
            if (!from.request_body.complete() || !from.response_body.complete()) {
                give_up();
                break;
            }
            if (begun) {
                doing.redact();
                doing.cut(policy);
                out->dropped = doing.map();
                if (out->dropped != drop_reason::over_budget) {
                    doing.keep_wire(policy);
                    break;
                }
            }
            hopeless = doing.is_hopeless();
        }
        give_up();
        if (hopeless || !room_to_come()) {
            break;
        }
        out->dropped = drop_reason::none;
    }
    from.request_body.release();
    from.response_body.release();
    (void)std::exchange(from.request_head, std::string{});  // they are not charged
    (void)std::exchange(from.response_head, std::string{});
    if (affordable) {
        const auto bytes = bytes_of(*out);
        bool held = from.hold(bytes);
        while (!held && bytes <= from.limits().memory_limit() && room_to_come()) {
            held = from.hold(bytes);
        }
        if (!held) {
            give_up();
        }
    }
    return out;
}

}  // namespace tapes::record
