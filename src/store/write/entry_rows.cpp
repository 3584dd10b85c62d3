#include "write/entry_rows.hpp"

#include "write/binder.hpp"
#include "write/exchange_counts.hpp"

#include <tapes/http/fields.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace tapes::store {

namespace {

/// A name leads to the newest exchange that gave it, even where an older one is amended behind it.
std::string name_sql(const std::string& table) {
    return "INSERT INTO " + table +
           "(id, exchange) VALUES(?1,?2) ON CONFLICT(id) DO UPDATE SET exchange = max(exchange, "
           "excluded.exchange)";
}

/// So many exchanges with an answer are looked at for one that has the same id: who asks again does so soon.
constexpr int most_same_answers = 8;
constexpr const char* same_answers_sql =
    "SELECT x.response_id IS ?2 AND w.request_parts IS ?3 AND w.request IS ?4, w.request_head,"
    " coalesce(x.answer_of, x.id) FROM exchange x LEFT JOIN wire w ON w.exchange = x.id"
    " WHERE x.head = ?1 ORDER BY x.id DESC";

constexpr merkle::usage told_elsewhere;

/// An id that later requests may name is the provider's own: it tells the answer also under another agent's
/// name, and where one of both is pending. That the requests' bodies and the answers agree guards against ids
/// that mean nothing: of a body that is not kept it is not known, and both are told.
constexpr const char* same_response_sql =
    "SELECT coalesce(x.answer_of, x.id) FROM response r JOIN exchange x ON x.id = r.exchange"
    " JOIN wire w ON w.exchange = x.id JOIN node h ON h.id = x.head JOIN node mine ON mine.id = ?3"
    " WHERE r.id = ?1 AND r.provider = ?2 AND w.request_parts IS ?4 AND w.request IS ?5"
    " AND x.model IS mine.model AND (h.id = ?3 OR h.parent = ?3 OR h.content = mine.content)";

/// Returns what a request names itself by, where it may be sent again (IETF draft, "The Idempotency-Key HTTP
/// Header Field"); "" where it does not.
std::string_view idempotency_key(std::string_view head) {
    return http::find_value(head, "idempotency-key");
}

}  // namespace

entry_rows::entry_rows(connection& db, row_indexes& indexes)
    : strings_{db},
      chains_{db, strings_, indexes.hashes, indexes.matches},
      pieces_{db, indexes.pieces},
      exchange_{db, insert_exchange_sql()},
      wire_{db,
            "INSERT INTO wire(exchange, request_zstd, request_size, request_decoded, response_zstd,"
            " response_size, response_decoded, request_head, response_head, request_parts, request, response)"
            " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
      response_{db,
                "INSERT INTO response(id, exchange, provider) VALUES(?1,?2,?3) ON CONFLICT(id, provider)"
                " DO UPDATE SET exchange = max(exchange, excluded.exchange)"},
      item_{db, name_sql("response_item")},
      conversation_{db, name_sql("conversation")},
      variant_{db, "INSERT OR IGNORE INTO node_variant(node, value) VALUES(?,?)"},
      answer_{db, "INSERT OR IGNORE INTO exchange_node(exchange, choice, node) VALUES(?,?,?)"},
      log_{db, "INSERT INTO log(seq, kind, ref, first_node, last_node, at) VALUES(?,?,?,?,?,?)"},
      times_{db, "INSERT OR REPLACE INTO chunk_time(exchange, times) VALUES(?,?)"},
      fetched_{db, "INSERT OR IGNORE INTO fetched_answer(exchange, fetch) VALUES(?,?)"},
      same_answers_{db, same_answers_sql},
      same_response_{db, same_response_sql},
      amender_{db, strings_} {
    seq_ = db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'log'");
}

void entry_rows::rolled_back_to(const mark& point) noexcept {
    strings_.forget();
    amender_.forget();
    chains_.forget(point.next_node);
    pieces_.forget(point.next_piece);
    seq_ = point.seq;
}

entry_rows::written entry_rows::write(const entry& turn, std::int64_t now_us) {
    now_us = turn.before ? turn.before->at_us : now_us;
    written made{seq_ + 1, turn.dropped, turn.fuller != nullptr && is_more(*turn.fuller)};
    if (!made.completes && made.dropped == capture::drop_reason::answer_fetched) {
        made.dropped = capture::drop_reason::nothing_new;  // another one was first
    }
    const auto range = chains_.write(turn, now_us);
    // An exchange has the number of its log row: both are new, and used never again.
    const auto answered = answers_of(turn);
    const auto parts = write_pieces(turn, made.dropped);
    const auto about = answer_of(turn, answered, range, parts);
    const bool repeated = about != 0 && made.dropped == capture::drop_reason::none;
    if (repeated) {
        chains_.forget_usage(range);
    }
    write_choices(made.id, answered);
    write_variants(turn);
    write_exchange(turn, made.dropped, answered, about, parts, now_us);
    if (turn.stateful && !repeated) {
        write_names(made.id, turn);
    }
    append_log(log_kind::exchange, made.id, range, now_us);
    if (made.completes) {
        complete(made.id, *turn.fuller, now_us);
    }
    return made;
}

/// Returns the exchange whose answer this one is about: that of an earlier request, or the same answer under
/// the same id, which was given to an exchange before (a request that was sent once more). 0: none.
std::int64_t entry_rows::answer_of(const entry& turn, const answers& answered, const chain_rows::added& range,
                                   std::string_view parts) {
    if (turn.dropped != capture::drop_reason::none || turn.response_id.empty() || answered.head == 0) {
        return turn.answer_of;
    }
    if (!turn.keep_wire) {  // whether it is the same request is not known
        return 0;
    }
    if (!turn.stateful) {
        return answered.head < range.first ? same_answer(turn, answered.head, parts) : 0;
    }
    const auto provider = strings_.id_of(turn.exchange->provider);
    const reset_at_end guard{same_response_};
    binder row{same_response_};
    row.text(turn.response_id).integer(provider).integer(answered.head);
    row.optional_text(parts).blob(turn.wire.request.bytes);
    return same_response_.step() ? same_response_.integer_at(0) : 0;
}

std::int64_t entry_rows::same_answer(const entry& turn, std::int64_t head, std::string_view parts) {
    const auto key = idempotency_key(turn.wire.request_head);
    if (key.empty()) {
        return 0;
    }
    const reset_at_end guard{same_answers_};
    binder row{same_answers_};
    row.integer(head).text(turn.response_id).optional_text(parts).blob(turn.wire.request.bytes);
    for (int i = 0; i < most_same_answers && same_answers_.step(); ++i) {
        if (same_answers_.integer_at(0) != 0 && idempotency_key(same_answers_.text_at(1)) == key) {
            return same_answers_.integer_at(2);
        }
    }
    return 0;
}

/// Tells whether an answer is more than what is stored of it. Of two that broke off, the longer one is.
bool entry_rows::is_more(const entry& fuller) {
    const auto known = amender_.known_answer(fuller.exchange->amends);
    if (known.dropped != capture::drop_reason::none || !is_open_answer(known.stop_reason)) {
        return false;
    }
    if (known.stop_reason == pending_answer) {
        return true;
    }
    const auto first = std::ranges::find(fuller.nodes, 0, &entry_node::choice);
    return first != fuller.nodes.end() && (fuller.stop_reason != incomplete_answer ||
                                           std::cmp_greater(first->node.content.size(), known.bytes));
}

/// Tells whether a fetch has brought an answer while the stream of `turn` was coming that is as much as what
/// the stream has brought.
bool entry_rows::is_answered(const entry& turn) {
    if (turn.exchange->part != capture::exchange_part::conclusion) {
        return false;
    }
    const auto known = amender_.known_answer(turn.exchange->amends);
    if (is_open_answer(known.stop_reason)) {
        return !is_more(turn);
    }
    const bool says_more =
        !known.is_said && std::ranges::find(turn.nodes, 0, &entry_node::choice) != turn.nodes.end();
    return !says_more;
}

/// Makes an answer that came with the exchange `fetch` that of the exchange which has asked for it.
void entry_rows::complete(std::int64_t fetch, const entry& fuller, std::int64_t now_us) {
    const auto id = fuller.exchange->amends;
    const auto range = chains_.write(fuller, now_us);
    const auto answered = answers_of(fuller);
    amender_.forget_choices(id);
    write_choices(id, answered);
    write_variants(fuller);
    amender_.complete_answer(fuller, answered.head);
    if (fuller.stateful) {
        write_names(id, fuller);
    }
    binder{fetched_}.integer(id).integer(fetch);
    fetched_.run();
    amender_.renew_digest(id);
    append_log(log_kind::amendment, id, range, now_us);
}

void entry_rows::write_bare(const entry& turn, std::int64_t now_us) {
    now_us = turn.before ? turn.before->at_us : now_us;
    write_exchange(turn, capture::drop_reason::store_error, {}, turn.answer_of, {}, now_us);
    append_log(log_kind::exchange, seq_ + 1, {}, now_us);
}

void entry_rows::write_log(log_kind kind, std::int64_t ref, const chain_rows::added& range,
                           std::int64_t now_us) {
    append_log(kind, ref, range, now_us);
}

entry_rows::amendment entry_rows::amend(const entry& turn, std::int64_t now_us) {
    const auto id = turn.exchange->amends;
    amendment made{amender_.drop_reason(id), {}};
    const bool keeps_turn =
        (made.before == capture::drop_reason::none && turn.dropped != capture::drop_reason::none) ||
        capture::is_about_earlier(made.before) || is_answered(turn);
    // Where the budget refuses the fuller answer the row is still told how much of it came.
    const bool refused = turn.dropped == capture::drop_reason::over_budget;
    made.now = keeps_turn || refused ? made.before : turn.dropped;
    chain_rows::added range;
    if (!keeps_turn && !refused) {
        range = chains_.write(turn, now_us);
        const auto answered = answers_of(turn);
        if (turn.exchange->part == capture::exchange_part::conclusion) {
            amender_.part_from_another(id, answered.head);
            amender_.forget_fetches(id);
            amender_.forget_name(id, turn.response_id);
        }
        const bool repeated = amender_.is_about_another(id);
        if (repeated) {
            chains_.forget_usage(range);
        }
        amender_.forget_choices(id);
        write_choices(id, answered);
        write_variants(turn);
        amender_.amend_answer(turn, answered.head, repeated ? told_elsewhere : turn.used);
        if (turn.stateful && !repeated) {
            write_names(id, turn);
        }
    }
    const auto counts = counts_of(turn);
    amender_.amend_counts(*turn.exchange, counts);
    if (turn.keep_wire && !refused) {
        if (!amender_.amend_wire(turn)) {
            write_wire(id, turn, write_pieces(turn, turn.dropped));  // the budget had refused it before
        }
        write_times(id, counts.times);
    }
    amender_.renew_digest(id);
    append_log(log_kind::amendment, id, range, now_us);
    return made;
}

/// Finds the nodes of a turn's answers, which were written last.
entry_rows::answers entry_rows::answers_of(const entry& turn) const {
    answers answered;
    for (std::size_t index = 0; index < turn.nodes.size(); ++index) {
        const auto& one = turn.nodes[index];
        if (one.choice < 0) {
            continue;
        }
        const auto& hash = one.node.position.hash;
        answered.choices.push_back({one.choice, chains_.place(index).id, hash});
        if (one.choice == 0 || answered.head == 0) {
            answered.head = answered.choices.back().node;
            answered.head_hash = hash;
        }
    }
    std::ranges::stable_sort(answered.choices, {}, &answers::choice::index);
    const auto repeated = std::ranges::unique(answered.choices, {}, &answers::choice::index);
    answered.choices.erase(repeated.begin(), repeated.end());
    if (answered.choices.size() == 1) {  // of one alone, `head` says it all
        answered.choices.clear();
    }
    if (answered.head == 0 && !turn.nodes.empty()) {  // a turn without an answer
        answered.head = chains_.place(turn.nodes.size() - 1).id;
        answered.head_hash = turn.nodes.back().node.position.hash;
    } else if (answered.head == 0 && turn.above) {
        answered.head = turn.above->id;
        answered.head_hash = turn.above->position.hash;
    }
    return answered;
}

void entry_rows::write_choices(std::int64_t id, const answers& answered) {
    for (const auto& choice : answered.choices) {
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

void entry_rows::write_exchange(const entry& turn, capture::drop_reason dropped, const answers& answered,
                                std::int64_t about, std::string_view parts, std::int64_t now_us) {
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
    // What an answer took is told once, however many exchanges it came with.
    const auto& used = about != 0 && dropped == capture::drop_reason::none ? told_elsewhere : turn.used;
    for (const auto& [name, figure] : merkle::usage_figures) {
        row.figure(used.*figure);
    }
    for (const auto& [name, figure] : merkle::usage_details) {
        row.figure(used.*figure);
    }
    row.name(capture::name_of(seen.ended)).name(capture::name_of(dropped));
    row.node(answered.head, answered.head_hash).integer(turn.mapping_version);
    const auto counts = counts_of(turn);
    row.integer(static_cast<std::int64_t>(counts.request_bytes));
    row.integer(static_cast<std::int64_t>(counts.response_bytes));
    row.figure(counts.captured_request_bytes).figure(counts.captured_response_bytes);
    row.name(turn.sender.program).name(turn.sender.client).optional_text(turn.sender.agent_id);
    row.optional_text(turn.sender.parent_agent_id).optional_text(turn.sender.parent_session);
    row.optional_text(turn.reading).later_name(caller_column, seen.caller);
    row.later_id(answer_of_column, about);
    row.later_time(connected_at_column, seen.connected_at).later_time(sent_at_column, seen.sent_at);
    auto& values = row.values();
    for (const auto& choice : answered.choices) {
        values.integer(choice.index).digest(choice.hash);
    }
    const bool keeps_wire = turn.keep_wire && !bare;
    keeps_wire ? values.digest(write_wire(id, turn, parts)) : values.nothing();
    if (keeps_wire) {
        write_times(id, counts.times);
    }
    values.text(keeps_wire ? std::string_view{counts.times} : std::string_view{});
    row.finish();
}

std::string entry_rows::write_pieces(const entry& turn, capture::drop_reason dropped) {
    const bool kept = turn.keep_wire && dropped != capture::drop_reason::store_error;
    return !kept || turn.wire.pieces.empty() ? std::string{} : pieces_.write(turn.wire.pieces, led_to(turn));
}

merkle::digest entry_rows::write_wire(std::int64_t id, const entry& turn, std::string_view parts) {
    const auto& wire = turn.wire;
    binder row{wire_};
    row.integer(id).integer(wire.request.compressed ? 1 : 0);
    row.integer(static_cast<std::int64_t>(wire.request.raw_size)).integer(wire.request_decoded ? 1 : 0);
    row.integer(wire.response.compressed ? 1 : 0).integer(static_cast<std::int64_t>(wire.response.raw_size));
    row.integer(wire.response_decoded ? 1 : 0).text(wire.request_head).text(wire.response_head);
    row.optional_text(parts).blob(wire.request.bytes).blob(wire.response.bytes);
    wire_.run();
    return wire.digest ? *wire.digest : digest_of(wire);
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
    if (!turn.response_id.empty()) {
        const auto provider = strings_.id_of(turn.exchange->provider);
        binder{response_}.text(turn.response_id).integer(id).integer(provider);
        response_.run();
    }
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
