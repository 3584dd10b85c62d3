#include "file/readable.hpp"
#include "file/sqlite.hpp"
#include "read/commit_order.hpp"

#include <tapes/store/exchange_view.hpp>
#include <tapes/text/hex.hpp>

#include <array>
#include <charconv>

namespace tapes::store {

namespace {

constexpr std::size_t uuid_digits = 32;
constexpr std::size_t least_digits = 4;

/// All columns of the view as one JSON object.
std::string as_json(connection& db) {
    std::string made;
    statement columns{db, "SELECT name FROM pragma_table_info('exchanges')"};
    while (columns.step()) {
        const std::string name{columns.text_at(0)};
        made += made.empty() ? "json_object('" : ", '";
        made += name + "', v." + name;
    }
    return made + ")";
}

std::string query(connection& db, const std::string& where, const char* order = "DESC") {
    // The table is gone through, and the view asked only for what is found there.
    return "SELECT v.seq, v.id, v.started_at, v.method, v.path, v.api, v.model, v.end_reason, v.drop_reason, "
           "v.caller, CASE WHEN v.peer IN ('ingest', 'import') THEN v.peer END, v.session, v.agent_name,"
           " coalesce((SELECT value FROM string WHERE id = e.program),"
           " (SELECT value FROM string WHERE id = e.client)), v.stop_reason,"
           " e.last_byte_at - e.accepted_at, e.head, v.status, v.total_tokens, " +
           as_json(db) + " FROM exchange e JOIN exchanges v ON v.seq = e.id WHERE " + where +
           " ORDER BY e.id " + order + " LIMIT ?1";
}

std::vector<seen_exchange> read_rows(statement& rows) {
    std::vector<seen_exchange> all;
    const reset_at_end guard{rows};
    while (rows.step()) {
        auto& made = all.emplace_back();
        made.seq = rows.integer_at(0);
        int at = 1;
        for (auto* const text : {&made.id, &made.started_at, &made.method, &made.path, &made.api, &made.model,
                                 &made.end_reason, &made.drop_reason, &made.caller, &made.source,
                                 &made.session, &made.agent_name, &made.client, &made.stop_reason}) {
            *text = rows.text_at(at++);
        }
        made.duration_us = rows.optional_at(at++);
        made.head = rows.integer_at(at++);
        made.status = rows.optional_at(at++);
        made.total_tokens = rows.optional_at(at++);
        made.json = rows.text_at(at);
    }
    return all;
}

/// The digits of a UUID or of its beginning; "" where `name` is neither.
std::string digits_of(std::string_view name) {
    std::string digits;
    for (const char c : name) {
        if (c != '-' && (text::hex_value(c) < 0 || digits.size() == uuid_digits)) {
            return {};
        }
        if (c != '-') {
            digits.push_back(c);
        }
    }
    return digits;
}

/// 16 bytes from the front digits of a UUID, the others being `rest`.
std::array<std::uint8_t, 16> uuid_of(std::string digits, char rest) {
    digits.resize(uuid_digits, rest);
    std::array<std::uint8_t, 16> made{};
    text::read_hex(digits, made);
    return made;
}

}  // namespace

class exchange_view::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    connection db;
    statement by_seq{db, query(db, "e.id = ?2")};
    statement by_uuid{db, query(db, "e.uuid BETWEEN ?2 AND ?3")};
    statement by_uuid_since{db, query(db, "e.id >= ?4 AND e.uuid BETWEEN ?2 AND ?3")};
    statement by_whole_uuid{db, query(db, "e.id >= ?4 AND e.uuid BETWEEN ?2 AND ?3", "ASC")};
    commit_order by_commit{db};
    statement all{db, query(db,
                            "(?2 IS NULL OR e.accepted_at >= ?2) AND (?3 IS NULL OR"
                            " e.api = (SELECT id FROM string WHERE value = ?3)) AND"
                            " (?4 IS NULL OR substr(e.session, 1, length(?4)) = ?4) AND (?5 = 0 OR "
                            "e.drop_reason IS NOT NULL)")};
};

exchange_view::exchange_view(const std::string& path) : impl_{std::make_unique<impl>(path)} {}
exchange_view::~exchange_view() = default;

std::vector<seen_exchange> exchange_view::list(const exchange_filter& filter) {
    auto& rows = impl_->all;
    rows.integer(1, static_cast<std::int64_t>(filter.limit));
    rows.integer(2, filter.since_us);
    rows.optional_text(3, filter.api);
    rows.optional_text(4, filter.session);
    rows.integer(5, filter.dropped ? 1 : 0);
    return read_rows(rows);
}

std::vector<seen_exchange> exchange_view::find(std::string_view name, std::size_t most) {
    std::int64_t seq = 0;
    const auto* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, seq);
    if (read.ec == std::errc{} && read.ptr == end && name[0] != '0') {
        auto& rows = impl_->by_seq;
        rows.integer(1, 1);
        rows.integer(2, seq);
        if (auto found = read_rows(rows); !found.empty()) {
            return found;
        }
    }
    const auto digits = digits_of(name);
    if (digits.size() < least_digits) {
        return {};
    }
    const auto first = uuid_of(digits, '0');
    const auto last = uuid_of(digits, 'f');
    const bool whole = digits.size() == uuid_digits;
    const auto read_from = [&](statement& rows, std::int64_t from) {
        rows.integer(1, whole ? 1 : static_cast<std::int64_t>(most));
        rows.blob(2, first.data(), first.size());
        rows.blob(3, last.data(), last.size());
        if (from != 0) {
            rows.integer(4, from);
        }
        return read_rows(rows);
    };
    const auto since = impl_->by_commit.first_since(time_of_uuid(first));
    auto found = read_from(whole ? impl_->by_whole_uuid : impl_->by_uuid_since, since);
    return found.empty() ? read_from(impl_->by_uuid, 0) : found;
}

}  // namespace tapes::store
