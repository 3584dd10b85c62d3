#include "gemini/api.hpp"

#include "content_blocks.hpp"
#include "gemini/envelope.hpp"
#include "gemini/message.hpp"
#include "gemini/names.hpp"
#include "gemini/parts.hpp"
#include "gemini/usage.hpp"
#include "json.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::llm::gemini {
namespace {

std::size_t to_candidates(std::optional<std::int64_t> count) {
    constexpr std::int64_t most = 1024;
    return static_cast<std::size_t>(std::clamp<std::int64_t>(count.value_or(1), 1, most));
}

void read_settings(json_value from, std::size_t& choices) {
    if (is_object(from)) {
        for (auto [key, value] : members_of(from.get_object())) {
            if (is_name(key, "candidateCount")) {
                choices = to_candidates(read_integer(value));
            }
        }
    }
}

/// The messages of the contents, one content after the other.
class contents_reader {
public:
    void read(json_value contents) {
        if (is_array(contents)) {
            for (auto one : contents.get_array()) {
                add(one.value());
            }
        } else if (!is_null(contents)) {
            add(contents);
        }
    }

    std::vector<merkle::message> finish() && {
        end_message();
        return std::move(made_);
    }

private:
    void add(json_value content) {
        std::string role;
        if (is_object(content)) {
            json_object members = content.get_object();
            read_text_member(members, "role", role);
            rewind(members);
            begin_message(role_of(role));
            open_->add_members(members);
        } else {
            begin_message(role_of(role));
            open_->add_content(content);
        }
    }

    void begin_message(std::string role) {
        if (!open_ || !open_->is_answer() || open_->role() != role) {
            end_message();
            open_.emplace(std::move(role));
        }
    }

    void end_message() {
        if (open_) {
            made_.push_back(std::move(*open_).finish());
            open_.reset();
        }
    }

    std::vector<merkle::message> made_;
    std::optional<message_builder> open_;
};

void read_request(json_object root, request& out) {
    message_builder system{"system"};
    contents_reader contents;
    bool has_contents = false;
    visit_members(root, request_envelope, [&](std::string_view key, json_value value) {
        if (key == "model") {
            read_text(value, out.model);
        } else if (key == "contents") {
            has_contents = true;
            contents = {};
            contents.read(value);
        } else if (is_name(key, "systemInstruction")) {
            system = message_builder{"system"};
            system.add_content(value);
        } else if (is_name(key, "generationConfig")) {
            read_settings(value, out.choices);
        } else if (is_name(key, "sessionId")) {
            read_text(value, out.session);
        }
    });
    if (!has_contents) {
        throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
    }
    out.model = plain_model(std::move(out.model));
    out.messages = std::move(contents).finish();
    if (auto leading = std::move(system).finish(); !leading.content.empty()) {
        out.messages.insert(out.messages.begin(), std::move(leading));
        out.leading = 1;
    }
}

/// Tells whether a candidate ended because it was to say no more, and not as it should.
bool is_refusal(std::string_view reason) noexcept {
    constexpr std::array<std::string_view, 6> usual{
        "", "STOP", "MAX_TOKENS", "incomplete", "CONTINUATION", "FINISH_REASON_UNSPECIFIED"};
    return std::ranges::find(usual, reason) == usual.end();
}

struct indexed_choice {
    std::int64_t index = 0;
    choice content;
};

indexed_choice read_candidate(json_object from, std::int64_t position) {
    indexed_choice read;
    read.index = position;
    std::string explanation;
    std::vector<merkle::block> sources;
    message_builder message{"assistant"};
    for (auto [key, value] : members_of(from)) {
        if (key == "content") {
            message.add_content(value);
        } else if (key == "index") {
            read.index = read_integer(value).value_or(position);
        } else if (is_name(key, "finishReason")) {
            read_name(value, read.content.stop_reason);
        } else if (is_name(key, "finishMessage")) {
            read_text(value, explanation);
        } else if (is_source(key) && !is_null(value)) {
            std::string name = snake_name(key);
            if (std::string json = read_raw(value); !tells_nothing(json)) {
                const auto known = std::ranges::find(sources, name, &merkle::block::type);
                auto& source = known == sources.end() ? sources.emplace_back() : *known;
                source = raw_block(std::move(name), std::move(json));
            }
        }
    }
    for (auto& source : sources) {
        message.add(std::move(source));
    }
    if (is_refusal(read.content.stop_reason)) {
        const bool silent = message.is_empty() && explanation.empty();
        message.add_refusal(silent ? read.content.stop_reason : std::move(explanation));
    }
    read.content.message = std::move(message).finish();
    return read;
}

/// A prompt that was blocked has no candidates: what is said of it is the answer.
void read_feedback(json_value from, std::vector<indexed_choice>& out) {
    if (!is_object(from)) {
        return;
    }
    indexed_choice read;
    std::string explanation;
    for (auto [key, value] : members_of(from.get_object())) {
        if (is_name(key, "blockReason")) {
            read_name(value, read.content.stop_reason);
        } else if (is_name(key, "blockReasonMessage")) {
            read_text(value, explanation);
        }
    }
    if (read.content.stop_reason.empty()) {
        return;
    }
    message_builder message{"assistant"};
    message.add_refusal(explanation.empty() ? read.content.stop_reason : std::move(explanation));
    read.content.message = std::move(message).finish();
    out.push_back(std::move(read));
}

map_error read_answer(json_object root, answer& out) {
    std::vector<indexed_choice> choices;
    std::vector<indexed_choice> feedback;
    std::string trace;
    bool has_candidates = false;
    bool failed = false;
    visit_members(root, response_envelope, [&](std::string_view key, json_value value) {
        if (key == "candidates" && (is_array(value) || is_object(value))) {
            has_candidates = true;
            choices.clear();
            if (is_object(value)) {
                choices.push_back(read_candidate(value.get_object(), 0));
                return;
            }
            for (auto from : value.get_array()) {
                choices.push_back(
                    read_candidate(from.get_object(), static_cast<std::int64_t>(choices.size())));
            }
        } else if (is_name(key, "promptFeedback")) {
            feedback.clear();
            read_feedback(value, feedback);
        } else if (is_name(key, "usageMetadata")) {
            read_usage(value, out.used);
        } else if (is_name(key, "responseId")) {
            read_name(value, out.id);
        } else if (is_name(key, "traceId")) {
            read_name(value, trace);
        } else if (is_name(key, "modelVersion")) {
            read_name(value, out.model);
        } else if (key == "error") {
            failed = !is_null(value);
        }
    });
    if (out.id.empty()) {
        out.id = std::move(trace);
    }
    out.model = plain_model(std::move(out.model));
    std::ranges::stable_sort(choices, {}, &indexed_choice::index);
    for (auto& from : choices) {
        if (!from.content.message.content.empty()) {
            out.choices.push_back(std::move(from.content));
        }
    }
    if (out.choices.empty() && !feedback.empty()) {
        out.choices.push_back(std::move(feedback.front().content));
    }
    if (!out.choices.empty()) {
        return map_error::none;
    }
    return failed ? map_error::provider_error : has_candidates ? map_error::empty : map_error::wrong_shape;
}

bool is_answer_content(std::string_view content) {
    std::string role;
    try {
        json_reader json(content);
        read_text_member(json.root(), "role", role);
    } catch (const simdjson::simdjson_error&) {
        return false;
    }
    return merkle::is_answer_role(role_of(role));
}

}  // namespace

map_error map_request(std::string_view body, const item_source&, request& out) {
    return map_json(body, [&out](json_object root) {
        read_request(root, out);
        return map_error::none;
    });
}

map_error map_answer(std::string_view body, answer& out) {
    return map_json(body, [&out](json_object root) { return read_answer(root, out); });
}

std::size_t expected_choices(std::string_view body) {
    if (body.find("\"candidate") == std::string_view::npos) {
        return 1;
    }
    std::size_t choices = 1;
    try {
        json_reader json(body);
        visit_members(json.root(), request_envelope, [&choices](std::string_view key, json_value value) {
            if (is_name(key, "generationConfig")) {
                read_settings(value, choices);
            }
        });
        return choices;
    } catch (const simdjson::simdjson_error&) {
        return 1;
    }
}

bool joins(std::string_view before, std::string_view after) {
    return is_answer_content(before) && is_answer_content(after);
}

}  // namespace tapes::llm::gemini
