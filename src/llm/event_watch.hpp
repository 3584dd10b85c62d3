#pragma once

#include "lines.hpp"
#include "sse.hpp"

#include <tapes/llm/api.hpp>

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

/// Watches an event stream for the first event whose data `ends` takes for the end. A client may act on a
/// data line before the event's blank line, so each line is asked about as it comes; several data lines of
/// one event are asked about together as well.
class event_watch : public end_watch {
public:
    std::size_t feed(std::string_view bytes) final {
        if (done_) {
            return npos;
        }
        event_begin_ = 0;  // unless a new event begins in these bytes
        lines_.feed(bytes, [this](std::string_view line, std::size_t begin) { take(line, begin); });
        return done_ ? hold_from_ : npos;
    }

    std::size_t held_bytes() const noexcept override { return lines_.held_bytes() + data_.capacity(); }

private:
    /// Returns true where this data tells the client that the answer is over. Called once for each data line.
    virtual bool ends(std::string_view data) = 0;

    void take(std::string_view line, std::size_t begin) {
        if (done_) {
            return;
        }
        if (line.empty()) {
            if (data_lines_ > 1 && ends(data_)) {
                stop();
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
        if (ends(*data)) {
            stop();
            return;
        }
        data_.append(data_lines_++ > 0 ? "\n" : "").append(*data);
    }

    void stop() {
        done_ = true;
        hold_from_ = event_begin_;
    }

    static constexpr std::size_t kept_capacity = std::size_t{64} * 1024;

    line_splitter lines_;
    std::string data_;
    std::size_t data_lines_ = 0;
    std::size_t event_begin_ = 0;
    std::size_t hold_from_ = npos;
    bool in_event_ = false;
    bool done_ = false;
};

}  // namespace tapes::llm
