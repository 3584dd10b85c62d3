#include "turn_work.hpp"

#include "body_text.hpp"
#include "content_agreement.hpp"
#include "name_limit.hpp"
#include "signature_notice.hpp"

#include <tapes/merkle/chain.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tapes::record {

namespace {

using capture::drop_reason;

/// The path is without the query, which tells where a stream goes on.
std::optional<llm::later_request> later_request_of(const capture::exchange& exchange) {
    const auto& target = exchange.target.empty() ? exchange.path : exchange.target;
    return llm::find_later_request(exchange.api_method(), target);
}

}  // namespace

void redact_names(const http::redactor& redactor, const http::credential_set& credentials,
                  store::entry& entry) {
    auto& exchange = *entry.exchange;
    for (auto* const text :
         {&exchange.path, &exchange.target, &exchange.agent_name, &exchange.session, &entry.target,
          &entry.session, &entry.sender.program, &entry.sender.client, &entry.sender.agent_id,
          &entry.sender.parent_agent_id, &entry.sender.parent_session}) {
        *text = redactor.without(std::move(*text), credentials);
    }
}

turn_work::turn_work(const http::redactor& redactor, const volatile_patterns& patterns, store::entry& entry,
                     const http::credential_set& credentials, earlier_turns* earlier,
                     const turn_maker::stored_context* context, std::unique_ptr<request_work> early)
    : redactor_{redactor},
      earlier_{earlier},
      context_{context},
      entry_{entry},
      exchange_{*entry.exchange},
      early_{std::move(early)},
      request_{early_ ? *early_ : late_.emplace(exchange_, exchange_.request_body.view(), patterns)},
      api_{request_.api()},
      later_{api_ == nullptr ? later_request_of(exchange_) : std::nullopt},
      answer_{exchange_, later_ ? later_->spoken : api_},
      from_heads_{credentials} {}

bool turn_work::afford() noexcept {
    return request_.is_prepared() ? request_.resume() && answer_.afford(0)
                                  : answer_.afford(request_.parsed_bytes());
}

bool turn_work::is_hopeless() const noexcept {
    return request_.parsed_bytes() + answer_.wanted_bytes() > exchange_.limits().memory_limit();
}

bool turn_work::is_refused() const noexcept {
    return request_.text().status() == http::decode_status::refused ||
           answer_.text().status() == http::decode_status::refused;
}

void turn_work::redact() {
    request_.redact(redactor_, credentials());
    if (const auto& named = request_.named_credentials(); !named.empty()) {
        all_ = from_heads_.with(named);
        redact_names(redactor_, {named}, entry_);
    }
    answer_.redact(redactor_, credentials());
}

void turn_work::cut(wire_policy policy) {
    request_.cut(policy, earlier_);
}

drop_reason turn_work::map() {
    if (exchange_.unauthorized) {
        return drop_reason::unauthorized;
    }
    if (exchange_.tunnel) {
        return drop_reason::tunnel;
    }
    if (api_ == nullptr) {
        return later_ ? map_later() : drop_reason::non_turn_request;
    }
    entry_.api = api_->name;
    if (request_.text().readable()) {
        read_request();
    }
    const auto& request = placed_.request;
    entry_.model = request.model;
    entry_.streamed = exchange_.event_stream || (exchange_.status == 0 && request.streamed);
    if (!request.session.empty()) {
        entry_.session = request.session;
    }
    if (exchange_.status == 0) {
        return drop_reason::no_response;
    }
    if (exchange_.status / 100 != 2) {
        note_refused_signature(exchange_, answer_.text().text());
        return drop_reason::upstream_status;
    }
    if (!placed_.whole) {
        return drop_reason::request_decode;
    }
    llm::answer answered;
    const auto reason = answer_.read(redactor_, credentials(), answered);
    if (context_ != nullptr && context_->fetched) {
        answered.variants = context_->fetched->variants;
        if (context_->fetched->deleted && answered.pending) {
            answered.pending = false;
            answered.ending = "deleted";
        }
    }
    entry_.streamed = entry_.streamed || answer_.streamed();
    entry_.used = answered.used;  // an answer that says nothing has its price too
    entry_.response_model = std::move(answered.model);
    cut_name(entry_.response_model);
    const bool unanswered =
        reason == drop_reason::empty_response && (only_prepares(answered) || answered.pending);
    if (reason != drop_reason::none && !unanswered && !is_question_alone(reason, answered)) {
        return reason;
    }
    chain(answered);
    return drop_reason::none;
}

std::string turn_work::reading() const {
    std::string all;
    const auto add = [&](std::string_view before, std::string_view one) {
        if (!one.empty()) {
            all.append(all.empty() ? "" : ",").append(before).append(one);
        }
    };
    add("request_", request_.text().reading());
    add("", answer_.text().reading());
    add("", answer_.reading());
    add("", answer_.has_gaps() ? "gaps" : "");
    return all;
}

void turn_work::keep_wire(wire_policy policy) {
    entry_.keep_wire = !exchange_.unauthorized &&
                       (policy == wire_policy::all ||
                        (policy == wire_policy::turns && (api_ != nullptr || entry_.fuller != nullptr)));
    if (!entry_.keep_wire) {
        return;
    }
    answer_.finish_redaction(redactor_, credentials());
    auto& wire = entry_.wire;
    // Copies: if all of this is done again, their credentials are collected again.
    wire.request_head = exchange_.request_head;
    wire.response_head = exchange_.response_head;
    redactor_.redact_head(wire.request_head, credentials());
    redactor_.redact_head(wire.response_head, credentials());
    if (auto* const pieces = request_.pieces()) {
        pieces->keep(wire, [&](std::size_t element) { return node_behind(element, pieces->elements()); });
    } else {
        wire.request = compress(request_.text().stored());
    }
    wire.response = compress(answer_.text().stored());
    wire.request_decoded = request_.text().stored_decoded();
    wire.response_decoded = answer_.text().stored_decoded();
    wire.digest = store::digest_of(wire);
}

/// Returns which node the history has led to behind one of its `elements`, see store::piece.
int turn_work::node_behind(std::size_t element, std::size_t elements) const {
    if (entry_.dropped != drop_reason::none || !placed_.from_history) {
        return store::piece::no_node;
    }
    const auto& from = placed_.from;
    const auto history_messages = placed_.request.messages.size() - placed_.request.leading;
    auto behind = placed_.request.messages.size();  // the number of messages up to the element
    if (element + 1 != elements) {
        // Only where each element is a message of its own is it known which message it is.
        if (history_messages != elements - placed_.first_element) {
            return store::piece::no_node;
        }
        behind = placed_.request.leading + element + 1 - placed_.first_element;
    }
    return behind > from.first_new    ? static_cast<int>(behind - from.first_new) - 1
           : behind == from.first_new ? store::piece::above
                                      : store::piece::no_node;
}

/// Tells whether no answer was wanted: then the turn is the request alone, and the next request names it.
/// Where nothing was asked either (Codex), it has no nodes, and what names it begins a conversation.
bool turn_work::only_prepares(const llm::answer& answered) const {
    return placed_.request.only_prepares && !answered.id.empty();
}

void turn_work::read_request() {
    if (context_ == nullptr) {
        placed_ = request_.read(earlier_);
        exchange_.goes_on_from = placed_.named;
        return;
    }
    placed_ = request_.read_alone(context_->items);
    if (placed_.whole && context_->place) {
        context_->place(placed_);
    }
}

void turn_work::chain(llm::answer& answered) {
    const merkle::identity identity{placed_.request.model, exchange_.provider, exchange_.agent_name};
    const auto above = chain_request(identity, answered.choices.size());
    join_unasked(answered.choices);
    drop_known_variants(answered);
    add_answers(above, identity, answered, entry_);
    if (answered.pending) {
        entry_.stop_reason = store::pending_answer;
    } else if (answered.choices.empty() && may_be_question_alone(answered)) {
        entry_.stop_reason = answered.ending;
    }
    entry_.leading = entry_.above ? 0 : placed_.request.leading;
    entry_.leading_node = placed_.from.leading_node;
    entry_.response_id = std::move(answered.id);
    entry_.stateful = api_->stateful || answered.pending;
    if (entry_.stateful) {
        entry_.item_ids = std::move(answered.item_ids);
        entry_.conversation = placed_.request.conversation;
    }
}

/// Leaves the variants that the answer does not hold anyway.
void turn_work::drop_known_variants(llm::answer& answered) {
    for (const auto& choice : answered.choices) {
        for (const auto& block : choice.message.content) {
            if (!answered.variants.empty() && !block.signature.empty()) {
                std::erase(answered.variants, llm::variant_of(block.signature));
            }
        }
    }
}

/// Adds the answer's nodes behind those of `to`.
void turn_work::add_answers(const std::optional<merkle::link>& above, const merkle::identity& identity,
                            llm::answer& answered, store::entry& to) {
    if (!answered.choices.empty()) {
        to.stop_reason = answered.choices.front().stop_reason;
    }
    const auto last = static_cast<int>(to.nodes.size()) - 1;
    int index = 0;
    for (auto& choice : answered.choices) {
        to.nodes.push_back({merkle::make_node(above, identity, choice.message), last, index++,
                            std::move(choice.stop_reason), answered.variants});
    }
}

/// Adds the nodes of the request's new messages and returns the last one's position.
std::optional<merkle::link> turn_work::chain_request(const merkle::identity& identity, std::size_t answers) {
    const auto& messages = placed_.request.messages;
    std::optional<merkle::link> above;
    entry_.above = placed_.from.above;
    if (entry_.above) {
        above = entry_.above->position;
    }
    auto& nodes = entry_.nodes;
    nodes.reserve(messages.size() - placed_.from.first_new + answers);
    for (auto i = placed_.from.first_new; i < messages.size(); ++i) {
        const auto parent = static_cast<int>(nodes.size()) - 1;
        auto* const ready = placed_.links.find(above, i);
        auto made = ready != nullptr ? std::move(*ready) : merkle::make_node(above, identity, messages[i]);
        if (earlier_ != nullptr && earlier_->under_way != nullptr && is_answer(messages[i])) {
            const auto whole = earlier_->under_way->find(
                above ? above->hash : merkle::digest{}, made.position.match,
                [&](std::string_view content, const std::vector<std::int64_t>& variants) {
                    return compare(messages[i], {content, &variants}) != agreement::none;
                });
            made = whole.value_or(std::move(made));
        }
        nodes.push_back({std::move(made), parent, -1, {}});
        above = nodes.back().node.position;
    }
    return above;
}

/// Joins choices without an index into one message where one choice was asked for. (GitHub Copilot with
/// Claude sends text and each tool call as a choice; clients put them together.)
void turn_work::join_unasked(std::vector<llm::choice>& choices) const {
    const auto numbered = [](const llm::choice& one) { return one.has_index; };
    if (placed_.request.choices > 1 || choices.size() < 2 || std::ranges::any_of(choices, numbered)) {
        return;
    }
    auto& whole = choices.front();
    for (auto one = choices.begin() + 1; one != choices.end(); ++one) {
        std::ranges::move(one->message.content, std::back_inserter(whole.message.content));
        if (!one->stop_reason.empty()) {
            whole.stop_reason = std::move(one->stop_reason);
        }
    }
    choices.resize(1);
}

}  // namespace tapes::record
