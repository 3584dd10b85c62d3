#include "questions/page.hpp"

#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <utility>

namespace tapes::mcp {

namespace {

std::size_t size_of(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace).size();
}

void cut_strings(ordered_json& value, std::size_t most) {
    if (value.is_string()) {
        auto& text = value.get_ref<std::string&>();
        if (text.size() > most) {
            text.resize(text::character_start(text, most));
            text += "…";
        }
    } else if (value.is_structured()) {
        for (auto& one : value) {
            cut_strings(one, most);
        }
    }
}

void cut_arrays(ordered_json& value, std::size_t most) {
    if (value.is_array() && value.size() > most) {
        value.erase(value.begin() + static_cast<std::ptrdiff_t>(most), value.end());
    }
    if (value.is_structured()) {
        for (auto& one : value) {
            cut_arrays(one, most);
        }
    }
}

/// Work is linear in the bytes for each of a few sizes.
void make_fit(ordered_json& entry, std::size_t room) {
    bool cut = false;
    for (std::size_t most = 16'384; size_of(entry) > room && most >= 64; most /= 4) {
        cut_strings(entry, most);
        cut = true;
    }
    for (std::size_t most = 64; size_of(entry) > room && most >= 1; most /= 4) {
        cut_arrays(entry, most);
        cut = true;
    }
    if (cut) {
        entry["cut"] = true;
    }
}

}  // namespace

void clean(ordered_json& value, const question_scope& scope, std::size_t text_bytes) {
    if (value.is_string()) {
        auto& text = value.get_ref<std::string&>();
        if (scope.without_secrets) {
            text = scope.without_secrets(std::move(text));
        }
        cut_strings(value, text_bytes);
    } else if (value.is_structured()) {
        for (auto& one : value) {
            clean(one, scope, text_bytes);
        }
    }
}

page::page(const question& asked) : asked_{asked}, room_{asked.given.number("bytes", usual_answer_bytes)} {}

bool page::add(ordered_json entry, std::size_t text_bytes) {
    clean(entry, asked_.scope, text_bytes);
    if (entries_.empty()) {
        make_fit(entry, room_);
    }
    const auto size = size_of(entry) + 1;
    if (!entries_.empty() && size > room_) {
        return false;
    }
    room_ -= std::min(size, room_);
    entries_.push_back(std::move(entry));
    return true;
}

ordered_json next_json(const std::string& cursor) {
    return cursor.empty() ? ordered_json(nullptr) : ordered_json(cursor);
}

}  // namespace tapes::mcp
