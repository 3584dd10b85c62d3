#include <tapes/event/event.hpp>
#include <tapes/event/members.hpp>
#include <tapes/event/record.hpp>
#include <tapes/store/dead_letters.hpp>

namespace tapes::event {

void append_letter_event(std::string& out, const store::kept_change& change) {
    const auto number = [&out](std::string_view name, std::int64_t value) {
        out += ",\"";
        out += name;
        out += "\":";
        append_int(out, value);
    };
    const auto& letter = change.letter;
    out += "{\"schema\":\"";
    out += type_of(change.kind);
    out += '"';
    append_time(out, "occurred_at", change.at_us);
    out += ",\"dead_letter\":{\"id\":";
    append_int(out, letter.id);
    append_member(out, "event_id", letter.event_id);
    append_member(out, "event_type", letter.event_type);
    append_member(out, "topic", letter.topic);
    append_member(out, "source", letter.source);
    if (letter.seq != 0) {
        number("seq", static_cast<std::int64_t>(letter.seq));
    }
    if (letter.partition >= 0) {
        number("partition", letter.partition);
        number("offset", letter.offset);
    }
    number("attempts", change.attempts);
    append_member(out, "reason", change.reason);
    append_time(out, "first_at", letter.received_at_us);
    append_time(out, "last_at", change.at_us);
    if (change.due_at_us != 0) {
        append_time(out, "due_at", change.due_at_us);
    }
    out += "}}";
}

void make_letter_record(event_record& out, const store::kept_change& change) {
    out.restart(type_of(change.kind), change.at_us);
    append_int(out.id, change.letter.id);
    out.id += '-';
    append_int(out.id, change.id);
    out.id += '-';
    append_int(out.id, change.at_us);
    if (change.letter.event_id.empty()) {
        append_int(out.key, change.letter.id);
    } else {
        out.key = change.letter.event_id;
    }
    append_letter_event(out.value, change);
}

}  // namespace tapes::event
