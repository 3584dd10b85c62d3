// The end of Gemini's streams, of events and of a JSON array.
#include "event_watch.hpp"
#include "gemini/api.hpp"
#include "gemini/envelope.hpp"
#include "gemini/names.hpp"
#include "json.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace tapes::llm::gemini {
namespace {

/// Judges chunks, in either form of a stream.
class chunk_judge {
public:
    explicit chunk_judge(std::function<std::size_t()> choices) : choices_(std::move(choices)) {}

    std::size_t held_bytes() const noexcept {
        constexpr std::size_t node_bytes = 64;
        return ended_.size() * node_bytes;
    }

    void refuted() { ended_.clear(); }

    end_kind end_of(std::string_view chunk) {
        if (!may_end(chunk)) {
            return end_kind::none;
        }
        bool failed = false;
        bool blocked = false;
        bool ended = false;
        try {
            json_reader json(chunk);
            visit_members(json.root(), response_envelope, [&](std::string_view key, json_value value) {
                if (key == "candidates") {
                    ended = note_candidates(value) || ended;
                } else if (is_name(key, "promptFeedback") && is_object(value)) {
                    blocked = is_blocked(value.get_object()) || blocked;
                } else if (key == "error") {
                    failed = is_error(value) || failed;
                }
            });
        } catch (const simdjson::simdjson_error&) {
            return end_kind::none;
        }
        if (failed) {
            return end_kind::strong;
        }
        return blocked || (ended && ended_.size() >= expected()) ? end_kind::weak : end_kind::none;
    }

    static bool says(std::string_view chunk) {
        bool any = false;
        try {
            json_reader json(chunk);
            visit_members(json.root(), response_envelope, [&any](std::string_view key, json_value value) {
                if (key == "candidates" && is_array(value)) {
                    for (auto candidate : value.get_array()) {
                        any = candidate_says(candidate.get_object()) || any;
                    }
                } else if (key == "candidates" && is_object(value)) {
                    any = candidate_says(value.get_object()) || any;
                }
            });
        } catch (const simdjson::simdjson_error&) {
            return any;
        }
        return any;
    }

private:
    /// Quotes inside of JSON strings are escaped, so these are found as keys and values only.
    static bool may_end(std::string_view chunk) noexcept {
        return may_have_value(chunk, "\"finishReason\"") || may_have_value(chunk, "\"finish_reason\"") ||
               may_have_value(chunk, "\"blockReason\"") || may_have_value(chunk, "\"block_reason\"") ||
               chunk.find("\"error\"") != std::string_view::npos;
    }

    static bool is_blocked(json_object feedback) {
        std::string reason;
        for (auto [key, value] : members_of(feedback)) {
            if (is_name(key, "blockReason")) {
                read_name(value, reason);
            }
        }
        return !reason.empty();
    }

    bool note_candidates(json_value from) {
        const auto before = ended_.size();
        if (is_object(from)) {
            note(from.get_object(), 0);
        } else if (is_array(from)) {
            std::int64_t position = 0;
            for (auto one : from.get_array()) {
                note(one.get_object(), position++);
            }
        }
        return ended_.size() > before;
    }

    void note(json_object candidate, std::int64_t position) {
        std::int64_t index = position;
        std::string reason;
        for (auto [key, value] : members_of(candidate)) {
            if (key == "index") {
                index = read_integer(value).value_or(position);
            } else if (is_name(key, "finishReason")) {
                read_name(value, reason);
            }
        }
        if (!reason.empty() && reason != "FINISH_REASON_UNSPECIFIED") {
            ended_.insert(index);
        }
    }

    std::size_t expected() {
        if (expected_ == 0) {
            expected_ = choices_ ? std::max<std::size_t>(choices_(), 1) : 1;
        }
        return expected_;
    }

    static bool candidate_says(json_object candidate) {
        bool any = false;
        for (auto [key, value] : members_of(candidate)) {
            if (key != "content" || !is_object(value)) {
                continue;
            }
            for (auto [name, parts] : members_of(value.get_object())) {
                if (name == "parts" && is_array(parts)) {
                    for (auto part : parts.get_array()) {
                        any = part_says(part.value()) || any;
                    }
                }
            }
        }
        return any;
    }

    static bool part_says(json_value part) {
        bool any = false;
        if (!is_object(part)) {
            return is_filled(part);
        }
        for (auto [key, value] : members_of(part.get_object())) {
            any = (key != "thought" && is_filled(value)) || any;
        }
        return any;
    }

    std::function<std::size_t()> choices_;
    std::set<std::int64_t> ended_;
    std::size_t expected_ = 0;  // 0: not asked yet
};

class events_watch final : public event_watch {
public:
    explicit events_watch(std::function<std::size_t()> choices) : judge_(std::move(choices)) {}

    std::size_t held_bytes() const noexcept override {
        return event_watch::held_bytes() + judge_.held_bytes();
    }

private:
    end_kind end_of(std::string_view data) override {
        data.remove_prefix(std::min(data.find_first_not_of(" \t"), data.size()));
        return data.starts_with("[DONE]") ? end_kind::strong : judge_.end_of(data);
    }

    bool says(std::string_view data) override { return chunk_judge::says(data); }
    void refuted() override { judge_.refuted(); }

    chunk_judge judge_;
};

/// Looks at each element of the array as soon as its last brace is there, and for the bracket that closes
/// the array. An object that stands alone is looked at as well.
class array_watch final : public end_watch {
public:
    explicit array_watch(std::function<std::size_t()> choices) : judge_(std::move(choices)) {}

    end_mark feed(std::string_view bytes) override {
        state_.begin_call();
        std::size_t begin = 0;  // of the element, in these bytes
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            if (in_string_) {
                at = end_of_string(bytes, at);
                continue;
            }
            const char c = bytes[at];
            if (c == '"') {
                in_string_ = true;
            } else if (c == '{' || c == '[') {
                if (c == '{' && depth_ == base()) {
                    begin = at;
                    in_element_ = true;
                }
                opened_ = opened_ || (c == '[' && depth_ == 0);
                ++depth_;
            } else if ((c == '}' || c == ']') && depth_ > 0) {
                --depth_;
                if (in_element_ && depth_ == base()) {
                    element_.append(bytes.substr(begin, at + 1 - begin));
                    end_element(begin);
                } else if (depth_ == 0) {
                    state_.note(end_kind::strong, at);
                }
            }
        }
        if (in_element_) {
            element_.append(bytes.substr(begin));
        }
        return state_.mark();
    }

    std::size_t held_bytes() const noexcept override { return element_.capacity() + judge_.held_bytes(); }

private:
    /// The depth at which elements stand.
    std::size_t base() const noexcept { return opened_ ? 1 : 0; }

    /// Returns the offset of the quote that ends the string, or of the last byte.
    std::size_t end_of_string(std::string_view bytes, std::size_t at) {
        while (at < bytes.size()) {
            if (std::exchange(escaped_, false)) {
                ++at;
                continue;
            }
            at = bytes.find_first_of("\"\\", at);
            if (at == std::string_view::npos) {
                break;
            }
            if (bytes[at] == '"') {
                in_string_ = false;
                return at;
            }
            escaped_ = true;
            ++at;
        }
        return bytes.size() - 1;
    }

    void end_element(std::size_t begin) {
        if (state_.ended() && chunk_judge::says(element_)) {
            state_.refute();
            judge_.refuted();
        }
        state_.note(judge_.end_of(element_), begin);
        in_element_ = false;
        element_.clear();
        constexpr std::size_t kept_capacity = std::size_t{64} * 1024;
        if (element_.capacity() > kept_capacity) {
            element_.shrink_to_fit();
        }
    }

    chunk_judge judge_;
    end_state state_;
    std::string element_;  ///< as far as it has come
    std::size_t depth_ = 0;
    bool opened_ = false;  ///< the array has begun
    bool in_element_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
};

/// Tells the two forms by the first byte that says something.
class watch final : public end_watch {
public:
    explicit watch(std::function<std::size_t()> choices) : choices_(std::move(choices)) {}

    end_mark feed(std::string_view bytes) override {
        if (form_) {
            return form_->feed(bytes);
        }
        constexpr std::string_view mark_and_blank = "\xEF\xBB\xBF \t\r\n";
        const auto first = bytes.find_first_not_of(mark_and_blank);
        if (first == std::string_view::npos) {
            return {};
        }
        if (bytes[first] == '[' || bytes[first] == '{') {
            form_ = std::make_unique<array_watch>(std::move(choices_));
        } else {
            form_ = std::make_unique<events_watch>(std::move(choices_));
        }
        return form_->feed(bytes);
    }

    std::size_t held_bytes() const noexcept override { return form_ ? form_->held_bytes() : 0; }

private:
    std::function<std::size_t()> choices_;
    std::unique_ptr<end_watch> form_;
};

}  // namespace

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices) {
    return std::make_unique<watch>(std::move(choices));
}

}  // namespace tapes::llm::gemini
