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

/// Cuts one body.
class cutter {
public:
    cutter(const api& spoken, std::string_view body, std::size_t least_bytes)
        : spoken_{spoken}, body_{body}, least_bytes_{least_bytes}, at_{body} {}

    std::optional<request_cut> cut() && {
        if (!take_object(!spoken_.envelope.empty()) || at_.peek() != '\0') {
            return std::nullopt;
        }
        return std::move(made_);
    }

private:
    /// Takes the object at the cursor; false where it cannot be cut. With `outer` the request may stand in
    /// the member that api::envelope names.
    bool take_object(bool outer) {
        std::vector<std::string_view> keys;
        if (!at_.take('{')) {
            return false;
        }
        for (bool first = true; !at_.failed() && at_.peek() != '}'; first = false) {
            if (!first && !at_.take(',')) {
                return false;
            }
            const auto key = at_.string();
            if (at_.failed() || !at_.take(':') || key.find('\\') != std::string_view::npos) {
                return false;
            }
            keys.push_back(key);
            const bool inner = outer && key == spoken_.envelope && at_.peek() == '{';
            if (inner ? !take_object(false) : !take_member(key)) {
                return false;
            }
        }
        return !at_.failed() && at_.take('}') && !has_twins(std::move(keys));
    }

    bool take_member(std::string_view key) {
        const char start = at_.peek();
        const auto begin = at_.offset();
        if (key == spoken_.history && start == '[') {
            return take_history(key);
        }
        at_.skip_value();
        text::count_work(key.size() + at_.offset() - begin);
        const bool stands =
            std::find(spoken_.standing.begin(), spoken_.standing.end(), key) != spoken_.standing.end();
        if (stands && at_.offset() - begin >= least_bytes_ && !key.empty()) {
            made_.places.push_back(
                {begin, at_.offset(), key, {body_.substr(begin, at_.offset() - begin)}, false});
        }
        return true;
    }

    bool take_history(std::string_view key) {
        auto place = cut_elements(at_, body_, key);
        if (!place.history || made_.history != request_cut::npos) {
            return false;
        }
        if (auto apart = spoken_.set_apart.empty() ? cut_place{} : take_apart(place, spoken_.set_apart);
            !apart.pieces.empty()) {
            made_.places.push_back(std::move(apart));
        }
        if (!place.pieces.empty()) {
            made_.history = made_.places.size();
            made_.places.push_back(std::move(place));
        }
        return true;
    }

    const api& spoken_;
    std::string_view body_;
    std::size_t least_bytes_;
    json_cursor at_;
    request_cut made_;
};

}  // namespace

std::optional<request_cut> cut_request(const api& spoken, std::string_view body, std::size_t least_bytes) {
    cutter made{spoken, body, least_bytes};
    return std::move(made).cut();
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
