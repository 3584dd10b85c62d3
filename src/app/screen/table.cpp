#include "screen/table.hpp"

#include <tapes/text/width.hpp>

#include <algorithm>
#include <utility>

namespace tapes::app {

namespace {

constexpr std::size_t gap = 2;

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
        auto width = text::width_of(columns_[i].title);
        for (const auto& row : rows_) {
            width = std::max(width, text::width_of(row[i].text));
        }
        const auto most = columns_[i].most;
        widths_.push_back(most == 0 || to_.width == 0 ? width : std::min(width, most));
        shown_.push_back(i);
    }
    while (to_.width != 0 && !has_room()) {
        drop_one();
    }
    if (to_.width == 0) {
        return;
    }
    std::size_t before = 0;
    for (const auto i : shown_) {
        before += i == shown_.back() ? 0 : widths_[i] + gap;
    }
    widths_[shown_.back()] = std::max<std::size_t>(to_.width - std::min(to_.width, before), 1);
}

/// Whether the last column has the room that it needs, or nothing can go any more.
bool table::has_room() const {
    std::size_t wanted = 0;
    bool fixed = true;
    for (const auto i : shown_) {
        wanted += i == shown_.back() ? std::min(widths_[i], least_last) : widths_[i] + gap;
        fixed = fixed && columns_[i].rank == 0;
    }
    return fixed || wanted <= to_.width;
}

void table::drop_one() {
    const auto highest =
        std::ranges::max_element(shown_, {}, [this](std::size_t i) { return columns_[i].rank; });
    shown_.erase(highest);
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
