#pragma once

#include <tapes/export/sink.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::exports {

/// Writes lines within block quotes: each begins with as many `> ` as there are levels.
class quoting_sink {
public:
    explicit quoting_sink(sink& to) : to_{to} {}
    quoting_sink(const quoting_sink&) = delete;
    quoting_sink& operator=(const quoting_sink&) = delete;

    /// One level more, for as long as this lives. Begins and ends at the beginning of a line.
    class level {
    public:
        explicit level(quoting_sink& out) : out_{out} { ++out_.levels_; }
        ~level() { --out_.levels_; }
        level(const level&) = delete;
        level& operator=(const level&) = delete;

    private:
        quoting_sink& out_;
    };

    void write(std::string_view text) {
        std::string made;
        while (!text.empty()) {
            if (at_line_) {
                for (std::size_t i = 0; i < levels_; ++i) {
                    made += "> ";
                }
            }
            const auto end = text.find('\n');
            at_line_ = end != std::string_view::npos;
            made.append(text.substr(0, at_line_ ? end + 1 : text.size()));
            text.remove_prefix(at_line_ ? end + 1 : text.size());
        }
        to_.write(made);
    }

private:
    sink& to_;
    std::size_t levels_ = 0;
    bool at_line_ = true;
};

}  // namespace tapes::exports
