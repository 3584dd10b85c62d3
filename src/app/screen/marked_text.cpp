#include "screen/marked_text.hpp"

#include <tapes/text/width.hpp>

#include <algorithm>

namespace tapes::app {

namespace {

/// A line as it grows.
class line_builder {
public:
    line_builder(std::vector<std::vector<marked_run>>& to, std::size_t width) : lines_{to}, width_{width} {
        lines_.emplace_back();
    }

    /// Adds a word, or a part of one; `space`: behind a space. Too wide ones are broken.
    void add(std::string_view word, bool marked, bool space) {
        while (!word.empty()) {
            const auto room = width_ == 0 ? word.size() : width_ - std::min(width_, used_ + (space ? 1 : 0));
            const auto whole = text::width_of(word);
            if (width_ == 0 || whole <= room) {
                put(word, marked, space);
                return;
            }
            const auto fits = used_ > 0 && whole <= width_ ? 0 : text::fitting(word, room);
            if (fits == 0 && used_ == 0) {  // a character that is wider than the screen
                const auto first = std::max<std::size_t>(text::fitting(word, 2), 1);
                put(word.substr(0, first), marked, false);
                word.remove_prefix(first);
            } else if (fits > 0) {
                put(word.substr(0, fits), marked, space);
                word.remove_prefix(fits);
            }
            if (word.empty()) {
                return;
            }
            lines_.emplace_back();
            used_ = 0;
            space = false;
        }
    }

private:
    void put(std::string_view word, bool marked, bool space) {
        auto& line = lines_.back();
        space = space && used_ > 0;
        used_ += text::width_of(word) + (space ? 1 : 0);
        if (space) {
            // A space within a mark is marked, too.
            const bool in_mark = marked && !line.empty() && line.back().marked;
            append(" ", in_mark);
        }
        append(word, marked);
    }
    void append(std::string_view text, bool marked) {
        auto& line = lines_.back();
        if (line.empty() || line.back().marked != marked) {
            line.push_back({"", marked});
        }
        line.back().text += text;
    }

    std::vector<std::vector<marked_run>>& lines_;
    std::size_t width_;
    std::size_t used_ = 0;
};

bool is_blank_byte(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\v';
}

constexpr std::string_view dots = "…";

void end_with_dots(std::vector<marked_run>& line, std::size_t width) {
    if (!line.empty() && line.back().text.ends_with(dots)) {
        return;
    }
    std::size_t used = 0;
    for (const auto& one : line) {
        used += text::width_of(one.text);
    }
    while (width != 0 && used + 1 > width && !line.empty()) {
        auto& last = line.back();
        const auto its = text::width_of(last.text);
        const auto keep = text::fitting(last.text, its - std::min(its, used + 1 - width));
        used -= its - text::width_of(std::string_view{last.text}.substr(0, keep));
        last.text.resize(keep);
        if (last.text.empty()) {
            line.pop_back();
        }
    }
    line.push_back({std::string{dots}, false});
}

}  // namespace

void marked_text::add(std::string_view text, bool marked) {
    if (text.empty()) {
        return;
    }
    const bool begins = is_blank_byte(text.front());
    auto visible = one_line(text);
    if (visible.empty()) {
        space_ = true;
        return;
    }
    if ((begins || space_) && !runs_.empty()) {
        visible.insert(0, 1, ' ');
    }
    space_ = is_blank_byte(text.back());
    runs_.push_back({std::move(visible), marked});
}

std::vector<std::vector<marked_run>> marked_text::lines(std::size_t width, std::size_t most) const {
    std::vector<std::vector<marked_run>> made;
    line_builder to{made, width};
    for (const auto& run : runs_) {
        std::string_view rest = run.text;
        while (!rest.empty()) {
            const bool space = rest.front() == ' ';
            rest.remove_prefix(space ? 1 : 0);
            const auto end = std::min(rest.find(' '), rest.size());
            to.add(rest.substr(0, end), run.marked, space);
            rest.remove_prefix(end);
        }
    }
    if (made.size() > most) {
        made.resize(std::max<std::size_t>(most, 1));
        end_with_dots(made.back(), width);
    }
    return made;
}

void write_marked(printer& out, const screen& to, const std::vector<std::vector<marked_run>>& lines,
                  std::size_t indent) {
    for (const auto& line : lines) {
        out << std::string(indent, ' ');
        for (const auto& run : line) {
            if (run.marked) {
                out << to.look.bold() << to.look.red() << run.text << to.look.plain();
            } else {
                out << run.text;
            }
        }
        out << "\n";
    }
}

}  // namespace tapes::app
