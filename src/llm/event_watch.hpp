#pragma once

#include "end_state.hpp"
#include "lines.hpp"
#include "sse.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/aws_events.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Returns true where a member named `quoted_key` may have a value other than null, at any depth. Quotes
/// inside of JSON strings are escaped, so the key is found as a key or a value only.
inline bool may_have_value(std::string_view json, std::string_view quoted_key) noexcept {
    for (std::size_t at = json.find(quoted_key); at != std::string_view::npos;
         at = json.find(quoted_key, at)) {
        at = json.find_first_not_of(" \t\r\n:", at + quoted_key.size());
        if (at != std::string_view::npos && json[at] != 'n') {
            return true;
        }
    }
    return false;
}

/// Watches an event stream, or an AWS event stream, of which clients act on a message once it is whole. A
/// client may act on a data line before the event's blank line, so each line is looked at as it comes;
/// several data lines of one event are looked at together as well.
class event_watch : public end_watch {
public:
    end_mark feed(std::string_view bytes) final {
        state_.begin_call();
        event_begin_ = 0;  // unless a new event begins in these bytes
        if (!framed_ && !bytes.empty()) {
            framed_ = are_aws_events(bytes);
        }
        if (framed_.value_or(false)) {
            frames_.feed(bytes, [this](const aws_event& one) {
                event_begin_ = one.begin;
                judge(json_of(one));
            });
            return state_.mark();
        }
        lines_.feed(bytes, [this](std::string_view line, std::size_t begin) { take(line, begin); });
        return state_.mark();
    }

    std::size_t held_bytes() const noexcept override {
        return lines_.held_bytes() + data_.capacity() + frames_.held_bytes();
    }

private:
    /// Returns which end this data tells. Called once for each data line.
    virtual end_kind end_of(std::string_view data) = 0;
    /// Tells whether this data adds to what the answer says. Called for what follows an end.
    virtual bool says(std::string_view data) = 0;
    /// Forgets what has led to an end that was none.
    virtual void refuted() {}

    void take(std::string_view line, std::size_t begin) {
        if (line.empty()) {
            if (data_lines_ > 1) {
                judge(data_);
            }
            in_event_ = false;
            data_lines_ = 0;
            data_.clear();
            if (data_.capacity() > kept_capacity) {
                data_.shrink_to_fit();
            }
            return;
        }
        if (!in_event_) {
            in_event_ = true;
            event_begin_ = begin;
        }
        const auto data = sse_data(line);
        if (!data) {
            return;
        }
        judge(*data);
        data_.append(data_lines_++ > 0 ? "\n" : "").append(*data);
    }

    void judge(std::string_view data) {
        if (state_.ended() && says(data)) {
            state_.refute();
            refuted();
        }
        state_.note(end_of(data), event_begin_);
    }

    static constexpr std::size_t kept_capacity = std::size_t{64} * 1024;

    line_splitter lines_;
    aws_event_reader frames_;
    std::optional<bool> framed_;  ///< once bytes have come: they are an AWS event stream
    end_state state_;
    std::string data_;
    std::size_t data_lines_ = 0;
    std::size_t event_begin_ = 0;
    bool in_event_ = false;
};

}  // namespace tapes::llm
