#include "screen/table.hpp"

#include <tapes/text/width.hpp>

#include <algorithm>
#include <utility>

namespace tapes::app {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_text = 6;  ///< columns of text that stay

}  // namespace

void table::add(std::vector<table_cell> row) {
    if (measured_) {
        write_row(row);
        return;
    }
    rows_.push_back(std::move(row));
    if (rows_.size() == rows_measured) {
        finish();
    }
}

void table::finish() {
    if (!measured_) {
        measure();
        write_titles();
    }
    for (const auto& row : std::exchange(rows_, {})) {
        write_row(row);
    }
}

void table::measure() {
    measured_ = true;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto width = std::max(text::width_of(columns_[i].title), columns_[i].least);
        for (const auto& row : rows_) {
            width = std::max(width, text::width_of(row[i].text));
        }
        const auto most = columns_[i].most;
        widths_.push_back(most == 0 || to_.width == 0 ? width : std::min(width, most));
        shown_.push_back(i);
    }
    if (to_.width == 0) {
        return;
    }
    // What was dropped last may have been narrow: the last column takes what is left of the screen.
    const auto last = columns_.size() - 1;
    const bool open = columns_[last].aligned == column::side::left;
    const auto wanted = widths_[last];
    widths_[last] = open ? std::min(wanted, least_last) : wanted;
    while (whole_width() > to_.width && drop_one()) {
    }
    while (whole_width() > to_.width && narrow_one()) {
    }
    if (open) {
        widths_[last] += std::min(wanted - widths_[last], to_.width - std::min(to_.width, whole_width()));
    }
}

std::size_t table::whole_width() const {
    std::size_t width = 0;
    for (const auto i : shown_) {
        width += widths_[i] + (i == shown_.back() ? 0 : gap);
    }
    return width;
}

/// Drops the column of the highest rank. Returns false where all stay.
bool table::drop_one() {
    const auto highest =
        std::ranges::max_element(shown_, {}, [this](std::size_t i) { return columns_[i].rank; });
    if (columns_[*highest].rank == 0) {
        return false;
    }
    shown_.erase(highest);
    return true;
}

/// Takes a character from the widest column of text. Returns false where all are narrow.
bool table::narrow_one() {
    const auto room = [this](std::size_t i) {
        return columns_[i].aligned == column::side::left ? widths_[i] : 0;
    };
    const auto widest = *std::ranges::max_element(shown_, {}, room);
    if (room(widest) <= least_text) {
        return false;
    }
    --widths_[widest];
    return true;
}

void table::write_titles() {
    for (const auto i : shown_) {
        write_cell(i, columns_[i].title, to_.look.bold(), i == shown_.back());
    }
    out_ << "\n";
}

void table::write_row(const std::vector<table_cell>& row) {
    for (const auto i : shown_) {
        write_cell(i, row[i].text, row[i].colour, i == shown_.back());
    }
    out_ << "\n";
}

void table::write_cell(std::size_t at, std::string_view text, words colour, bool last) {
    auto shown = fitted(text, to_.width == 0 ? 0 : widths_[at]);
    const auto fill = widths_[at] - std::min(widths_[at], text::width_of(shown));
    const bool right = columns_[at].aligned == column::side::right;
    if (right) {
        out_ << std::string(fill, ' ');
    }
    if (colour.text.empty() || shown.empty()) {
        out_ << shown;
    } else {
        out_ << colour << shown << to_.look.plain();
    }
    if (!last) {
        out_ << std::string((right ? 0 : fill) + gap, ' ');
    }
}

}  // namespace tapes::app
