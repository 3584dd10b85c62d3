#include "live/folded_answer.hpp"

#include "live/undecided_text.hpp"
#include "speaker.hpp"
#include "text_shape.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/parse_cost.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <utility>

namespace tapes::record {

namespace {

/// The limits for decoding.
constexpr http::decode_limits shown_request_limits{8ULL * 1024 * 1024, 25};
constexpr http::decode_limits shown_answer_limits{folded_answer::most_bytes, 25};

std::string kind_of(const merkle::block& block) {
    if (!block.tool_name.empty() || block.type == "tool_use") {
        return "call";
    }
    if (!block.refusal.empty()) {
        return "refusal";
    }
    return !block.thinking.empty() || block.type == "thinking" ? "thinking" : "text";
}

/// What a block says. Arguments that are not whole yet are JSON text in a JSON string, or bare.
std::string text_of(const merkle::block& block) {
    if (!block.tool_name.empty() || block.type == "tool_use") {
        std::string arguments;
        const auto& raw = block.tool_input.empty() ? block.raw : block.tool_input;
        return raw.starts_with('"') && text::decode_json_string(raw, arguments) == raw.size() ? arguments
                                                                                              : raw;
    }
    return !block.thinking.empty() ? block.thinking : !block.refusal.empty() ? block.refusal : block.text;
}

/// Whether a call in the history has a text as one of its arguments.
bool is_in_a_call(const llm::request& asked, std::string_view text) {
    std::string written;
    text::append_json_string(written, text);
    written.pop_back();  // the text may be a beginning
    return std::ranges::any_of(asked.messages, [&](const merkle::message& one) {
        return std::ranges::any_of(one.content, [&](const merkle::block& block) {
            return block.tool_input.find(written) != std::string::npos;
        });
    });
}

/// What was asked first, by which the call that began the thread is found. What a call of the history itself
/// holds is left out: a thread does not begin itself.
std::vector<opening_text> opening_of(const llm::request& asked) {
    constexpr std::size_t most_texts = 4;
    constexpr std::size_t most_bytes = 256;
    std::vector<opening_text> made;
    const auto first = std::ranges::find_if(
        asked.messages.begin() + static_cast<std::ptrdiff_t>(std::min(asked.leading, asked.messages.size())),
        asked.messages.end(), [](const merkle::message& one) { return !merkle::is_system_role(one.role); });
    if (first == asked.messages.end()) {
        return made;
    }
    for (const auto& block : first->content) {
        if (block.text.empty() || made.size() == most_texts) {
            continue;
        }
        const auto bytes = text::character_start(block.text, std::min(block.text.size(), most_bytes));
        opening_text one{block.text.substr(0, bytes), bytes < block.text.size()};
        if (!is_in_a_call(asked, one.text)) {
            made.push_back(std::move(one));
        }
    }
    return made;
}

}  // namespace

folded_answer::folded_answer(answer_origin origin, capture::budget& limits)
    : origin_{std::move(origin)},
      about_{std::move(origin_.about)},
      reducer_{origin_.api->make_reducer()},
      held_{limits} {
    if (!http::is_identity(origin_.response_encoding)) {
        decoder_.emplace(origin_.response_encoding, shown_answer_limits);
    }
}

bool folded_answer::find_begun(const find_begun_answer& find) {
    if (origin_.later_id.empty() || about_.answer_of) {
        return true;
    }
    auto begun = find ? find(origin_.later_id, about_.provider, origin_.starting_after) : std::nullopt;
    if (!begun) {
        return false;
    }
    about_.answer_of = begun->exchange;
    about_.model = std::move(begun->model);
    about_.agent_name = std::move(begun->agent_name);
    about_.project = std::move(begun->project);
    about_.session = std::move(begun->session);
    fold(begun->events);
    return true;
}

bool folded_answer::feed(std::string_view bytes) {
    about_.bytes += bytes.size();
    if (cut_) {
        return false;
    }
    if (std::exchange(begins_, false) && looks_readable(bytes)) {
        decoder_.reset();  // whatever coding is named, these bytes have none, see body_text
    }
    if (decoder_) {
        const auto status = decoder_->feed(bytes, [this](std::string_view decoded) { fold(decoded); });
        cut_ = cut_ || status == http::decode_status::too_large;
    } else {
        fold(bytes);
    }
    cut_ = cut_ || about_.bytes > most_bytes;
    if (cut_) {
        reducer_.reset();
        held_.shrink_to(0);
    }
    return !cut_;
}

void folded_answer::fold(std::string_view decoded) {
    decoded_bytes_ += decoded.size();
    cut_ = cut_ || decoded_bytes_ > most_bytes;
    if (!cut_) {
        reducer_->feed(decoded);
        const auto held = reducer_->held_bytes();
        cut_ = held > most_bytes || !held_.grow_early_to(3 * held);
    }
}

/// Learns what the request names: credentials, the model and the session.
void folded_answer::read_request(const http::redactor& redactor) {
    auto values = redactor.credentials_of(origin_.request_head, origin_.target);
    const auto of_answer = redactor.credentials_of(origin_.response_head);
    values.insert(values.end(), of_answer.begin(), of_answer.end());
    std::string_view body = origin_.request_body;
    http::decoded plain;
    if (!http::is_identity(origin_.request_encoding) && !looks_readable(body)) {
        plain = http::decode_all(origin_.request_encoding, body, shown_request_limits);
        body = plain.bytes;
    }
    const auto format = origin_.websocket
                            ? http::body_format::json
                            : http::format_of(http::find_value(origin_.request_head, "content-type"), body);
    std::vector<std::string> named;
    const auto changed = redactor.redact_body(body, http::credential_set{values}, format, &named);
    credentials_ = http::credential_set{std::move(values)}.with(named);
    if (!origin_.later_id.empty()) {
        return;  // all that it names stands in the record
    }
    reservation parsed{held_.limits()};
    llm::request asked;
    const auto text = changed ? std::string_view{*changed} : body;
    if (parsed.grow_early_to(llm::parse_cost(text))) {
        llm::map_request(*origin_.api, origin_.path, text, {}, asked);
    }
    about_.model = redactor.without(std::move(asked.model), credentials_);
    if (!asked.session.empty()) {
        about_.session = std::move(asked.session);
    }
    about_.session = redactor.without(std::move(about_.session), credentials_);
    about_.agent_name = redactor.without(std::move(about_.agent_name), credentials_);
    auto sender = speaker_of(origin_.request_head);
    about_.agent_id = redactor.without(std::move(sender.agent_id), credentials_);
    about_.parent_agent_id = redactor.without(std::move(sender.parent_agent_id), credentials_);
    about_.opening = opening_of(asked);
    for (auto& one : about_.opening) {
        one.text = redactor.without(std::move(one.text), credentials_);
    }
    for (auto* const done : {&origin_.request_body, &origin_.request_head, &origin_.response_head}) {
        *done = {};
    }
}

shown_answer folded_answer::look(const http::redactor& redactor, bool over) {
    if (!std::exchange(request_read_, true)) {
        read_request(redactor);
    }
    auto shown = about_;
    shown.over = over;
    shown.cut = cut_;
    if (!cut_) {
        add_content(redactor, shown);
    }
    return shown;
}

void folded_answer::add_content(const http::redactor& redactor, shown_answer& to) {
    auto whole = reducer_->so_far();
    // A credential that comes in several events is whole only here.
    if (auto changed = redactor.redact_body(whole, credentials_, http::body_format::json)) {
        whole = std::move(*changed);
    }
    llm::answer answered;
    if (!whole.empty()) {
        origin_.api->map_answer(whole, answered);
    }
    to.response_model = std::move(answered.model);
    for (const auto& choice : answered.choices) {
        for (const auto& block : choice.message.content) {
            add_block(block, to);
        }
    }
}

/// Also of an answer that has ended all is left away that may be the beginning of a credential: bytes behind
/// its end may still come, and what was committed says it all.
void folded_answer::add_block(const merkle::block& from, shown_answer& to) const {
    constexpr std::size_t most_blocks = 256;
    if (to.blocks.size() == most_blocks) {
        to.cut = true;
        return;
    }
    std::size_t before = 0;
    for (const auto& one : to.blocks) {
        before += one.text.size();
    }
    auto text = text_of(from);
    text.resize(text::character_start(text, decided_bytes(text, credentials_.values())));
    if (const auto room = most_shown_bytes - std::min(before, most_shown_bytes); text.size() > room) {
        text.resize(text::character_start(text, room));
        to.cut = true;
    }
    to.blocks.push_back({kind_of(from), from.tool_name, std::move(text)});
}

}  // namespace tapes::record
