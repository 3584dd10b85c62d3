#include <tapes/llm/request_cut.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <utility>

namespace tapes::llm {
namespace {

using text::json_cursor;

/// The elements of the array at the cursor, which is left behind its bracket.
cut_place cut_elements(json_cursor& at, std::string_view body, std::string_view key) {
    cut_place place;
    place.key = key;
    place.history = true;
    at.take('[');
    place.begin = place.end = at.offset();
    while (!at.failed() && at.peek() != ']') {
        if (!place.pieces.empty() && !at.take(',')) {
            return {};
        }
        at.skip_value();
        text::count_work(at.offset() - place.end);
        place.pieces.push_back(body.substr(place.end, at.offset() - place.end));
        place.end = at.offset();
    }
    at.take(']');
    return place;
}

/// Takes the elements of that type off the front of a history: they may change while what follows stays, so
/// they are a place of their own. Returns a place without pieces where there are none.
cut_place take_apart(cut_place& history, std::string_view type) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < history.pieces.size() && member_text(element_of(history.pieces[count]), "type") == type) {
        bytes += history.pieces[count++].size();
    }
    cut_place apart;
    if (count == 0) {
        return apart;
    }
    apart.begin = history.begin;
    apart.end = history.begin += bytes;
    apart.key = type;
    apart.apart = true;
    apart.pieces = {{history.pieces.front().data(), bytes}};
    history.pieces.erase(history.pieces.begin(), history.pieces.begin() + static_cast<std::ptrdiff_t>(count));
    return apart;
}

/// Sorts, so that a body of nothing but keys costs little more than its bytes.
bool has_twins(std::vector<std::string_view> keys) {
    text::count_work(keys.size());
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

}  // namespace

std::optional<request_cut> cut_request(const api& spoken, std::string_view body, std::size_t least_bytes) {
    request_cut cut;
    std::vector<std::string_view> keys;
    json_cursor at{body};
    if (!at.take('{')) {
        return std::nullopt;
    }
    for (bool first = true; !at.failed() && at.peek() != '}'; first = false) {
        if (!first && !at.take(',')) {
            return std::nullopt;
        }
        const auto key = at.string();
        if (at.failed() || !at.take(':') || key.find('\\') != std::string_view::npos) {
            return std::nullopt;
        }
        keys.push_back(key);
        const char start = at.peek();
        const auto begin = at.offset();
        if (key == spoken.history && start == '[') {
            auto place = cut_elements(at, body, key);
            if (!place.history) {
                return std::nullopt;
            }
            if (auto apart = spoken.set_apart.empty() ? cut_place{} : take_apart(place, spoken.set_apart);
                !apart.pieces.empty()) {
                cut.places.push_back(std::move(apart));
            }
            if (!place.pieces.empty()) {
                cut.history = cut.places.size();
                cut.places.push_back(std::move(place));
            }
            continue;
        }
        at.skip_value();
        text::count_work(key.size() + at.offset() - begin);
        const bool stands =
            std::find(spoken.standing.begin(), spoken.standing.end(), key) != spoken.standing.end();
        if (stands && at.offset() - begin >= least_bytes && !key.empty()) {
            cut.places.push_back({begin, at.offset(), key, {body.substr(begin, at.offset() - begin)}, false});
        }
    }
    if (at.failed() || !at.take('}') || at.peek() != '\0' || has_twins(std::move(keys))) {
        return std::nullopt;
    }
    return cut;
}

std::string_view member_text(std::string_view object, std::string_view key) noexcept {
    json_cursor at{object};
    at.take('{');
    for (bool first = true; !at.failed() && (first || at.take(',')); first = false) {
        const auto name = at.string();
        if (at.failed() || !at.take(':')) {
            break;
        }
        if (name == key && at.peek() == '"') {
            return at.string();
        }
        at.skip_value();
    }
    return {};
}

std::string_view element_of(std::string_view piece) noexcept {
    const auto start = piece.find_first_not_of(", \n\r\t");
    return start == std::string_view::npos ? std::string_view{} : piece.substr(start);
}

std::string without_known(std::string_view body, const request_cut& cut, std::size_t first) {
    std::string out;
    std::size_t at = 0;
    for (const auto& place : cut.places) {
        out.append(body.substr(at, place.begin - at));
        at = place.end;
        if (place.history) {
            for (std::size_t i = first; i < place.pieces.size(); ++i) {
                out.append(i == first ? element_of(place.pieces[i]) : place.pieces[i]);
            }
        } else if (place.key == "tools") {
            out.append("null");
        } else if (!place.apart) {
            out.append(place.pieces.front());
        }
    }
    return out.append(body.substr(at));
}

}  // namespace tapes::llm
