#include "import/source.hpp"

#include "file/row_values.hpp"
#include "file/schema.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/store/import.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>

namespace tapes::store {

namespace {

/// SQLite works in steps of its virtual machine: a row takes some hundred of them. What takes more for one
/// row was made to take long.
constexpr int steps_at_once = 10'000;
constexpr int most_steps = 10'000;
/// A column may say more in its expression than is in the file.
constexpr int longest_value = 256 << 20;

[[noreturn]] void refuse_source(const std::string& path, const std::string& why) {
    throw open_error{path + " " + why};
}

/// Reads parts of a date from the front of a text.
class date_text {
public:
    explicit date_text(std::string_view text) noexcept : rest_{text} {}

    /// Exactly `digits` of them.
    bool number(std::size_t digits, int& out) noexcept {
        if (rest_.size() < digits) {
            return false;
        }
        const auto* const end = rest_.data() + digits;
        const bool good =
            rest_[0] >= '0' && rest_[0] <= '9' && std::from_chars(rest_.data(), end, out).ptr == end;
        rest_.remove_prefix(digits);
        return good;
    }
    bool one_of(std::string_view characters) noexcept {
        const bool good = !rest_.empty() && characters.find(rest_[0]) != std::string_view::npos;
        if (good) {
            rest_.remove_prefix(1);
        }
        return good;
    }
    /// What stands behind the point of the seconds, cut to microseconds.
    std::int64_t fraction() noexcept {
        std::int64_t value = 0;
        int digits = 0;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1)) {
            if (digits < 6) {
                value = value * 10 + (rest_[0] - '0');
                ++digits;
            }
        }
        for (; digits < 6; ++digits) {
            value *= 10;
        }
        return value;
    }
    char next() const noexcept { return rest_.empty() ? '\0' : rest_[0]; }

private:
    std::string_view rest_;
};

/// `+07:00`, `+0700` or `Z`, after a space or not; nothing is UTC. False for anything else.
bool read_offset(date_text& text, std::int64_t& minutes) {
    text.one_of(" ");
    minutes = 0;
    if (text.next() == '\0' || text.one_of("Zz")) {
        return true;
    }
    const bool west = text.next() == '-';
    int hours = 0;
    int rest = 0;
    if (!text.one_of("+-") || !text.number(2, hours) || (text.one_of(":"), !text.number(2, rest))) {
        return false;
    }
    minutes = (hours * 60 + rest) * (west ? -1 : 1);
    return true;
}

/// Text as it may stand in the store.
std::string clean(std::string_view text) {
    std::string made;
    merkle::append_utf8(made, text);
    return made;
}

}  // namespace

std::optional<std::int64_t> read_date(std::string_view from) {
    using namespace std::chrono;
    date_text text{from};
    int year_number = 0;
    int month_number = 0;
    int day_number = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!text.number(4, year_number) || !text.one_of("-") || !text.number(2, month_number) ||
        !text.one_of("-") || !text.number(2, day_number) || !text.one_of(" T") || !text.number(2, hour) ||
        !text.one_of(":") || !text.number(2, minute) || !text.one_of(":") || !text.number(2, second)) {
        return std::nullopt;
    }
    const auto micros = text.one_of(".") ? text.fraction() : 0;
    std::int64_t offset_minutes = 0;
    const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                              day{static_cast<unsigned>(day_number)}};
    if (!read_offset(text, offset_minutes) || !date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    const auto at =
        sys_days{date} + hours{hour} + minutes{minute} + seconds{second} - minutes{offset_minutes};
    return microseconds{at.time_since_epoch()}.count() + micros;
}

namespace {

void limit_strange_file(connection& db) {
    auto* const handle = db.handle();
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, longest_value);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0);
    db.exec("PRAGMA cell_size_check = ON");
}

}  // namespace

import_source::import_source(const std::string& path) : db_{path, SQLITE_OPEN_READONLY} {
    limit_strange_file(db_);
    sqlite3_progress_handler(
        db_.handle(), steps_at_once,
        [](void* steps) { return ++*static_cast<int*>(steps) > most_steps ? 1 : 0; }, &steps_);
    statement info{db_, "SELECT name FROM pragma_table_info('nodes')"};
    while (info.step()) {
        columns_.emplace_back(info.text_at(0));
    }
    for (const auto* const needed : {"hash", "parent_hash", "bucket"}) {
        if (!has(needed)) {
            refuse_source(path,
                          std::string{"is no tapes v0.4 file: its table nodes has no column "} + needed);
        }
    }
    const std::string where = " FROM nodes WHERE rowid = ?1";
    if (has("content")) {
        read_columns_.emplace(db_, "SELECT " + columns(false) + where);
    }
    read_bucket_.emplace(db_, "SELECT " + columns(true) + where + " AND json_valid(CAST(bucket AS TEXT))");
}

bool import_source::has(const std::string& column) const {
    return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

std::string import_source::columns(bool from_bucket) const {
    std::string all;
    const auto text = [&](const std::string& name) {
        return has(name) ? "CAST(" + name + " AS TEXT)" : "NULL";
    };
    for (const auto* const name : {"role", "content", "model", "provider", "agent_name"}) {
        all += from_bucket ? std::string{"json_extract(CAST(bucket AS TEXT), '$."} + name + "')" : text(name);
        all += ", ";
    }
    for (const auto* const name : {"stop_reason", "project", "created_at"}) {
        all += text(name) + ", ";
    }
    for (const auto& [name, figure] : merkle::usage_figures) {
        all += has(name) ? std::string{name} + ", " : "NULL, ";
    }
    return all + "1";
}

std::vector<import_source::place> import_source::places() {
    std::vector<place> all;
    statement rows{db_,
                   "SELECT rowid, CAST(hash AS TEXT), CAST(parent_hash AS TEXT) FROM nodes ORDER BY rowid"};
    while (rows.step()) {
        steps_ = 0;
        all.push_back({rows.integer_at(0), std::string{rows.text_at(1)}, std::string{rows.text_at(2)}});
    }
    return all;
}

std::optional<reference_node> import_source::read(std::int64_t row, bool from_bucket) {
    auto& query = from_bucket ? read_bucket_ : read_columns_;
    if (!query) {
        return std::nullopt;
    }
    steps_ = 0;
    const reset_at_end guard{*query};
    query->integer(1, row);
    if (!query->step()) {
        return std::nullopt;
    }
    reference_node made;
    int at = 0;
    made.role = clean(query->text_at(at++));
    made.content = clean(query->text_at(at++));
    if (made.content.empty() || made.content == "null") {
        made.content = "[]";
    }
    for (auto* const text : {&made.identity.model, &made.identity.provider, &made.identity.agent_name,
                             &made.stop_reason, &made.project}) {
        *text = clean(query->text_at(at++));
    }
    made.created_at_us = read_date(query->text_at(at++));
    made.used = usage_at(*query, at);
    return made;
}

void check_reference_file(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) {
        refuse_source(path, "does not exist, or is no file; give the path of a tapes v0.4 database");
    }
    try {
        connection db{path, SQLITE_OPEN_READONLY};
        limit_strange_file(db);
        switch (owner_of(db)) {
            case owner::reference:
                // A view, or a virtual table, makes its rows as it likes, for ever if it likes.
                if (db.integer("SELECT count(*) FROM sqlite_master WHERE name = 'nodes' AND type = 'table'"
                               " AND rootpage > 0") == 0) {
                    refuse_source(path, "is no tapes v0.4 file: its nodes is no table");
                }
                return;
            case owner::ours:
                refuse_source(path, "is a tapes store already; `tapes import` takes files of tapes v0.4");
            default:
                refuse_source(path, "is no tapes v0.4 file: it has no table nodes with a column bucket");
        }
    } catch (const sqlite_error& error) {
        refuse_source(path, std::string{"cannot be read: "} + error.what());
    }
}

}  // namespace tapes::store
