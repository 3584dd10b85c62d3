#pragma once

#include "lines.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Returns the value of a `data` line of an event stream (WHATWG HTML §9.2.6); nothing for other lines.
inline std::optional<std::string_view> sse_data(std::string_view line) noexcept {
    if (line.starts_with("\xEF\xBB\xBF")) {
        line.remove_prefix(3);  // a byte order mark may open the stream
    }
    if (!line.starts_with("data")) {
        return std::nullopt;
    }
    line.remove_prefix(4);
    if (line.empty()) {
        return line;
    }
    if (line.front() != ':') {
        return std::nullopt;
    }
    line.remove_prefix(line.starts_with(": ") ? 2 : 1);
    return line;
}

/// Reads the data of each event from bytes in any split.
class sse_reader {
public:
    /// Calls `on_data(data)` for each event that ends in `bytes`; several data lines are joined by LF.
    template <class OnData>
    void feed(std::string_view bytes, OnData&& on_data) {
        lines_.feed(bytes, [&](std::string_view line, std::size_t) { take(line, on_data); });
    }

    /// Ends the stream: an event without its blank line counts as well, so that nothing is lost.
    template <class OnData>
    void finish(OnData&& on_data) {
        const std::string rest = lines_.take_rest();
        if (!rest.empty()) {
            take(rest, on_data);
        }
        take({}, on_data);
    }

    std::size_t held_bytes() const noexcept { return lines_.held_bytes() + data_.capacity(); }

private:
    template <class OnData>
    void take(std::string_view line, OnData& on_data) {
        if (line.empty()) {
            if (has_data_) {
                on_data(std::string_view(data_));
            }
            has_data_ = false;
            data_.clear();
            return;
        }
        if (const auto value = sse_data(line)) {
            if (has_data_) {
                data_.push_back('\n');
            }
            has_data_ = true;
            data_.append(*value);
        }
    }

    line_splitter lines_;
    std::string data_;
    bool has_data_ = false;
};

}  // namespace tapes::llm
