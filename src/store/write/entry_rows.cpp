#include "write/entry_rows.hpp"

#include <algorithm>

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
          " prompt_duration_ns, end_reason, drop_reason, head, mapping_version, request_bytes,"
          " response_bytes) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      wire_{db,
            "INSERT INTO wire(exchange, request_zstd, request_size, request_decoded, response_zstd,"
            " response_size, response_decoded, request_head, response_head, request_parts, request, response)"
            " VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"},
      response_{db, "INSERT OR REPLACE INTO response(id, exchange) VALUES(?,?)"},
      item_{db, "INSERT OR REPLACE INTO response_item(id, exchange) VALUES(?,?)"},
      conversation_{db, "INSERT OR REPLACE INTO conversation(id, exchange) VALUES(?,?)"},
      variant_{db, "INSERT OR IGNORE INTO node_variant(node, value) VALUES(?,?)"},
      answer_{db, "INSERT OR IGNORE INTO exchange_node(exchange, choice, node) VALUES(?,?,?)"},
      log_{db, "INSERT INTO log(seq, kind, ref, first_node, last_node, at) VALUES(?,?,?,?,?,?)"} {
    seq_ = db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'log'");
}

void entry_rows::rolled_back_to(const mark& point) noexcept {
    strings_.forget();
    chains_.forget(point.next_node);
    pieces_.forget(point.next_piece);
    seq_ = point.seq;
}

void entry_rows::write(const entry& turn, std::int64_t now_us) {
    now_us = turn.before ? turn.before->at_us : now_us;
    const auto range = chains_.write(turn, now_us);
    // An exchange has the number of its log row: both are new, and used never again.
    const auto id = seq_ + 1;
    const auto answers = std::ranges::count_if(turn.nodes, [](const auto& one) { return one.choice >= 0; });
    std::int64_t head = 0;
    for (std::size_t index = 0; index < turn.nodes.size(); ++index) {
        const auto choice = turn.nodes[index].choice;
        const auto node = chains_.place(index).id;
        for (const auto value : turn.nodes[index].variants) {
            if (node == 0) {  // above a known one, which was written with it
                break;
            }
            binder{variant_}.integer(node).integer(value);
            variant_.run();
        }
        if (choice < 0) {
            continue;
        }
        if (choice == 0 || head == 0) {
            head = node;
        }
        if (answers > 1) {  // of one alone, `head` says it all
            binder{answer_}.integer(id).integer(choice).integer(node);
            answer_.run();
        }
    }
    if (head == 0 && (!turn.nodes.empty() || turn.above)) {  // a turn without an answer
        head = turn.nodes.empty() ? turn.above->id : chains_.place(turn.nodes.size() - 1).id;
    }
    write_exchange(turn, turn.dropped, head, now_us);
    if (turn.keep_wire) {
        write_wire(turn);
    }
    if (turn.stateful) {
        write_names(turn);
    }
    append_log(log_kind::exchange, id, range, now_us);
}

void entry_rows::write_bare(const entry& turn, std::int64_t now_us) {
    now_us = turn.before ? turn.before->at_us : now_us;
    write_exchange(turn, capture::drop_reason::store_error, 0, now_us);
    append_log(log_kind::exchange, seq_ + 1, {}, now_us);
}

void entry_rows::write_log(log_kind kind, std::int64_t ref, const chain_rows::added& range,
                           std::int64_t now_us) {
    append_log(kind, ref, range, now_us);
}

void entry_rows::write_exchange(const entry& turn, capture::drop_reason dropped, std::int64_t head,
                                std::int64_t now_us) {
    const auto& seen = *turn.exchange;
    const std::string_view uuid{reinterpret_cast<const char*>(seen.id.data()), seen.id.size()};
    const auto& used = turn.used;
    const bool own_target = turn.target != seen.path;
    binder row{exchange_};
    row.integer(seq_ + 1).blob(uuid).integer(seen.accepted_at.time_since_epoch().count());
    row.time(seen.first_byte_at).time(seen.last_byte_at).integer(now_us).id(strings_.id_of(seen.method));
    row.text(seen.path).optional_text(own_target ? std::string_view{turn.target} : std::string_view{});
    row.id(strings_.id_of(seen.upstream)).optional_text(seen.peer).optional_text(turn.session);
    row.id(strings_.id_of(seen.project))
        .id(strings_.id_of(seen.agent_name))
        .id(strings_.id_of(seen.provider));
    row.id(strings_.id_of(turn.api)).id(seen.status).id(strings_.id_of(turn.model));
    row.id(strings_.id_of(turn.response_model))
        .optional_text(turn.response_id)
        .integer(turn.streamed ? 1 : 0);
    row.id(strings_.id_of(turn.stop_reason));
    row.integer(used.prompt_tokens).integer(used.completion_tokens).integer(used.total_tokens);
    row.integer(used.cache_creation_input_tokens).integer(used.cache_read_input_tokens);
    row.integer(used.total_duration_ns).integer(used.prompt_duration_ns);
    row.id(strings_.id_of(capture::name_of(seen.ended))).id(strings_.id_of(capture::name_of(dropped)));
    row.id(head).integer(turn.mapping_version);
    row.integer(
        static_cast<std::int64_t>(turn.before ? turn.before->request_bytes : seen.request_body.size()));
    row.integer(
        static_cast<std::int64_t>(turn.before ? turn.before->response_bytes : seen.response_body.size()));
    exchange_.run();
}

void entry_rows::write_wire(const entry& turn) {
    const auto& kept = turn.wire;
    binder row{wire_};
    row.integer(seq_ + 1).integer(kept.request.compressed ? 1 : 0);
    row.integer(static_cast<std::int64_t>(kept.request.raw_size)).integer(kept.request_decoded ? 1 : 0);
    row.integer(kept.response.compressed ? 1 : 0).integer(static_cast<std::int64_t>(kept.response.raw_size));
    row.integer(kept.response_decoded ? 1 : 0).text(kept.request_head).text(kept.response_head);
    const auto parts = kept.pieces.empty() ? std::string{} : pieces_.write(kept.pieces, led_to(turn));
    row.optional_text(parts).blob(kept.request.bytes).blob(kept.response.bytes);
    wire_.run();
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

void entry_rows::write_names(const entry& turn) {
    const auto keep = [&](statement& in, std::string_view name) {
        if (!name.empty()) {
            binder{in}.text(name).integer(seq_ + 1);
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
