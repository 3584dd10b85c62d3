#include "write/exchange_amender.hpp"

#include "write/binder.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace tapes::store {

exchange_amender::exchange_amender(connection& db, interner& strings)
    : db_{db},
      strings_{strings},
      dropped_{db, "SELECT drop_reason FROM exchange WHERE id = ?1"},
      about_{db, "SELECT answer_of FROM exchange WHERE id = ?1"},
      known_{db,
             "SELECT x.id, x.stop_reason, length(CAST(n.content AS BLOB)), r.value IS 'assistant' FROM "
             "exchange x"
             " LEFT JOIN node n ON n.id = x.head LEFT JOIN string r ON r.id = n.role WHERE x.id = ?1"},
      completed_{db,
                 "UPDATE exchange SET response_model = coalesce(?2, response_model), stop_reason = ?3,"
                 " prompt_tokens = coalesce(?4, prompt_tokens),"
                 " completion_tokens = coalesce(?5, completion_tokens),"
                 " total_tokens = coalesce(?6, total_tokens),"
                 " cache_creation_input_tokens = coalesce(?7, cache_creation_input_tokens),"
                 " cache_read_input_tokens = coalesce(?8, cache_read_input_tokens),"
                 " total_duration_ns = coalesce(?9, total_duration_ns),"
                 " prompt_duration_ns = coalesce(?10, prompt_duration_ns),"
                 " reasoning_tokens = coalesce(?11, reasoning_tokens),"
                 " cache_write_5m_tokens = coalesce(?12, cache_write_5m_tokens),"
                 " cache_write_1h_tokens = coalesce(?13, cache_write_1h_tokens), head = ?14 WHERE id = ?1"},
      answer_{db,
              "UPDATE exchange SET model = ?2, response_model = ?3, response_id = ?4, streamed = ?5,"
              " stop_reason = ?6, prompt_tokens = ?7, completion_tokens = ?8, total_tokens = ?9,"
              " cache_creation_input_tokens = ?10, cache_read_input_tokens = ?11, total_duration_ns = ?12,"
              " prompt_duration_ns = ?13, reasoning_tokens = ?14, cache_write_5m_tokens = ?15,"
              " cache_write_1h_tokens = ?16, drop_reason = ?17, head = ?18, reading = ?19 WHERE id = ?1"},
      counts_{db,
              "UPDATE exchange SET last_byte_at = ?2, end_reason = ?3, response_bytes = ?4,"
              " captured_response_bytes = ?5 WHERE id = ?1"},
      wire_{db,
            "UPDATE wire SET response_zstd = ?2, response_size = ?3, response_decoded = ?4, response = ?5"
            " WHERE exchange = ?1"},
      choices_{db, "DELETE FROM exchange_node WHERE exchange = ?1"},
      parted_{db,
              "UPDATE exchange SET answer_of = NULL WHERE id = ?1 AND answer_of IS NOT NULL AND NOT EXISTS("
              "SELECT 1 FROM exchange o JOIN node h ON h.id = o.head JOIN node mine ON mine.id = ?2"
              " WHERE o.id = exchange.answer_of"
              " AND (h.id = ?2 OR h.parent = ?2 OR h.content = mine.content))"},
      fetches_{db, "DELETE FROM fetched_answer WHERE exchange = ?1"},
      named_{db,
             "DELETE FROM response WHERE id = (SELECT response_id FROM exchange WHERE id = ?1)"
             " AND exchange = ?1 AND id IS NOT ?2"},
      digest_{db, "UPDATE exchange SET digest = ?2 WHERE id = ?1"},
      names_{db},
      digests_{db} {}

capture::drop_reason exchange_amender::drop_reason(std::int64_t id) {
    const reset_at_end guard{dropped_};
    dropped_.integer(1, id);
    if (!dropped_.step()) {
        throw std::runtime_error{"exchange " + std::to_string(id) + " is not there to be amended"};
    }
    const auto known = std::ranges::find(capture::drop_reason_names, names_.text(dropped_.integer_at(0)));
    return static_cast<capture::drop_reason>(known - capture::drop_reason_names.begin());
}

exchange_amender::known_answer_row exchange_amender::known_answer(std::int64_t id) {
    known_answer_row made;
    made.dropped = drop_reason(id);
    const reset_at_end guard{known_};
    known_.integer(1, id);
    if (known_.step()) {
        made.stop_reason = names_.text(known_.integer_at(1));
        made.bytes = known_.integer_at(2);
        made.is_said = known_.integer_at(3) != 0;
    }
    return made;
}

void exchange_amender::complete_answer(const entry& fuller, std::int64_t head) {
    binder row{completed_};
    row.integer(fuller.exchange->amends).id(strings_.id_of(fuller.response_model));
    row.id(strings_.id_of(fuller.stop_reason));
    for (const auto& [name, figure] : merkle::usage_figures) {
        row.integer(fuller.used.*figure);
    }
    for (const auto& [name, figure] : merkle::usage_details) {
        row.integer(fuller.used.*figure);
    }
    row.id(head);
    completed_.run();
}

void exchange_amender::forget_choices(std::int64_t id) {
    choices_.integer(1, id);
    choices_.run();
}

void exchange_amender::part_from_another(std::int64_t id, std::int64_t head) {
    binder{parted_}.integer(id).integer(head);
    parted_.run();
}

void exchange_amender::forget_name(std::int64_t id, std::string_view response_id) {
    binder{named_}.integer(id).optional_text(response_id);
    named_.run();
}

void exchange_amender::forget_fetches(std::int64_t id) {
    fetches_.integer(1, id);
    fetches_.run();
}

bool exchange_amender::is_about_another(std::int64_t id) {
    const reset_at_end guard{about_};
    about_.integer(1, id);
    return about_.step() && !about_.is_null(0);
}

void exchange_amender::amend_answer(const entry& turn, std::int64_t head, const merkle::usage& used) {
    binder row{answer_};
    row.integer(turn.exchange->amends).id(strings_.id_of(turn.model)).id(strings_.id_of(turn.response_model));
    row.optional_text(turn.response_id).integer(turn.streamed ? 1 : 0).id(strings_.id_of(turn.stop_reason));
    for (const auto& [name, figure] : merkle::usage_figures) {
        row.integer(used.*figure);
    }
    for (const auto& [name, figure] : merkle::usage_details) {
        row.integer(used.*figure);
    }
    row.id(strings_.id_of(capture::name_of(turn.dropped))).id(head).optional_text(turn.reading);
    answer_.run();
}

void exchange_amender::amend_counts(const capture::exchange& fuller, const committed_before& counts) {
    binder row{counts_};
    row.integer(fuller.amends).time(fuller.last_byte_at).id(strings_.id_of(capture::name_of(fuller.ended)));
    row.integer(static_cast<std::int64_t>(counts.response_bytes)).integer(counts.captured_response_bytes);
    counts_.run();
}

bool exchange_amender::amend_wire(const entry& turn) {
    const auto& answer = turn.wire.response;
    binder row{wire_};
    row.integer(turn.exchange->amends).integer(answer.compressed ? 1 : 0);
    row.integer(static_cast<std::int64_t>(answer.raw_size)).integer(turn.wire.response_decoded ? 1 : 0);
    row.blob(answer.bytes);
    wire_.run();
    return sqlite3_changes(db_.handle()) > 0;
}

void exchange_amender::renew_digest(std::int64_t id) {
    if (const auto digest = digests_.of(id)) {
        binder{digest_}.integer(id).blob(bytes_of(*digest));
        digest_.run();
    }
}

void exchange_amender::forget() {
    names_.forget();
    digests_.forget();
}

}  // namespace tapes::store
