#include "wire/event_cutter.hpp"

#include "transcript/call_summary.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <string>

namespace tapes::read {

namespace {

constexpr std::size_t longest_event_name = 256;
constexpr std::size_t looked_for_type = 4096;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// A line without what ends it, and where the next one begins.
struct body_line {
    std::string_view text;
    std::size_t next = 0;
    bool ended = false;
};

/// Lines end in CRLF, LF or CR (WHATWG HTML §9.2.5); of ndjson in LF, and a CR before it is white space.
body_line line_at(std::string_view body, std::size_t at, bool carriage_returns) {
    const auto end = body.find_first_of(carriage_returns ? "\r\n" : "\n", at);
    if (end == std::string_view::npos) {
        return {body.substr(at), body.size(), false};
    }
    const bool two = body[end] == '\r' && end + 1 < body.size() && body[end + 1] == '\n';
    return {body.substr(at, end - at), end + (two ? 2 : 1), true};
}

std::string name_from(std::string_view text) {
    return std::string{
        text.substr(0, text::character_start(text, std::min(text.size(), longest_event_name)))};
}

/// Appends as much of `text` as there is room for, and counts all of it.
void append_data(excerpt& to, std::string_view text, std::size_t most) {
    if (!to.cut()) {
        const auto room = most - std::min(most, to.text.size());
        to.text.append(text.substr(0, text::character_start(text, std::min(room, text.size()))));
    }
    to.bytes += text.size();
}

/// The `type` of the JSON that begins so.
std::string type_in(std::string_view data) {
    return data.starts_with('{') ? name_from(json_member(data.substr(0, looked_for_type), "type")) : "";
}

/// A line of an event stream: its field's name and value (WHATWG HTML §9.2.6).
std::pair<std::string_view, std::string_view> field_of(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
        return {line, {}};
    }
    auto value = line.substr(colon + 1);
    value.remove_prefix(value.starts_with(' ') ? 1 : 0);
    return {line.substr(0, colon), value};
}

class event_cutter {
public:
    event_cutter(std::string_view body, const wire_request& request, wire_listing& out)
        : body_{body}, request_{request}, out_{out} {}

    void cut_stream();
    void cut_lines();
    void cut_messages();
    void cut_array();
    void cut_whole();

private:
    void take_field(std::string_view line, wire_event& to);
    bool keep(wire_event&& one);

    std::string_view body_;
    const wire_request& request_;
    wire_listing& out_;
    bool has_data_ = false;
    std::string type_data_;  ///< the beginning of the data at hand
};

void event_cutter::take_field(std::string_view line, wire_event& to) {
    const auto [name, value] = field_of(line);
    if (name == "event") {
        to.type = name_from(value);
    } else if (name == "id") {
        to.id = name_from(value);
    } else if (name == "data") {
        if (has_data_) {
            append_data(to.data, "\n", request_.data_bytes);
        }
        has_data_ = true;
        append_data(to.data, value, request_.data_bytes);
        type_data_.append(value.substr(0, looked_for_type - std::min(looked_for_type, type_data_.size())));
    } else if (name.empty() && !line.empty() && !has_data_) {  // a comment, such as a heartbeat
        append_data(to.data, line, request_.data_bytes);
    }
}

/// Takes an event into the page. False where the page is full.
bool event_cutter::keep(wire_event&& one) {
    if (one.type.empty()) {
        one.type = type_in(type_data_);
    }
    type_data_.clear();
    has_data_ = false;
    if (one.offset < request_.from) {
        return true;
    }
    if (out_.events.size() == request_.most) {
        out_.next = one.offset;
        return false;
    }
    out_.events.push_back(std::move(one));
    return true;
}

/// Blank lines belong to the event before them. A comment that stands alone is an event without a type.
void event_cutter::cut_stream() {
    std::size_t at = body_.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
    std::size_t begin = 0;
    while (at < body_.size()) {
        wire_event one;
        one.offset = begin;
        one.whole = false;
        while (at < body_.size()) {
            const auto line = line_at(body_, at, true);
            at = line.next;
            if (line.text.empty() && line.ended) {
                one.whole = true;
                break;
            }
            take_field(line.text, one);
        }
        for (auto line = line_at(body_, at, true); at < body_.size() && line.text.empty();
             line = line_at(body_, at, true)) {
            at = line.next;
        }
        one.bytes = at - begin;
        begin = at;
        if (!keep(std::move(one))) {
            return;
        }
    }
}

void event_cutter::cut_lines() {
    for (std::size_t at = 0; at < body_.size();) {
        const auto line = line_at(body_, at, false);
        wire_event one;
        one.offset = at;
        one.bytes = line.next - at;
        one.whole = line.ended;
        auto text = line.text;
        text.remove_suffix(text.ends_with('\r') ? 1 : 0);
        append_data(one.data, text, request_.data_bytes);
        type_data_ = text.substr(0, looked_for_type);
        at = line.next;
        if (!keep(std::move(one))) {
            return;
        }
    }
}

/// Messages of an AWS event stream. What cannot be read is one event at the end.
void event_cutter::cut_messages() {
    llm::aws_event_reader reader;
    std::size_t end = 0;
    bool full = false;
    reader.feed(body_, [&](const llm::aws_event& message) {
        end = message.begin + message.bytes;
        if (full || message.begin < request_.from) {
            return;
        }
        wire_event one;
        one.offset = message.begin;
        one.bytes = message.bytes;
        const bool holds = message.type == "chunk" && !message.failed;
        const auto held = holds ? llm::json_of(message) : std::string{};
        const auto data = holds ? std::string_view{held} : message.payload;
        append_data(one.data, data, request_.data_bytes);
        one.type = type_in(holds ? data : std::string_view{});
        if (one.type.empty()) {
            one.type = name_from(message.type);
        }
        full = !keep(std::move(one));
    });
    if (!full && end < body_.size()) {
        wire_event one;
        one.offset = end;
        one.bytes = body_.size() - end;
        one.whole = false;
        keep(std::move(one));
    }
}

/// The separator before an element belongs to it, and what stands behind the last one to that.
void event_cutter::cut_array() {
    text::json_cursor at{body_};
    at.take('[');
    std::size_t begin = 0;
    if (at.peek() == ']' || at.peek() == '\0') {
        cut_whole();
        return;
    }
    while (!at.failed() && at.peek() != '\0') {
        at.take(',');
        (void)at.peek();  // moves over white space
        const auto from = at.offset();
        at.skip_value();
        const auto end = at.failed() ? body_.size() : at.offset();
        const bool last = at.failed() || at.peek() != ',';
        wire_event one;
        one.offset = begin;
        one.bytes = (last ? body_.size() : end) - begin;
        one.whole = !at.failed();
        append_data(one.data, body_.substr(from, end - from), request_.data_bytes);
        type_data_ = body_.substr(from, std::min(looked_for_type, end - from));
        begin = end;
        if (!keep(std::move(one)) || last) {
            return;
        }
    }
}

void event_cutter::cut_whole() {
    if (body_.empty()) {
        return;
    }
    wire_event one;
    one.bytes = body_.size();
    append_data(one.data, body_, request_.data_bytes);
    type_data_ = body_.substr(0, looked_for_type);
    keep(std::move(one));
}

}  // namespace

void cut_events(std::string_view body, const wire_request& request, wire_listing& out) {
    event_cutter cutter{body, request, out};
    switch (out.form) {
        case wire_form::sse:
        case wire_form::websocket:
            cutter.cut_stream();
            break;
        case wire_form::ndjson:
            cutter.cut_lines();
            break;
        case wire_form::aws_events:
            cutter.cut_messages();
            break;
        case wire_form::array:
            cutter.cut_array();
            break;
        default:
            cutter.cut_whole();
            break;
    }
}

}  // namespace tapes::read
