// Ollama's streams: JSON objects in lines, folded into the one-shot answer, and watched for their end.
#include "delta.hpp"
#include "end_state.hpp"
#include "json.hpp"
#include "ollama/api.hpp"
#include "ollama/call_pieces.hpp"
#include "streamed_objects.hpp"
#include "usage_delta.hpp"

#include <tapes/llm/finite_json.hpp>
#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace tapes::llm::ollama {
namespace {

// Members that come in pieces, by API; "" stands for no member.
using piece_members = std::array<std::string_view, 4>;
constexpr piece_members chat_pieces{"message"};
constexpr piece_members generate_pieces{"response", "thinking", "tool_calls", "image"};

// Members whose last value counts.
constexpr std::array<std::string_view, 11> whole_members{
    "model",         "created_at",        "done",
    "done_reason",   "context",           "total_duration",
    "load_duration", "prompt_eval_count", "prompt_eval_duration",
    "eval_count",    "eval_duration"};

template <std::size_t N>
std::string_view known(const std::array<std::string_view, N>& members, std::string_view key) noexcept {
    const auto* const found = key.empty() ? members.end() : std::find(members.begin(), members.end(), key);
    return found == members.end() ? std::string_view() : *found;
}

class reducer final : public stream_reducer {
public:
    explicit reducer(const piece_members& pieces) : pieces_(pieces) {}

    void feed(std::string_view bytes) override { objects_.feed(bytes); }

    std::string finish() override {
        at_end_ = true;
        objects_.finish();
        return so_far();
    }

    std::string so_far() const override {
        return folded_.empty() && calls_.empty() && !done_ ? std::string() : write();
    }

    bool failed() const override { return failed_; }
    bool has_gaps() const override { return gaps_; }
    std::size_t held_bytes() const override { return held_ + objects_.held_bytes(); }

private:
    // Of what is no JSON object, what stood before the fault is kept.
    void take(std::string_view object) {
        const auto finite = with_finite_numbers(object);
        try {
            json_reader event(finite ? *finite : object);
            for (auto [key, value] : members_of(event.root())) {
                take(key, value);
            }
        } catch (const simdjson::simdjson_error&) {
            gaps_ = gaps_ || !at_end_;
        }
    }

    void take(std::string_view key, json_value value) {
        if (const std::string_view piece = known(pieces_, key); !piece.empty()) {
            if (fits(piece, value)) {
                take_piece(piece, value);
            }
        } else if (const std::string_view word = known(whole_members, key); !word.empty()) {
            std::string last = read_raw(value);  // throws where that is no JSON
            std::string& known_value = values_[word];
            if (!known_value.empty() && tells_nothing(last)) {
                return;  // and what is over stays so
            }
            held_ = held_ - known_value.size() + last.size();
            known_value = std::move(last);
            done_ = done_ || (word == "done" && known_value == "true");
        } else if (key == "error" && !is_null(value)) {
            failed_ = true;
        }
    }

    void take_piece(std::string_view piece, json_value value) {
        if (piece == "tool_calls") {
            calls_.merge(held_, value);
            return;
        }
        // Where it is no JSON further in, it may say nothing: then it is as if it had not come. Calls that it
        // made before are said in a message.
        delta& folded = folded_[piece];
        try {
            if (piece == "message") {
                take_message(value.get_object(), folded);
            } else {
                folded.merge(held_, value, piece);
            }
        } catch (const simdjson::simdjson_error&) {
            if (folded.empty() && (piece != "message" || calls_.empty())) {
                folded_.erase(piece);
            }
            throw;
        }
    }

    void take_message(json_object from, delta& into) {
        for (auto [key, value] : members_of(from)) {
            if (key == "tool_calls" && is_array(value)) {
                calls_.merge(held_, value);
            }
        }
        rewind(from);
        into.merge_members(held_, from, 0, {"tool_calls"});
    }

    static bool fits(std::string_view piece, json_value value) {
        if (piece == "message") {
            return is_object(value);
        }
        return piece == "tool_calls" ? is_array(value)
                                     : value.type() == simdjson::ondemand::json_type::string;
    }

    std::string write() const {
        std::string out = "{";
        for (const auto& [key, value] : values_) {
            merkle::append_json_string(out, key);
            out.append(":").append(value).append(",");
        }
        const auto message = folded_.find("message");
        for (const auto& [key, value] : folded_) {
            merkle::append_json_string(out, key);
            out.push_back(':');
            if (key == "message") {
                out.push_back('{');
                value.write_members(out);
                write_calls(out, out.back() == '{' ? "" : ",");
                out.push_back('}');
            } else {
                value.write(out);
            }
            out.push_back(',');
        }
        if (message == folded_.end()) {
            write_calls(out, "");
            out.append(calls_.empty() ? "" : ",");
        }
        out.back() = '}';
        return out;
    }

    void write_calls(std::string& out, std::string_view separator) const {
        if (!calls_.empty()) {
            out.append(separator).append(R"("tool_calls":)");
            calls_.write(out);
        }
    }

    const piece_members& pieces_;
    streamed_objects objects_{[this](std::string_view object) { take(object); }};
    std::map<std::string_view, delta> folded_;
    call_pieces calls_;
    std::map<std::string_view, std::string> values_;
    bool done_ = false;
    bool failed_ = false;
    bool gaps_ = false;
    bool at_end_ = false;
    std::size_t held_ = 0;
};

/// Looks at each object as soon as its last brace is there: a client may take it for whole before its line
/// ends. `"done": true`, or an error, is the strong end; there is no weak one.
class watch final : public end_watch {
public:
    end_mark feed(std::string_view bytes) override {
        state_.begin_call();
        std::size_t begin = 0;  // of the object, in these bytes
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            const char c = bytes[at];
            if ((c == '\n' || c == '\r') && in_string_) {
                restart();  // no JSON: the line broke off
            } else if (depth_ > 0) {
                if (closes(c)) {
                    object_.append(bytes.substr(begin, at + 1 - begin));
                    judge(begin);
                    restart();
                }
            } else if (c == '{') {
                depth_ = 1;
                begin = at;
            }
        }
        if (depth_ > 0) {
            object_.append(bytes.substr(begin));
        }
        return state_.mark();
    }

    std::size_t held_bytes() const noexcept override { return object_.capacity(); }

private:
    void restart() {
        depth_ = 0;
        in_string_ = false;
        escaped_ = false;
        object_.clear();
        constexpr std::size_t kept_capacity = std::size_t{64} * 1024;
        if (object_.capacity() > kept_capacity) {
            object_.shrink_to_fit();
        }
    }

    /// True at the last brace of the object.
    bool closes(char c) noexcept {
        if (in_string_) {
            in_string_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (c == '}' || c == ']') {
            --depth_;
        }
        return depth_ == 0;
    }

    void judge(std::size_t begin) {
        if (state_.ended() && says(object_)) {
            state_.refute();
        }
        const bool over = object_.starts_with(R"({"error":)") || (may_end(object_) && says_done(object_));
        state_.note(over ? end_kind::strong : end_kind::none, begin);
    }

    static bool says(std::string_view object) {
        bool any = false;
        try {
            json_reader event(object);
            for (auto [key, value] : members_of(event.root())) {
                if (key == "response" || key == "thinking") {
                    any = is_filled(value) || any;
                } else if (key == "message" && is_object(value)) {
                    for (auto [name, member] : members_of(value.get_object())) {
                        any = (name != "role" && is_filled(member)) || any;
                    }
                }
            }
        } catch (const simdjson::simdjson_error&) {
            return any;
        }
        return any;
    }

    static bool may_end(std::string_view line) noexcept {
        constexpr std::string_view key = "\"done\"";
        for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at)) {
            at = line.find_first_not_of(" \t\r\n:", at + key.size());
            if (at != std::string_view::npos && line[at] == 't') {
                return true;
            }
        }
        return false;
    }

    static bool says_done(std::string_view line) {
        try {
            json_reader event(line);
            bool done = false;
            for (auto [key, value] : members_of(event.root())) {
                if (key == "done") {
                    done = read_flag(value);
                }
            }
            return done;
        } catch (const simdjson::simdjson_error&) {
            return false;
        }
    }

    std::string object_;  // as far as it has come, while depth_ > 0
    std::size_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
    end_state state_;
};

}  // namespace

std::unique_ptr<stream_reducer> make_chat_reducer() {
    return std::make_unique<reducer>(chat_pieces);
}

std::unique_ptr<stream_reducer> make_generate_reducer() {
    return std::make_unique<reducer>(generate_pieces);
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()>) {
    return std::make_unique<watch>();
}

}  // namespace tapes::llm::ollama
