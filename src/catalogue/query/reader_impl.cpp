#include "query/reader_impl.hpp"

#include "file/catalogue_file.hpp"
#include "file/schema.hpp"
#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <tapes/catalogue/catalogue.hpp>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

namespace tapes::catalogue {

namespace {

constexpr const char* listed_sessions =
    "SELECT id, root, name, project, agent, client, caller, provider, model, title, parent_name, first_at,"
    " last_at, last_end, exchanges, turns, threads, errors, dropped, without_usage, outcome, stop_reason,"
    " head, input, cache_read, cache_write, cache_write_5m, cache_write_1h, output, reasoning FROM session";

constexpr const char* listed_threads =
    "SELECT t.id, t.session, t.rank, s.main_threads, t.root, t.head, t.parent, t.call_node, t.call_id,"
    " t.continues, t.agent_id, t.model, t.title, t.first_at, t.last_at, t.turns, t.input, t.cache_read,"
    " t.cache_write, t.cache_write_5m, t.cache_write_1h, t.output, t.reasoning"
    " FROM thread t JOIN session s ON s.id = t.session";

/// Another process makes a catalogue in a moment: until then its file is there, and has neither number.
constexpr std::chrono::milliseconds longest_making{1000};
constexpr std::chrono::milliseconds between_tries{10};

thread_kind kind_of(thread_rank rank, std::int64_t main_threads) {
    switch (rank) {
        case thread_rank::undecided:
            return main_threads > 0 ? thread_kind::side : thread_kind::main;
        case thread_rank::subagent:
            return thread_kind::subagent;
        case thread_rank::side:
            return thread_kind::side;
        case thread_rank::main:
            break;
    }
    return thread_kind::main;
}

std::uint64_t count_at(const sqlite::statement& row, int at) {
    return static_cast<std::uint64_t>(row.integer_at(at));
}

}  // namespace

reader::impl::impl(std::string path) : path_{std::move(path)} {
    open();
}

void reader::impl::open() {
    statements_.clear();
    names_.clear();
    counted_at_.clear();
    kinds_.clear();
    text_.reset();
    if (!identity_of(path_)) {
        throw open_error{"catalogue " + path_ + " does not exist"};
    }
    const auto until = std::chrono::steady_clock::now() + longest_making;
    while (!open_what_is_there(std::chrono::steady_clock::now() >= until)) {
        std::this_thread::sleep_for(between_tries);
    }
}

/// Returns false where the file is not whole yet; when that has lasted too long, it is none.
bool reader::impl::open_what_is_there(bool too_long) {
    const auto refuse = [&](const std::string& why) {
        db_.reset();
        throw open_error{"catalogue " + path_ + " " + why};
    };
    db_.reset();
    const auto there = identity_of(path_);
    if (!there) {
        if (too_long) {
            refuse("does not exist");
        }
        return false;
    }
    try {
        db_ = std::make_unique<sqlite::connection>(path_, SQLITE_OPEN_READONLY);
        const auto mark = db_->integer("PRAGMA application_id");
        const auto version = db_->integer("PRAGMA user_version");
        if (mark == 0 && version == 0 && !too_long) {
            return false;
        }
        if (mark != application_id || version != catalogue_version) {
            refuse("is none of this version");
        }
    } catch (const sqlite::sqlite_error& error) {
        if (error.primary() == SQLITE_CANTOPEN && !too_long) {
            return false;  // its log is not there yet
        }
        refuse(std::string{"cannot be read: "} + error.what());
    }
    identity_ = there.value_or(file_identity{});
    return true;
}

sqlite::connection& reader::impl::db() {
    if (db_ == nullptr || (pins_ == 0 && identity_of(path_) != std::optional{identity_})) {
        open();
    }
    return *db_;
}

sqlite::statement& reader::impl::query(const std::string& sql, const std::vector<bound_value>& values) {
    auto& at = db();
    auto known = statements_.find(sql);
    if (known == statements_.end()) {
        if (statements_.size() >= most_statements) {
            statements_.clear();
        }
        known = statements_.emplace(sql, std::make_unique<sqlite::statement>(at, sql)).first;
    }
    auto& made = *known->second;
    made.reset();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto place = static_cast<int>(i + 1);
        values[i].is_text ? made.text(place, values[i].text) : made.integer(place, values[i].number);
    }
    return made;
}

std::string reader::impl::name(std::int64_t id) {
    if (id == 0) {
        return {};
    }
    if (const auto known = names_.find(id); known != names_.end()) {
        return known->second;
    }
    auto& row = query("SELECT value FROM string WHERE id = ?1", {id});
    const sqlite::reset_at_end guard{row};
    if (names_.size() >= most_names) {
        names_.clear();
    }
    return names_[id] = row.step() ? std::string{row.text_at(0)} : std::string{};
}

std::int64_t reader::impl::id_of(const std::string& name) {
    if (name.empty()) {
        return 0;
    }
    const std::vector<bound_value> values{name};
    auto& row = query("SELECT id FROM string WHERE value = ?1", values);
    const sqlite::reset_at_end guard{row};
    return row.step() ? row.integer_at(0) : 0;
}

const std::vector<known_kind>* reader::impl::kinds() {
    (void)db();  // may forget what is known
    if (kinds_.size() >= most_kinds) {
        return nullptr;
    }
    auto& row = query(
        "SELECT id, project, agent, client, caller, provider, model, errors, lasting FROM session_kind"
        " WHERE id > ?1 ORDER BY id LIMIT ?2",
        {kinds_.empty() ? 0 : kinds_.back().id, static_cast<std::int64_t>(most_kinds)});
    const sqlite::reset_at_end guard{row};
    while (row.step()) {
        auto& made = kinds_.emplace_back();
        made.id = row.integer_at(0);
        int at = 1;
        for (auto* const part :
             {&made.kind.project, &made.kind.agent, &made.kind.client, &made.kind.caller, &made.kind.provider,
              &made.kind.model, &made.kind.errors, &made.kind.lasting}) {
            *part = row.integer_at(at++);
        }
    }
    return kinds_.size() >= most_kinds ? nullptr : &kinds_;
}

text_scan& reader::impl::text() {
    auto& at = db();
    if (text_ == nullptr) {
        text_ = std::make_unique<text_scan>(at);
    }
    return *text_;
}

void reader::impl::give_up(const sqlite::sqlite_error& error) {
    if (pins_ != 0 || (error.primary() != SQLITE_CORRUPT && error.primary() != SQLITE_NOTADB)) {
        throw;
    }
    statements_.clear();
    text_.reset();
    db_.reset();
    if (identity_of(path_) == std::optional{identity_}) {
        catalogue_file::remove(path_);
    }
    throw open_error{"catalogue " + path_ + " was damaged and is made anew; try again"};
}

std::vector<session> reader::impl::sessions(const std::string& rest, const std::vector<bound_value>& values) {
    return reading([&] { return read_sessions(rest, values); });
}

std::vector<thread> reader::impl::threads(const std::string& rest, const std::vector<bound_value>& values) {
    return reading([&] { return read_threads(rest, values); });
}

std::vector<session> reader::impl::read_sessions(const std::string& rest,
                                                 const std::vector<bound_value>& values) {
    std::vector<session> found;
    std::vector<std::array<std::int64_t, 7>> names;
    {
        auto& row = query(listed_sessions + rest, values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            auto& made = found.emplace_back();
            made.id = row.integer_at(0);
            made.named_by_client = row.is_null(1);
            made.name = row.text_at(2);
            names.push_back({row.integer_at(3), row.integer_at(4), row.integer_at(5), row.integer_at(6),
                             row.integer_at(7), row.integer_at(8), row.integer_at(21)});
            made.title = row.text_at(9);
            made.parent_name = row.text_at(10);
            made.first_at_us = row.integer_at(11);
            made.last_at_us = row.integer_at(12);
            made.last_end_us = row.integer_at(13);
            int at = 14;
            for (auto* const count : {&made.exchanges, &made.turns, &made.threads, &made.errors,
                                      &made.dropped, &made.without_usage}) {
                *count = count_at(row, at++);
            }
            made.last = static_cast<outcome>(row.integer_at(20));
            made.head = row.integer_at(22);
            made.tokens = tokens_at(row, 23);
        }
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto& made = found[i];
        std::size_t at = 0;
        for (auto* const text : {&made.project, &made.agent_name, &made.client, &made.caller, &made.provider,
                                 &made.model, &made.last_stop_reason}) {
            *text = name(names[i][at++]);
        }
    }
    return found;
}

std::vector<thread> reader::impl::read_threads(const std::string& rest,
                                               const std::vector<bound_value>& values) {
    std::vector<thread> found;
    std::vector<std::int64_t> models;
    {
        auto& row = query(listed_threads + rest, values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            auto& made = found.emplace_back();
            made.id = row.integer_at(0);
            made.session = row.integer_at(1);
            made.kind = kind_of(static_cast<thread_rank>(row.integer_at(2)), row.integer_at(3));
            made.root = row.integer_at(4);
            made.head = row.integer_at(5);
            made.parent = row.integer_at(6);
            made.call_node = row.integer_at(7);
            made.call_id = row.text_at(8);
            made.continues = row.integer_at(9);
            made.agent_id = row.text_at(10);
            models.push_back(row.integer_at(11));
            made.title = row.text_at(12);
            made.first_at_us = row.integer_at(13);
            made.last_at_us = row.integer_at(14);
            made.turns = count_at(row, 15);
            made.tokens = tokens_at(row, 16);
        }
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i].model = name(models[i]);
    }
    return found;
}

std::vector<std::int64_t> reader::impl::ids(const std::string& sql, const std::vector<bound_value>& values) {
    return reading([&] {
        std::vector<std::int64_t> found;
        auto& row = query(sql, values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            found.push_back(row.integer_at(0));
        }
        return found;
    });
}

}  // namespace tapes::catalogue
