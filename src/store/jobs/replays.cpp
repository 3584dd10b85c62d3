#include "file/readable.hpp"
#include "write/job.hpp"

#include <tapes/store/replays.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace tapes::store {

namespace {

constexpr std::array<std::string_view, 5> state_names{"running", "paused", "cancelled", "done", "failed"};

constexpr std::string_view columns =
    "SELECT id, name, state, root, session, agent, project, since, until, event_types, target, speed, batch,"
    " last_seq, seq, events, bytes, created_at, changed_at, error FROM replay";

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        all.append(all.empty() ? "" : ",").append(part);
    }
    return all;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

replay replay_of(const statement& row) {
    replay made;
    int at = 0;
    made.id = row.integer_at(at++);
    made.name = row.text_at(at++);
    made.state = replay_state_of(row.text_at(at++)).value_or(replay_state::failed);
    auto& choice = made.choice;
    for (auto* const text : {&choice.root, &choice.session, &choice.agent_name, &choice.project}) {
        *text = row.text_at(at++);
    }
    choice.since_us = row.optional_at(at++);
    choice.until_us = row.optional_at(at++);
    choice.event_types = split(row.text_at(at++));
    made.to = row.text_at(at++);
    made.speed = static_cast<double>(row.integer_at(at++)) / 1000;
    for (auto* const number : {&made.batch, &made.last_seq, &made.at.seq, &made.at.events, &made.at.bytes}) {
        *number = static_cast<std::uint64_t>(row.integer_at(at++));
    }
    made.created_us = row.integer_at(at++);
    made.changed_us = row.integer_at(at++);
    made.error = row.text_at(at);
    return made;
}

std::optional<replay> find_row(connection& db, const std::string& name) {
    statement row{db, std::string{columns} + " WHERE name = ?1"};
    row.text(1, name);
    return row.step() ? std::optional{replay_of(row)} : std::nullopt;
}

replay found_row(connection& db, const std::string& name) {
    auto found = find_row(db, name);
    if (!found) {
        throw std::runtime_error{"there is no replay \"" + name + "\""};
    }
    return *std::move(found);
}

void insert(connection& db, const replay& wanted, std::int64_t now_us) {
    statement row{db,
                  "INSERT INTO replay(name, state, root, session, agent, project, since, until, event_types,"
                  " target, speed, batch, last_seq, seq, events, bytes, created_at, changed_at, error)"
                  " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,0,0,0,?,?,'')"};
    const auto types = joined(wanted.choice.event_types);
    const auto& choice = wanted.choice;
    int at = 1;
    for (const auto text : {std::string_view{wanted.name}, to_string(wanted.state),
                            std::string_view{choice.root}, std::string_view{choice.session},
                            std::string_view{choice.agent_name}, std::string_view{choice.project}}) {
        row.text(at++, text);
    }
    row.integer(at++, choice.since_us);
    row.integer(at++, choice.until_us);
    row.text(at++, types);
    row.text(at++, wanted.to);
    row.integer(at++, std::llround(wanted.speed * 1000));
    row.integer(at++, static_cast<std::int64_t>(wanted.batch));
    row.integer(at++, static_cast<std::int64_t>(wanted.last_seq));
    row.integer(at++, now_us);
    row.integer(at, now_us);
    row.run();
}

void update(connection& db, const replay& now, std::int64_t now_us) {
    statement row{
        db,
        "UPDATE replay SET state = ?2, seq = ?3, events = ?4, bytes = ?5, changed_at = ?6, error = ?7"
        " WHERE id = ?1"};
    row.integer(1, now.id);
    row.text(2, to_string(now.state));
    row.integer(3, static_cast<std::int64_t>(now.at.seq));
    row.integer(4, static_cast<std::int64_t>(now.at.events));
    row.integer(5, static_cast<std::int64_t>(now.at.bytes));
    row.integer(6, now_us);
    row.text(7, now.error);
    row.run();
}

replay create(connection& db, const replay& wanted, std::int64_t now_us) {
    if (!valid_replay_name(wanted.name)) {
        throw std::runtime_error{"\"" + wanted.name +
                                 "\" is no name of a replay: 1 to 64 letters, digits, '.', '_', '-'"};
    }
    if (const auto taken = find_row(db, wanted.name)) {
        throw std::runtime_error{"a replay \"" + wanted.name + "\" exists (" +
                                 std::string{to_string(taken->state)} + ")"};
    }
    insert(db, wanted, now_us);
    return found_row(db, wanted.name);
}

replay change(connection& db, const std::string& name, const replay_change& wanted, std::int64_t now_us) {
    auto now = found_row(db, name);
    if (wanted.at) {
        now.at = *wanted.at;
    }
    if (wanted.to && may_become(now.state, *wanted.to)) {
        now.state = *wanted.to;
        now.error = now.state == replay_state::failed ? wanted.error : "";
    }
    update(db, now, now_us);
    now.changed_us = now_us;
    return now;
}

/// A transaction of its own, as durable as those of the writer.
template <class Act>
replay alone(const store_lock& lock, Act&& act) {
    connection db{lock.options().path, SQLITE_OPEN_READWRITE};
    db.exec(lock.options().durability == synchronous::full ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = NORMAL");
    db.exec("BEGIN IMMEDIATE");
    try {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        auto row = act(db, std::chrono::duration_cast<std::chrono::microseconds>(now).count());
        db.exec("COMMIT");
        return row;
    } catch (...) {
        db.rollback();
        throw;
    }
}

}  // namespace

std::string_view to_string(replay_state state) {
    return state_names.at(static_cast<std::size_t>(state));
}

std::optional<replay_state> replay_state_of(std::string_view name) {
    const auto found = std::find(state_names.begin(), state_names.end(), name);
    return found == state_names.end() ? std::nullopt
                                      : std::optional{static_cast<replay_state>(found - state_names.begin())};
}

bool may_become(replay_state from, replay_state to) {
    const bool ended = from == replay_state::done || from == replay_state::cancelled;
    switch (to) {
        case replay_state::running:
        case replay_state::cancelled:
            return !ended;
        case replay_state::paused:
        case replay_state::done:
        case replay_state::failed:
            return from == replay_state::running;
    }
    return false;
}

bool valid_replay_name(std::string_view name) {
    constexpr std::size_t longest = 64;
    const auto takes = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), takes);
}

replay create_replay(writer& store_writer, const replay& wanted) {
    replay made;
    run_job(store_writer, [&](job_context& context) { made = create(context.db, wanted, context.now_us); });
    return made;
}

replay change_replay(writer& store_writer, const std::string& name, const replay_change& wanted) {
    replay now;
    run_job(store_writer,
            [&](job_context& context) { now = change(context.db, name, wanted, context.now_us); });
    return now;
}

replay create_replay(const store_lock& lock, const replay& wanted) {
    return alone(lock, [&](connection& db, std::int64_t now_us) { return create(db, wanted, now_us); });
}

replay change_replay(const store_lock& lock, const std::string& name, const replay_change& wanted) {
    return alone(lock, [&](connection& db, std::int64_t now_us) { return change(db, name, wanted, now_us); });
}

class replay_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    connection db;
    statement all{db, std::string{columns} + " ORDER BY id"};
};

replay_reader::replay_reader(const std::string& path) : impl_{std::make_unique<impl>(path)} {}
replay_reader::~replay_reader() = default;

std::vector<replay> replay_reader::list() {
    std::vector<replay> found;
    auto& rows = impl_->all;
    const reset_at_end guard{rows};
    while (rows.step()) {
        found.push_back(replay_of(rows));
    }
    return found;
}

std::optional<replay> replay_reader::find(const std::string& name) {
    return find_row(impl_->db, name);
}

}  // namespace tapes::store
