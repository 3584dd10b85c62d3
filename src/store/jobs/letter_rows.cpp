#include "jobs/letter_rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::store {

namespace {

constexpr std::array<std::string_view, 4> states{"pending", "scheduled", "retried", "discarded"};
constexpr std::array<std::string_view, 3> changes{"received", "retried", "discarded"};

}  // namespace

std::string_view name_of(letter_state state) noexcept {
    return states[static_cast<std::size_t>(state)];
}

std::string_view name_of(letter_change change) noexcept {
    return changes[static_cast<std::size_t>(change)];
}

std::optional<letter_state> letter_state_of(std::string_view name) noexcept {
    const auto found = std::ranges::find(states, name);
    if (found == states.end()) {
        return std::nullopt;
    }
    return static_cast<letter_state>(found - states.begin());
}

kept_letter letter_of(const statement& row) {
    kept_letter made;
    int at = 0;
    made.id = row.integer_at(at++);
    made.state = letter_state_of(row.text_at(at++)).value_or(letter_state::pending);
    made.source = row.text_at(at++);
    made.seq = static_cast<std::uint64_t>(row.integer_at(at++));
    made.event_id = row.text_at(at++);
    made.event_type = row.text_at(at++);
    made.topic = row.text_at(at++);
    made.partition = static_cast<int>(row.optional_at(at++).value_or(-1));
    made.offset = row.optional_at(at++).value_or(-1);
    made.key = row.bytes_at(at++);
    if (!row.is_null(at)) {
        made.payload = row.bytes_at(at);
    }
    ++at;
    made.reason = row.text_at(at++);
    made.attempts = static_cast<unsigned>(row.integer_at(at++));
    made.retries = static_cast<unsigned>(row.integer_at(at++));
    for (auto* time : {&made.received_at_us, &made.last_at_us, &made.changed_at_us, &made.due_at_us,
                       &made.leased_until_us}) {
        *time = row.integer_at(at++);
    }
    made.discard_reason = row.text_at(at);
    return made;
}

letter_query::letter_query(const letter_filter& filter, std::string_view also)
    : filter_{filter}, where_{also} {
    const auto either = [&](const auto& values, std::string_view column) {
        std::string list;
        for (std::size_t i = 0; i < values.size(); ++i) {
            list.append(list.empty() ? "" : ",").append("?");
        }
        where_.append(" AND ").append(column).append(" IN (").append(list).append(")");
    };
    if (!filter.ids.empty()) {
        either(filter.ids, "id");
    }
    if (!filter.states.empty()) {
        either(filter.states, "state");
    }
    for (const auto& [value, column] : {std::pair{&filter.topic, "topic"},
                                        {&filter.event_type, "event_type"},
                                        {&filter.source, "source"}}) {
        if (!value->empty()) {
            where_.append(" AND ").append(column).append(" = ?");
        }
    }
    where_.append(filter.received_from_us != 0 ? " AND received_at >= ?" : "");
    where_.append(filter.received_until_us != 0 ? " AND received_at < ?" : "");
}

void letter_query::bind(statement& in) const {
    int at = 1;
    for (const auto id : filter_.ids) {
        in.integer(at++, id);
    }
    for (const auto state : filter_.states) {
        in.text(at++, name_of(state));
    }
    for (const auto* value : {&filter_.topic, &filter_.event_type, &filter_.source}) {
        if (!value->empty()) {
            in.text(at++, *value);
        }
    }
    for (const auto bound : {filter_.received_from_us, filter_.received_until_us}) {
        if (bound != 0) {
            in.integer(at++, bound);
        }
    }
}

}  // namespace tapes::store
