#include "pass/exchange_table.hpp"

namespace tapes::catalogue {

namespace {

constexpr int exchange_column_count = 18;
constexpr std::int64_t turn_flag = 1;
constexpr std::int64_t error_flag = exchange_error_flag;
constexpr std::int64_t dropped_flag = 4;
constexpr std::int64_t without_usage_flag = 8;

std::int64_t flags_of(const contribution& one) {
    return (one.turn ? turn_flag : 0) | (one.error ? error_flag : 0) | (one.dropped ? dropped_flag : 0) |
           (one.without_usage ? without_usage_flag : 0);
}

}  // namespace

exchange_table::exchange_table(sqlite::connection& db)
    : find_{db,
            "SELECT session, thread, day, project, agent, provider, model, response_model, context, flags,"
            " input, cache_read, cache_write, cache_write_5m, cache_write_1h, output, reasoning"
            " FROM exchange WHERE id = ?1"},
      insert_{db, "INSERT INTO exchange", exchange_column_count},
      remove_{db, "DELETE FROM exchange WHERE id = ?1"} {}

std::optional<contribution> exchange_table::find(std::int64_t exchange) {
    if (const auto added = added_.find(exchange); added != added_.end()) {
        return added->second;
    }
    const sqlite::reset_at_end guard{find_};
    find_.integer(1, exchange);
    if (!find_.step()) {
        return std::nullopt;
    }
    contribution made;
    int at = 0;
    for (auto* const value : {&made.session, &made.thread, &made.day, &made.project, &made.agent,
                              &made.provider, &made.model, &made.response_model, &made.context}) {
        *value = find_.integer_at(at++);
    }
    const auto flags = find_.integer_at(at++);
    made.exchange = true;
    made.turn = (flags & turn_flag) != 0;
    made.error = (flags & error_flag) != 0;
    made.dropped = (flags & dropped_flag) != 0;
    made.without_usage = (flags & without_usage_flag) != 0;
    made.tokens = tokens_at(find_, at);
    return made;
}

void exchange_table::remove(std::int64_t exchange) {
    if (added_.erase(exchange) == 0) {
        remove_.integer(1, exchange);
        remove_.run();
    }
}

void exchange_table::insert(std::int64_t exchange, const contribution& added) {
    added_.emplace_hint(added_.end(), exchange, added);
}

void exchange_table::flush() {
    insert_.write(added_, [](value_binder& to, const std::pair<const std::int64_t, contribution>& row) {
        const auto& [exchange, added] = row;
        to.integer(exchange).integer(added.session).integer(added.thread).integer(added.day);
        to.integer(added.project).integer(added.agent).integer(added.provider).integer(added.model);
        to.integer(added.response_model).integer(added.context).integer(flags_of(added)).tokens(added.tokens);
    });
    added_.clear();
}

}  // namespace tapes::catalogue
