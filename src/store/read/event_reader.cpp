#include "file/readable.hpp"
#include "file/row_values.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/store/event_reader.hpp>

#include <algorithm>

namespace tapes::store {

namespace {

constexpr const char* exchange_query =
    "SELECT e.uuid, e.accepted_at, e.first_byte_at, e.last_byte_at, e.committed_at, e.api, e.method, e.path,"
    " e.provider, e.agent, e.project, e.session, e.model, e.response_model, e.response_id, e.stop_reason,"
    " e.end_reason, e.drop_reason, e.status, e.streamed, e.prompt_tokens, e.completion_tokens,"
    " e.total_tokens, e.cache_creation_input_tokens, e.cache_read_input_tokens, e.total_duration_ns,"
    " e.prompt_duration_ns, h.hash, r.hash, e.caller FROM exchange e LEFT JOIN node h ON h.id = e.head"
    " LEFT JOIN node r ON r.id = h.root WHERE e.id = ?1";

std::string uuid_text(std::span<const std::uint8_t> bytes) {
    capture::uuid id{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
    return capture::to_string(id);
}

}  // namespace

class event_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    std::string string_at(int column) { return strings.text(exchange.integer_at(column)); }
    logged_exchange row();

    connection db;
    string_table strings{db};
    statement rows{db, "SELECT seq, kind, ref FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2"};
    statement exchange{db, exchange_query};
};

logged_exchange event_reader::impl::row() {
    logged_exchange made;
    int at = 0;
    made.id = uuid_text(exchange.blob_at(at++));
    made.accepted_us = exchange.integer_at(at++);
    made.first_byte_us = exchange.optional_at(at++);
    made.last_byte_us = exchange.optional_at(at++);
    made.committed_us = exchange.integer_at(at++);
    made.api = string_at(at++);
    made.method = string_at(at++);
    made.path = exchange.text_at(at++);
    for (auto* text : {&made.provider, &made.agent_name, &made.project}) {
        *text = string_at(at++);
    }
    made.session = exchange.text_at(at++);
    made.model = string_at(at++);
    made.response_model = string_at(at++);
    made.response_id = exchange.text_at(at++);
    for (auto* text : {&made.stop_reason, &made.end_reason, &made.drop_reason}) {
        *text = string_at(at++);
    }
    made.status = exchange.optional_at(at++);
    made.streamed = exchange.integer_at(at++) != 0;
    made.used = usage_at(exchange, at);
    at += usage_columns;
    made.head = digest_of(exchange.blob_at(at++));
    made.root = digest_of(exchange.blob_at(at++));
    made.caller = string_at(at);
    return made;
}

event_reader::event_reader(const std::string& path)
    : impl_{[path] { return std::make_unique<impl>(path); }} {}
event_reader::~event_reader() = default;

std::vector<log_row> event_reader::rows(std::uint64_t after_seq, std::size_t most) {
    auto& query = impl_->rows;
    const reset_at_end guard{query};
    query.integer(1, static_cast<std::int64_t>(after_seq));
    query.integer(2, static_cast<std::int64_t>(most));
    std::vector<log_row> found;
    while (query.step()) {
        found.push_back({static_cast<std::uint64_t>(query.integer_at(0)),
                         static_cast<log_kind>(query.integer_at(1)),
                         query.integer_at(2),
                         {}});
    }
    return found;
}

std::optional<logged_exchange> event_reader::exchange(std::int64_t id) {
    auto& query = impl_->exchange;
    const reset_at_end guard{query};
    query.integer(1, id);
    return query.step() ? std::optional{impl_->row()} : std::nullopt;
}

}  // namespace tapes::store
