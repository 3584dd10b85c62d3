#include "redaction/credentials.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>

namespace tapes::http {
namespace {

/// A line of a text whose lines end with CRLF, LF or CR (as in event streams).
struct text_line {
    std::string_view text;  ///< without its line end
    std::size_t next = 0;   ///< offset of the next line
};

text_line line_at(std::string_view body, std::size_t start) noexcept {
    const auto end = std::min(body.find_first_of("\r\n", start), body.size());
    const bool crlf = body.substr(end).starts_with("\r\n");
    return {body.substr(start, end - start), std::min(end + (crlf ? 2 : 1), body.size())};
}

/// Returns where the block of lines that holds `at` starts: after the last empty line, but not before `from`.
std::size_t block_start(std::string_view body, std::size_t from, std::size_t at) noexcept {
    auto start = from;
    for (auto line_start = at; line_start > from;) {
        const auto end = body.find_last_of("\r\n", line_start - 1);
        if (end == std::string_view::npos || end < from) {
            break;
        }
        start = end + 1;
        const bool crlf = body[end] == '\n' && end > from && body[end - 1] == '\r';
        line_start = crlf ? end - 1 : end;
        if (line_start == from || body[line_start - 1] == '\n' || body[line_start - 1] == '\r') {
            return start;
        }
        start = from;
    }
    return start;
}

/// The joined lines of the data of an event, and where each came from.
struct joined_data {
    struct piece {
        std::size_t at;    ///< offset in text
        std::size_t from;  ///< offset in the body
    };
    std::string text;
    std::vector<piece> pieces;

    std::size_t place_of(std::size_t at) const noexcept {
        const auto after = std::ranges::upper_bound(pieces, at, {}, &piece::at);
        const auto& within = *std::prev(after);
        return within.from + (at - within.at);
    }
};

void credentials_in_data(const joined_data& data, const name_rules& rules, credential_ranges& out) {
    auto found = out.beside();
    credentials_in_json(data.text, 0, rules, found);
    for (auto& one : found) {
        const auto first = data.place_of(one.at);
        // A string that goes over two lines is replaced with all that stands between its parts.
        const auto last = data.place_of(one.at + one.size - 1);
        out.add({first, last - first + 1, std::move(one.value), one.recurs});
    }
}

/// Tells whether more than one line up to the next empty one holds data.
bool has_several_data_lines(std::string_view body, std::size_t start) noexcept {
    int count = 0;
    while (start < body.size() && count < 2) {
        const auto line = line_at(body, start);
        if (line.text.empty()) {
            break;
        }
        count += line.text.starts_with("data:") ? 1 : 0;
        start = line.next;
    }
    return count > 1;
}

/// Searches the lines up to the next empty one and returns where that ends.
std::size_t credentials_in_block(std::string_view body, std::size_t start, const name_rules& rules,
                                 credential_ranges& out) {
    joined_data data;
    const bool several = has_several_data_lines(body, start);
    while (start < body.size()) {
        const auto line = line_at(body, start);
        if (line.text.empty()) {
            start = line.next;
            break;
        }
        const std::size_t skip = line.text.starts_with("data:") ? 5 : 0;
        const auto text = line.text.substr(skip);
        // Each line is searched for itself as well, as not every sender puts an empty line between its
        // events.
        credentials_in_json(text, start + skip, rules, out,
                            several && skip > 0 ? broken_json::ends : broken_json::goes_on);
        if (skip > 0) {
            if (data.pieces.size() == data.pieces.capacity() && !data.pieces.empty()) {
                out.charge(2 * (data.pieces.size() * sizeof(joined_data::piece) + data.text.size()));
            }
            data.pieces.push_back({data.text.size(), start + skip});
            data.text.append(text).append(1, '\n');
        }
        start = line.next;
    }
    if (several) {
        data.text.pop_back();
        credentials_in_data(data, rules, out);
    }
    return start;
}

}  // namespace

void credentials_in_lines(std::string_view body, const name_rules& rules, credential_ranges& out) {
    std::size_t done = 0;
    for (auto hint = find_json_hint(body, 0, rules); hint != std::string_view::npos;
         hint = find_json_hint(body, done, rules)) {
        text::count_work(hint - done);  // block_start goes back no further
        done = credentials_in_block(body, block_start(body, done, hint), rules, out);
    }
}

void credentials_in_body(std::string_view body, body_format format, const name_rules& rules,
                         credential_ranges& out) {
    text::count_work(body.size());
    switch (format) {
        case body_format::form:
            credentials_in_form(body, rules, out);
            break;
        case body_format::lines:
            credentials_in_lines(body, rules, out);
            break;
        case body_format::json:
            if (find_json_hint(body, 0, rules) != std::string_view::npos) {
                credentials_in_json(body, 0, rules, out);
            }
            break;
        case body_format::other:
            break;
    }
}

}  // namespace tapes::http
