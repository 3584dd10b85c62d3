// The stream of Chat Completions: folded into the one-shot answer, and watched for its end.
#include "delta.hpp"
#include "event_reducer.hpp"
#include "event_watch.hpp"
#include "json.hpp"
#include "openai_chat/api.hpp"
#include "openai_chat/call_deltas.hpp"
#include "openai_chat/detail_deltas.hpp"
#include "openai_chat/message_parts.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tapes::llm::openai_chat {
namespace {

struct streamed_message {
    delta members;
    call_deltas calls;
    detail_deltas details;   ///< of the reasoning
    detail_deltas thoughts;  ///< `thinking_blocks`
};

struct streamed_choice {
    streamed_message pieces;
    streamed_message
        repeated;  ///< what a `message` beside deltas says: all of them once more, or what they lack
    std::string finish_reason;
    bool has_deltas = false;
};

// Appends what both say, with the first in front where they say the same.
template <class Deltas>
void write_array(std::string& out, std::size_t begin, std::string_view key, const Deltas& first,
                 const Deltas& second) {
    const Deltas& from = first.empty() ? second : first;
    if (!from.empty()) {
        out.append(out.size() == begin ? "\"" : ",\"").append(key).append("\":");
        from.write(out);
    }
}

void write_message(std::string& out, const streamed_choice& from) {
    const std::size_t begin = out.size();
    from.pieces.members.write_members(out, &from.repeated.members);
    write_array(out, begin, "tool_calls", from.pieces.calls, from.repeated.calls);
    write_array(out, begin, "reasoning_details", from.pieces.details, from.repeated.details);
    write_array(out, begin, "thinking_blocks", from.pieces.thoughts, from.repeated.thoughts);
}

class reducer final : public event_reducer {
private:
    void take_event(json_object root) override;
    std::string write() const override;
    void take_choice(json_object from, std::int64_t position);
    void take_usage(json_value from);
    void take_delta(json_object from, streamed_message& into);

    std::string id_;
    std::string model_;
    std::string created_;
    usage_delta usage_;
    std::map<std::string, std::string> sources_;  ///< by their keys, as JSON; the last ones count
    std::map<std::int64_t, streamed_choice> choices_;
};

void reducer::take_event(json_object root) {
    for (auto [key, value] : members_of(root)) {
        if (key == "choices") {
            if (is_array(value)) {
                std::int64_t position = 0;
                for (auto from : value.get_array()) {
                    take_choice(from.get_object(), position++);
                }
            }
        } else if (key == "id" && id_.empty()) {
            read_name(value, id_);
        } else if (key == "model" && model_.empty()) {
            read_name(value, model_);
        } else if (key == "created" && created_.empty() && read_integer(value)) {
            created_ = read_raw(value);
        } else if (key == "usage") {
            take_usage(value);
        } else if (key == "x_groq" && is_object(value)) {
            for (auto [name, usage] : members_of(value.get_object())) {
                if (name == "usage") {
                    take_usage(usage);
                }
            }
        } else if (is_source(key) && is_array(value)) {
            std::string json = read_raw(value);
            std::string& known = sources_[std::string{key}];
            if (known.empty() || !tells_nothing(json)) {
                held_ = held_ - known.size() + json.size();
                known = std::move(json);
            }
        } else if (key == "error" && !is_null(value)) {
            failed_ = true;
        }
    }
}

void reducer::take_usage(json_value from) {
    if (is_object(from)) {
        usage_.merge(held_, from.get_object());
    }
}

void reducer::take_choice(json_object from, std::int64_t position) {
    std::int64_t index = position;
    bool has_delta = false;
    for (auto [key, value] : members_of(from)) {
        if (key == "index") {
            index = read_integer(value).value_or(position);
        } else if (key == "delta") {
            has_delta = is_object(value);
        }
    }
    const auto [known, added] = choices_.try_emplace(index);
    held_ += added ? sizeof(*known) : 0;
    known->second.has_deltas = known->second.has_deltas || has_delta;
    rewind(from);
    for (auto [key, value] : members_of(from)) {
        if ((key == "delta" || key == "message") && is_object(value)) {
            // Beside deltas a message repeats them, or all that was said so far.
            const bool repeats = key == "message" && known->second.has_deltas;
            take_delta(value.get_object(), repeats ? known->second.repeated : known->second.pieces);
        } else if (key == "finish_reason") {
            read_name(value, known->second.finish_reason);
        } else if (key == "usage") {
            take_usage(value);  // Moonshot tells it here
        }
    }
}

void reducer::take_delta(json_object from, streamed_message& into) {
    for (auto [key, value] : members_of(from)) {
        if (key == "tool_calls" && is_array(value)) {
            for (auto fragment : value.get_array()) {
                into.calls.merge(held_, fragment.get_object());
            }
        } else if (key == "reasoning_details" && is_array(value)) {
            for (auto fragment : value.get_array()) {
                into.details.merge(held_, fragment.value());
            }
        } else if (key == "thinking_blocks" && is_array(value)) {
            for (auto fragment : value.get_array()) {
                into.thoughts.merge(held_, fragment.value());
            }
        }
    }
    rewind(from);
    into.members.merge_members(held_, from, 0, {"tool_calls", "reasoning_details", "thinking_blocks"});
}

std::string reducer::write() const {
    if (choices_.empty() && usage_.empty()) {
        return {};
    }
    std::string out = R"({"id":)";
    merkle::append_json_string(out, id_);
    out.append(R"(,"object":"chat.completion")");
    if (!created_.empty()) {
        out.append(R"(,"created":)").append(created_);
    }
    out.append(R"(,"model":)");
    merkle::append_json_string(out, model_);
    out.append(R"(,"choices":[)");
    bool first = true;
    for (const auto& [index, from] : choices_) {
        out.append(first ? "" : ",")
            .append(R"({"index":)")
            .append(std::to_string(index))
            .append(R"(,"message":{)");
        first = false;
        write_message(out, from);
        out.append(R"(},"finish_reason":)");
        merkle::append_json_string(out, from.finish_reason.empty() ? "incomplete" : from.finish_reason);
        out.push_back('}');
    }
    out.push_back(']');
    if (!usage_.empty()) {
        out.append(R"(,"usage":)");
        usage_.write(out);
    }
    for (const auto& [key, json] : sources_) {
        out.append(",\"").append(key).append("\":").append(json);
    }
    out.push_back('}');
    return out;
}

// [DONE], or an error in mid-stream, is the strong end. The chunk that gives the last choice its
// finish_reason is a weak one: usage may follow, and some servers give every chunk a reason, or the first.
class watch final : public event_watch {
public:
    explicit watch(std::function<std::size_t()> choices) : choices_(std::move(choices)) {}

    std::size_t held_bytes() const noexcept override {
        constexpr std::size_t node_bytes = 64;
        return event_watch::held_bytes() + ended_.size() * node_bytes;
    }

private:
    end_kind end_of(std::string_view data) override {
        const std::size_t start = data.find_first_not_of(" \t");
        if (start == std::string_view::npos) {
            return end_kind::none;
        }
        data.remove_prefix(start);
        if (data.starts_with("[DONE]") || tells_error(data)) {
            return end_kind::strong;
        }
        const bool last = may_have_value(data, "\"finish_reason\"") && ends_last_choice(data);
        return last ? end_kind::weak : end_kind::none;
    }

    bool says(std::string_view data) override {
        bool any = false;
        try {
            json_reader chunk(data);
            for (auto [key, value] : members_of(chunk.root())) {
                if (key == "choices" && is_array(value)) {
                    for (auto from : value.get_array()) {
                        any = choice_says(from.get_object()) || any;
                    }
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return any;
        }
        return any;
    }

    static bool choice_says(json_object from) {
        bool any = false;
        for (auto [key, value] : members_of(from)) {
            if ((key == "delta" || key == "message") && is_object(value)) {
                for (auto [name, member] : members_of(value.get_object())) {
                    any = (name != "role" && is_filled(member)) || any;
                }
            } else if (key == "text") {  // of Completions
                any = is_filled(value) || any;
            }
        }
        return any;
    }

    void refuted() override { ended_.clear(); }

    /// Quotes inside of JSON strings are escaped, so "error" is found as a key or a value only.
    static bool tells_error(std::string_view data) {
        if (data.find("\"error\"") == std::string_view::npos) {
            return false;
        }
        try {
            json_reader chunk(data);
            for (auto [key, value] : members_of(chunk.root())) {
                if (key == "error" && is_error(value)) {
                    return true;
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return false;
        }
        return false;
    }

    bool ends_last_choice(std::string_view data) {
        const std::size_t before = ended_.size();
        try {
            json_reader chunk(data);
            for (auto [key, value] : members_of(chunk.root())) {
                if (key == "choices" && is_array(value)) {
                    std::int64_t position = 0;
                    for (auto from : value.get_array()) {
                        note_choice(from.get_object(), position++);
                    }
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return false;
        }
        if (ended_.size() == before) {
            return false;
        }
        if (expected_ == 0) {
            expected_ = choices_ ? std::max<std::size_t>(choices_(), 1) : 1;
        }
        return ended_.size() >= expected_;
    }

    void note_choice(json_object from, std::int64_t position) {
        std::int64_t index = position;
        std::string reason;
        for (auto [key, value] : members_of(from)) {
            if (key == "index") {
                index = read_integer(value).value_or(position);
            } else if (key == "finish_reason") {
                read_text(value, reason);
            }
        }
        if (!reason.empty() && reason != "null") {
            ended_.insert(index);
        }
    }

    std::function<std::size_t()> choices_;
    std::set<std::int64_t> ended_;
    std::size_t expected_ = 0;  // 0: not asked yet
};

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices) {
    return std::make_unique<watch>(std::move(choices));
}

}  // namespace tapes::llm::openai_chat
