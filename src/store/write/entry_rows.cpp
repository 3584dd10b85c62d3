#include "write/entry_rows.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace tapes::store {

namespace {

/// Binds values one after the other.
class binder {
public:
    explicit binder(statement& of) noexcept : of_{of} {}

    binder& integer(std::int64_t value) { return of_.integer(at_++, value), *this; }
    binder& integer(const std::optional<std::int64_t>& value) { return of_.integer(at_++, value), *this; }
    binder& id(std::int64_t value) { return of_.id(at_++, value), *this; }
    binder& text(std::string_view value) { return of_.text(at_++, value), *this; }
    binder& optional_text(std::string_view value) { return of_.optional_text(at_++, value), *this; }
    binder& blob(std::string_view bytes) { return of_.blob(at_++, bytes.data(), bytes.size()), *this; }
    /// The epoch is NULL: it never happened.
    binder& time(capture::timestamp value) { return id(value.time_since_epoch().count()); }

private:
    statement& of_;
    int at_ = 1;
};

/// Binds the values of an exchange in the order of exchange_digests and gathers them for its digest.
class digested_binder {
public:
    digested_binder(statement& of, interner& strings) noexcept : of_{of}, row_{of}, strings_{strings} {}

    digested_binder& undigested(std::int64_t value) { return row_.integer(value), *this; }
    digested_binder& integer(std::int64_t value) {
        return row_.integer(value), values_.integer(value), *this;
    }
    /// 0 is NULL.
    digested_binder& id(std::int64_t value) { return row_.id(value), values_.integer(value), *this; }
    digested_binder& time(capture::timestamp value) { return id(value.time_since_epoch().count()); }
    digested_binder& figure(const std::optional<std::int64_t>& value) {
        return row_.integer(value), values_.integer(value), *this;
    }
    digested_binder& name(std::string_view value) {
        return row_.id(strings_.id_of(std::string{value})), values_.text(value), *this;
    }
    digested_binder& text(std::string_view value) { return row_.text(value), values_.text(value), *this; }
    digested_binder& optional_text(std::string_view value) {
        return row_.optional_text(value), values_.text(value), *this;
    }
    digested_binder& blob(std::string_view value) { return row_.blob(value), values_.text(value), *this; }
    digested_binder& node(std::int64_t value, const merkle::digest& hash) {
        row_.id(value);
        values_.text(value != 0 ? std::string_view{reinterpret_cast<const char*>(hash.data()), hash.size()}
                                : std::string_view{});
        return *this;
    }

    digested_values& values() noexcept { return values_; }

    /// Binds the digest of all values and runs the statement.
    void finish() {
        const auto sum = values_.sum();
        row_.blob({reinterpret_cast<const char*>(sum.data()), sum.size()});
        of_.run();
    }

private:
    statement& of_;
    binder row_;
    interner& strings_;
    digested_values values_;
};

/// Returns how much of a body was captured, or nothing where it was all of it.
std::optional<std::int64_t> captured_of(const capture::body& body, std::uint64_t received) {
    const auto captured = body.complete() ? body.size() : 0;
    return captured == received ? std::nullopt : std::optional{static_cast<std::int64_t>(captured)};
}

/// Returns the sizes and times that stand in the row of an exchange.
committed_before counts_of(const entry& turn) {
    if (turn.before) {
        return *turn.before;
    }
    const auto& seen = *turn.exchange;
    committed_before counts;
    // Who counts nothing has captured all that came.
    counts.request_bytes = std::max(seen.request_received, seen.request_body.size());
    counts.response_bytes = std::max(seen.response_received, seen.response_body.size());
    counts.captured_request_bytes = captured_of(seen.request_body, counts.request_bytes);
    counts.captured_response_bytes = captured_of(seen.response_body, counts.response_bytes);
    if (seen.response_times.size() > 1) {
        counts.times = seen.response_times.encoded();
    }
    return counts;
}

}  // namespace

entry_rows::entry_rows(connection& db, row_indexes& indexes)
    : strings_{db},
      chains_{db, strings_, indexes.hashes, indexes.matches},
      pieces_{db, indexes.pieces},
      exchange_{
          db,
          "INSERT INTO exchange(id, uuid, accepted_at, first_byte_at, last_byte_at, committed_at, method,"
          " path, target, upstream, peer, session, project, agent, provider, api, status, model,"
          " response_model, response_id, streamed, stop_reason, prompt_tokens, completion_tokens,"
          " total_tokens, cache_creation_input_tokens, cache_read_input_tokens, total_duration_ns,"
          " prompt_duration_ns, reasoning_tokens, cache_write_5m_tokens, cache_write_1h_tokens, end_reason,"
          " drop_reason, head, mapping_version, request_bytes, response_bytes, captured_request_bytes,"
          " captured_response_bytes, program, client, agent_id, parent_agent_id, parent_session, reading, "
          "digest)"
          " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
          "?,?)"},
      wire_{db,
            "INSERT INTO wire(exchange, request_zstd, request_size, request_decoded, response_zstd,"
            " response_size, response_decoded, request_head, response_head, request_parts, request, response)"
            " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
      response_{db, "INSERT OR REPLACE INTO response(id, exchange) VALUES(?,?)"},
      item_{db, "INSERT OR REPLACE INTO response_item(id, exchange) VALUES(?,?)"},
      conversation_{db, "INSERT OR REPLACE INTO conversation(id, exchange) VALUES(?,?)"},
      variant_{db, "INSERT OR IGNORE INTO node_variant(node, value) VALUES(?,?)"},
      answer_{db, "INSERT OR IGNORE INTO exchange_node(exchange, choice, node) VALUES(?,?,?)"},
      log_{db, "INSERT INTO log(seq, kind, ref, first_node, last_node, at) VALUES(?,?,?,?,?,?)"},
      times_{db, "INSERT OR REPLACE INTO chunk_time(exchange, times) VALUES(?,?)"},
      amended_{db, "SELECT drop_reason FROM exchange WHERE id = ?1"},
      amend_{db,
             "UPDATE exchange SET model = ?2, response_model = ?3, response_id = ?4, streamed = ?5,"
             " stop_reason = ?6, prompt_tokens = ?7, completion_tokens = ?8, total_tokens = ?9,"
             " cache_creation_input_tokens = ?10, cache_read_input_tokens = ?11, total_duration_ns = ?12,"
             " prompt_duration_ns = ?13, reasoning_tokens = ?14, cache_write_5m_tokens = ?15,"
             " cache_write_1h_tokens = ?16, drop_reason = ?17, head = ?18, reading = ?19 WHERE id = ?1"},
      amend_counts_{db,
                    "UPDATE exchange SET last_byte_at = ?2, end_reason = ?3, response_bytes = ?4,"
                    " captured_response_bytes = ?5 WHERE id = ?1"},
      amend_wire_{db,
                  "UPDATE wire SET response_zstd = ?2, response_size = ?3, response_decoded = ?4,"
                  " response = ?5 WHERE exchange = ?1"},
      forget_choices_{db, "DELETE FROM exchange_node WHERE exchange = ?1"},
      set_digest_{db, "UPDATE exchange SET digest = ?2 WHERE id = ?1"},
      names_{db},
      digests_{db} {
    seq_ = db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'log'");
}

void entry_rows::rolled_back_to(const mark& point) noexcept {
    strings_.forget();
    names_.forget();
    digests_.forget();
    chains_.forget(point.next_node);
    pieces_.forget(point.next_piece);
    seq_ = point.seq;
}

void entry_rows::write(const entry& turn, std::int64_t now_us) {
    now_us = turn.before ? turn.before->at_us : now_us;
    const auto range = chains_.write(turn, now_us);
    // An exchange has the number of its log row: both are new, and used never again.
    const auto id = seq_ + 1;
    const auto said = answers_of(turn);
    write_choices(id, said);
    write_variants(turn);
    write_exchange(turn, turn.dropped, said, now_us);
    if (turn.stateful) {
        write_names(id, turn);
    }
    append_log(log_kind::exchange, id, range, now_us);
}

void entry_rows::write_bare(const entry& turn, std::int64_t now_us) {
    now_us = turn.before ? turn.before->at_us : now_us;
    write_exchange(turn, capture::drop_reason::store_error, {}, now_us);
    append_log(log_kind::exchange, seq_ + 1, {}, now_us);
}

void entry_rows::write_log(log_kind kind, std::int64_t ref, const chain_rows::added& range,
                           std::int64_t now_us) {
    append_log(kind, ref, range, now_us);
}

entry_rows::amendment entry_rows::amend(const entry& turn, std::int64_t now_us) {
    const auto id = turn.exchange->amends;
    amendment made;
    {
        const reset_at_end guard{amended_};
        amended_.integer(1, id);
        if (!amended_.step()) {
            throw std::runtime_error{"exchange " + std::to_string(id) + " is not there to be amended"};
        }
        const auto before = names_.text(amended_.integer_at(0));
        const auto known = std::ranges::find(capture::drop_reason_names, before);
        made.before = static_cast<capture::drop_reason>(known - capture::drop_reason_names.begin());
    }
    const bool keeps_turn =
        made.before == capture::drop_reason::none && turn.dropped != capture::drop_reason::none;
    // Where the budget refuses the fuller answer the row is still told how much of it came.
    const bool refused = turn.dropped == capture::drop_reason::over_budget;
    made.now = keeps_turn || refused ? made.before : turn.dropped;
    chain_rows::added range;
    if (!keeps_turn && !refused) {
        range = chains_.write(turn, now_us);
        const auto said = answers_of(turn);
        forget_choices_.integer(1, id);
        forget_choices_.run();
        write_choices(id, said);
        write_variants(turn);
        amend_row(turn, turn.dropped, said);
        if (turn.stateful) {
            write_names(id, turn);
        }
    }
    const auto& seen = *turn.exchange;
    binder counts{amend_counts_};
    counts.integer(id).time(seen.last_byte_at).id(strings_.id_of(capture::name_of(seen.ended)));
    counts.integer(static_cast<std::int64_t>(seen.response_received));
    counts.integer(captured_of(seen.response_body, seen.response_received));
    amend_counts_.run();
    if (turn.keep_wire && !refused) {
        amend_wire(turn);
        write_times(id, seen.response_times.size() > 1 ? seen.response_times.encoded() : std::string{});
    }
    if (const auto digest = digests_.of(id)) {
        binder{set_digest_}.integer(id).blob({reinterpret_cast<const char*>(digest->data()), digest->size()});
        set_digest_.run();
    }
    append_log(log_kind::amendment, id, range, now_us);
    return made;
}

void entry_rows::amend_row(const entry& turn, capture::drop_reason dropped, const answers& said) {
    const auto& used = turn.used;
    binder row{amend_};
    row.integer(turn.exchange->amends).id(strings_.id_of(turn.model)).id(strings_.id_of(turn.response_model));
    row.optional_text(turn.response_id).integer(turn.streamed ? 1 : 0).id(strings_.id_of(turn.stop_reason));
    for (const auto& [name, figure] : merkle::usage_figures) {
        row.integer(used.*figure);
    }
    for (const auto& [name, figure] : merkle::usage_details) {
        row.integer(used.*figure);
    }
    row.id(strings_.id_of(capture::name_of(dropped))).id(said.head).optional_text(turn.reading);
    amend_.run();
}

void entry_rows::amend_wire(const entry& turn) {
    const auto& kept = turn.wire;
    binder row{amend_wire_};
    row.integer(turn.exchange->amends).integer(kept.response.compressed ? 1 : 0);
    row.integer(static_cast<std::int64_t>(kept.response.raw_size)).integer(kept.response_decoded ? 1 : 0);
    row.blob(kept.response.bytes);
    amend_wire_.run();
}

/// Finds the nodes of a turn's answers, which were written last.
entry_rows::answers entry_rows::answers_of(const entry& turn) const {
    answers said;
    for (std::size_t index = 0; index < turn.nodes.size(); ++index) {
        const auto& one = turn.nodes[index];
        if (one.choice < 0) {
            continue;
        }
        const auto& hash = one.node.position.hash;
        said.choices.push_back({one.choice, chains_.place(index).id, hash});
        if (one.choice == 0 || said.head == 0) {
            said.head = said.choices.back().node;
            said.head_hash = hash;
        }
    }
    std::ranges::stable_sort(said.choices, {}, &answers::choice::index);
    const auto repeated = std::ranges::unique(said.choices, {}, &answers::choice::index);
    said.choices.erase(repeated.begin(), repeated.end());
    if (said.choices.size() == 1) {  // of one alone, `head` says it all
        said.choices.clear();
    }
    if (said.head == 0 && !turn.nodes.empty()) {  // a turn without an answer
        said.head = chains_.place(turn.nodes.size() - 1).id;
        said.head_hash = turn.nodes.back().node.position.hash;
    } else if (said.head == 0 && turn.above) {
        said.head = turn.above->id;
        said.head_hash = turn.above->position.hash;
    }
    return said;
}

void entry_rows::write_choices(std::int64_t id, const answers& said) {
    for (const auto& choice : said.choices) {
        binder{answer_}.integer(id).integer(choice.index).integer(choice.node);
        answer_.run();
    }
}

void entry_rows::write_variants(const entry& turn) {
    for (std::size_t index = 0; index < turn.nodes.size(); ++index) {
        const auto node = chains_.place(index).id;
        for (const auto value : turn.nodes[index].variants) {
            if (node == 0) {  // above a known one, which was written with it
                break;
            }
            binder{variant_}.integer(node).integer(value);
            variant_.run();
        }
    }
}

void entry_rows::write_exchange(const entry& turn, capture::drop_reason dropped, const answers& said,
                                std::int64_t now_us) {
    const auto& seen = *turn.exchange;
    const auto id = seq_ + 1;
    const std::string_view uuid{reinterpret_cast<const char*>(seen.id.data()), seen.id.size()};
    const bool own_target = turn.target != seen.path;
    const bool bare = dropped == capture::drop_reason::store_error;
    digested_binder row{exchange_, strings_};
    row.undigested(id).blob(uuid).integer(seen.accepted_at.time_since_epoch().count());
    row.time(seen.first_byte_at).time(seen.last_byte_at).integer(now_us).name(seen.method);
    row.text(seen.path).optional_text(own_target ? std::string_view{turn.target} : std::string_view{});
    row.name(seen.upstream).optional_text(seen.peer).optional_text(turn.session);
    row.name(seen.project).name(seen.agent_name).name(seen.provider).name(turn.api).id(seen.status);
    row.name(turn.model).name(turn.response_model).optional_text(turn.response_id);
    row.integer(turn.streamed ? 1 : 0).name(turn.stop_reason);
    for (const auto& [name, figure] : merkle::usage_figures) {
        row.figure(turn.used.*figure);
    }
    for (const auto& [name, figure] : merkle::usage_details) {
        row.figure(turn.used.*figure);
    }
    row.name(capture::name_of(seen.ended)).name(capture::name_of(dropped));
    row.node(said.head, said.head_hash).integer(turn.mapping_version);
    const auto counts = counts_of(turn);
    row.integer(static_cast<std::int64_t>(counts.request_bytes));
    row.integer(static_cast<std::int64_t>(counts.response_bytes));
    row.figure(counts.captured_request_bytes).figure(counts.captured_response_bytes);
    row.name(turn.sender.program).name(turn.sender.client).optional_text(turn.sender.agent_id);
    row.optional_text(turn.sender.parent_agent_id).optional_text(turn.sender.parent_session);
    row.optional_text(turn.reading);
    auto& values = row.values();
    for (const auto& choice : said.choices) {
        values.integer(choice.index)
            .text({reinterpret_cast<const char*>(choice.hash.data()), choice.hash.size()});
    }
    const bool keeps_wire = turn.keep_wire && !bare;
    keeps_wire ? values.digest(write_wire(turn)) : values.nothing();
    if (keeps_wire) {
        write_times(id, counts.times);
    }
    values.text(keeps_wire ? std::string_view{counts.times} : std::string_view{});
    row.finish();
}

merkle::digest entry_rows::write_wire(const entry& turn) {
    const auto& kept = turn.wire;
    binder row{wire_};
    row.integer(seq_ + 1).integer(kept.request.compressed ? 1 : 0);
    row.integer(static_cast<std::int64_t>(kept.request.raw_size)).integer(kept.request_decoded ? 1 : 0);
    row.integer(kept.response.compressed ? 1 : 0).integer(static_cast<std::int64_t>(kept.response.raw_size));
    row.integer(kept.response_decoded ? 1 : 0).text(kept.request_head).text(kept.response_head);
    const auto parts = kept.pieces.empty() ? std::string{} : pieces_.write(kept.pieces, led_to(turn));
    row.optional_text(parts).blob(kept.request.bytes).blob(kept.response.bytes);
    wire_.run();
    return kept.digest ? *kept.digest : digest_of(kept);
}

/// Keeps the times of an answer that came in several pieces.
void entry_rows::write_times(std::int64_t id, std::string_view times) {
    if (!times.empty()) {
        binder{times_}.integer(id).blob(times);
        times_.run();
    }
}

piece_rows::led_to entry_rows::led_to(const entry& turn) const {
    const auto node = [this, &turn](int index) {
        return index != piece::above ? chains_.place(static_cast<std::size_t>(index)).id
               : turn.above          ? turn.above->id
                                     : 0;
    };
    const bool old = turn.above || turn.leading == 0;
    return {node, old ? turn.leading_node : chains_.place(turn.leading - 1).id};
}

void entry_rows::write_names(std::int64_t id, const entry& turn) {
    const auto keep = [&](statement& in, std::string_view name) {
        if (!name.empty()) {
            binder{in}.text(name).integer(id);
            in.run();
        }
    };
    keep(response_, turn.response_id);
    keep(conversation_, turn.conversation);
    for (const auto& item : turn.item_ids) {
        keep(item_, item);
    }
}

void entry_rows::append_log(log_kind kind, std::int64_t ref, const chain_rows::added& range,
                            std::int64_t now_us) {
    const bool any = range.first <= range.last;
    binder row{log_};
    row.integer(seq_ + 1).integer(static_cast<int>(kind)).integer(ref);
    row.id(any ? range.first : 0).id(any ? range.last : 0).integer(now_us);
    log_.run();
    ++seq_;
}

}  // namespace tapes::store
