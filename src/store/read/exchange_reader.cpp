#include "file/readable.hpp"
#include "file/row_values.hpp"

#include <tapes/store/exchange_reader.hpp>

#include <algorithm>
#include <span>

namespace tapes::store {

namespace {

constexpr const char* listed_exchanges_query =
    "SELECT id, uuid, accepted_at, first_byte_at, last_byte_at, committed_at, method, path,"
    " coalesce(target, path), upstream, peer, session, project, agent, provider, api, status, model,"
    " response_model, response_id, streamed, stop_reason, prompt_tokens, completion_tokens, total_tokens,"
    " cache_creation_input_tokens, cache_read_input_tokens, total_duration_ns, prompt_duration_ns,"
    " reasoning_tokens, cache_write_5m_tokens, cache_write_1h_tokens, end_reason, drop_reason, head,"
    " mapping_version, request_bytes, response_bytes, captured_request_bytes, captured_response_bytes, "
    "program, "
    "client,"
    " agent_id, parent_agent_id, parent_session, reading, caller, connected_at, sent_at, answer_of,"
    " (SELECT asked.uuid FROM exchange asked WHERE asked.id = exchange.answer_of),"
    " (SELECT times FROM chunk_time WHERE exchange = exchange.id)"
    " FROM exchange WHERE id > ?1 ORDER BY id LIMIT ?2";

constexpr const char* exchange_times_query =
    "SELECT id, accepted_at, first_byte_at, last_byte_at, session, project, coalesce(agent, program), "
    "provider, api,"
    " model, streamed, prompt_tokens, completion_tokens, total_tokens, reasoning_tokens, end_reason, "
    "drop_reason"
    " FROM exchange WHERE id >= ?1 AND id < ?2 ORDER BY id";

template <class Names>
std::size_t index_of(const Names& names, const std::string& name, std::size_t otherwise) {
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? otherwise : static_cast<std::size_t>(found - names.begin());
}

capture::uuid uuid_of(std::span<const std::uint8_t> bytes) {
    capture::uuid made{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), made.size()), made.begin());
    return made;
}

}  // namespace

class exchange_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    kept_exchange row();
    exchange_times times_row();

    connection db;
    string_table strings{db};
    statement rows{db, listed_exchanges_query};
    statement times{db, exchange_times_query};
    statement choices{db, "SELECT choice, node FROM exchange_node WHERE exchange = ?1 ORDER BY choice"};
    statement answer{db,
                     "SELECT 1 FROM exchange WHERE head = ?1 AND id < ?2 AND (?3 = '' OR response_id = ?3)"};
    statement fetches{db,
                      "SELECT x.uuid FROM fetched_answer f JOIN exchange x ON x.id = f.fetch"
                      " WHERE f.exchange = ?1 ORDER BY f.fetch"};
    statement first{db, "SELECT first_node FROM log WHERE seq = ?1"};
    statement key{db, "SELECT value FROM secret WHERE name = 'redaction_key'"};
};

kept_exchange exchange_reader::impl::row() {
    kept_exchange made;
    int at = 0;
    made.seq = rows.integer_at(at++);
    made.id = uuid_of(rows.blob_at(at++));
    for (auto* time :
         {&made.accepted_at_us, &made.first_byte_at_us, &made.last_byte_at_us, &made.committed_at_us}) {
        *time = rows.integer_at(at++);
    }
    made.method = strings.text(rows.integer_at(at++));
    made.path = rows.text_at(at++);
    made.target = rows.text_at(at++);
    made.upstream = strings.text(rows.integer_at(at++));
    made.peer = rows.text_at(at++);
    made.session = rows.text_at(at++);
    for (auto* text : {&made.project, &made.agent_name, &made.provider, &made.api}) {
        *text = strings.text(rows.integer_at(at++));
    }
    made.status = static_cast<int>(rows.integer_at(at++));
    made.model = strings.text(rows.integer_at(at++));
    made.response_model = strings.text(rows.integer_at(at++));
    made.response_id = rows.text_at(at++);
    made.streamed = rows.integer_at(at++) != 0;
    made.stop_reason = strings.text(rows.integer_at(at++));
    made.used = usage_at(rows, at);
    at += usage_columns;
    for (const auto& [name, figure] : merkle::usage_details) {
        made.used.*figure = rows.optional_at(at++);
    }
    made.ended = static_cast<capture::end_reason>(
        index_of(capture::end_reason_names, strings.text(rows.integer_at(at++)), 0));
    made.dropped = static_cast<capture::drop_reason>(
        index_of(capture::drop_reason_names, strings.text(rows.integer_at(at++)),
                 static_cast<std::size_t>(capture::drop_reason::store_error)));
    made.head = rows.integer_at(at++);
    made.mapping_version = static_cast<int>(rows.integer_at(at++));
    made.request_bytes = static_cast<std::uint64_t>(rows.integer_at(at++));
    made.response_bytes = static_cast<std::uint64_t>(rows.integer_at(at++));
    made.captured_request_bytes = rows.optional_at(at++);
    made.captured_response_bytes = rows.optional_at(at++);
    made.sender.program = strings.text(rows.integer_at(at++));
    made.sender.client = strings.text(rows.integer_at(at++));
    for (auto* text :
         {&made.sender.agent_id, &made.sender.parent_agent_id, &made.sender.parent_session, &made.reading}) {
        *text = rows.text_at(at++);
    }
    made.caller = strings.text(rows.integer_at(at++));
    made.connected_at_us = rows.integer_at(at++);
    made.sent_at_us = rows.integer_at(at++);
    made.answer_of = rows.integer_at(at++);
    if (made.answer_of != 0) {
        made.answer_of_id = uuid_of(rows.blob_at(at));
    }
    ++at;
    const auto times = rows.blob_at(at);
    made.times.assign(times.begin(), times.end());
    return made;
}

exchange_times exchange_reader::impl::times_row() {
    exchange_times made;
    int at = 0;
    for (auto* number : {&made.seq, &made.accepted_at_us, &made.first_byte_at_us, &made.last_byte_at_us}) {
        *number = times.integer_at(at++);
    }
    made.session = times.text_at(at++);
    for (auto* number : {&made.project, &made.agent, &made.provider, &made.api, &made.model}) {
        *number = times.integer_at(at++);
    }
    made.streamed = times.integer_at(at++) != 0;
    for (auto* figure : {&made.used.prompt_tokens, &made.used.completion_tokens, &made.used.total_tokens,
                         &made.used.reasoning_tokens}) {
        *figure = times.optional_at(at++);
    }
    const auto* const ended = strings.find(times.integer_at(at++));
    made.whole = ended != nullptr && *ended == capture::name_of(capture::end_reason::complete) &&
                 times.integer_at(at) == 0;
    return made;
}

exchange_reader::exchange_reader(const std::string& path) : impl_{std::make_unique<impl>(path)} {}
exchange_reader::~exchange_reader() = default;

std::vector<kept_exchange> exchange_reader::read(std::int64_t after, std::size_t most) {
    std::vector<kept_exchange> read;
    auto& rows = impl_->rows;
    const reset_at_end guard{rows};
    rows.integer(1, after);
    rows.integer(2, static_cast<std::int64_t>(most));
    while (rows.step()) {
        read.push_back(impl_->row());
    }
    return read;
}

void exchange_reader::visit_times(std::int64_t first, std::int64_t behind,
                                  const std::function<void(const exchange_times&)>& visit) {
    auto& rows = impl_->times;
    const reset_at_end guard{rows};
    rows.integer(1, first);
    rows.integer(2, behind);
    while (rows.step()) {
        visit(impl_->times_row());
    }
}

std::string exchange_reader::text(std::int64_t number) {
    return impl_->strings.text(number);
}

std::int64_t exchange_reader::last_seq() {
    return impl_->db.integer("SELECT max(id) FROM exchange");
}

std::vector<std::pair<int, std::int64_t>> exchange_reader::choices(std::int64_t exchange) {
    std::vector<std::pair<int, std::int64_t>> found;
    auto& rows = impl_->choices;
    const reset_at_end guard{rows};
    rows.integer(1, exchange);
    while (rows.step()) {
        found.emplace_back(static_cast<int>(rows.integer_at(0)), rows.integer_at(1));
    }
    return found;
}

std::vector<capture::uuid> exchange_reader::fetches(std::int64_t exchange) {
    std::vector<capture::uuid> found;
    auto& rows = impl_->fetches;
    const reset_at_end guard{rows};
    rows.integer(1, exchange);
    while (rows.step()) {
        found.push_back(uuid_of(rows.blob_at(0)));
    }
    return found;
}

bool exchange_reader::is_answer(std::int64_t node, std::int64_t before, const std::string& response_id) {
    auto& query = impl_->answer;
    const reset_at_end guard{query};
    query.integer(1, node);
    query.integer(2, before);
    query.text(3, response_id);
    return query.step();
}

std::int64_t exchange_reader::first_node(std::int64_t exchange) {
    auto& query = impl_->first;
    const reset_at_end guard{query};
    query.integer(1, exchange);
    return query.step() ? query.integer_at(0) : 0;
}

std::string exchange_reader::redaction_key() {
    auto& query = impl_->key;
    const reset_at_end guard{query};
    if (!query.step()) {
        return {};
    }
    const auto bytes = query.blob_at(0);
    return {bytes.begin(), bytes.end()};
}

}  // namespace tapes::store
