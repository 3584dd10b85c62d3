#include "file/exchange_digest.hpp"

#include "file/request_parts.hpp"

#include <algorithm>

namespace tapes::store {

namespace {

/// The columns of an exchange in the order of the digest: ids of strings (s), texts (t), bytes (b), the hash
/// of a node (n), integers that are 0 where they are NULL (i), figures that may be missing (f), ids of
/// strings in columns that came after version 4 (l), integers in such columns (r).
struct digested_column {
    char type;
    const char* name;
};
constexpr digested_column digested_columns[] = {
    {'b', "uuid"},
    {'i', "accepted_at"},
    {'i', "first_byte_at"},
    {'i', "last_byte_at"},
    {'i', "committed_at"},
    {'s', "method"},
    {'t', "path"},
    {'t', "target"},
    {'s', "upstream"},
    {'t', "peer"},
    {'t', "session"},
    {'s', "project"},
    {'s', "agent"},
    {'s', "provider"},
    {'s', "api"},
    {'i', "status"},
    {'s', "model"},
    {'s', "response_model"},
    {'t', "response_id"},
    {'i', "streamed"},
    {'s', "stop_reason"},
    {'f', "prompt_tokens"},
    {'f', "completion_tokens"},
    {'f', "total_tokens"},
    {'f', "cache_creation_input_tokens"},
    {'f', "cache_read_input_tokens"},
    {'f', "total_duration_ns"},
    {'f', "prompt_duration_ns"},
    {'f', "reasoning_tokens"},
    {'f', "cache_write_5m_tokens"},
    {'f', "cache_write_1h_tokens"},
    {'s', "end_reason"},
    {'s', "drop_reason"},
    {'n', "head"},
    {'i', "mapping_version"},
    {'i', "request_bytes"},
    {'i', "response_bytes"},
    {'f', "captured_request_bytes"},
    {'f', "captured_response_bytes"},
    {'s', "program"},
    {'s', "client"},
    {'t', "agent_id"},
    {'t', "parent_agent_id"},
    {'t', "parent_session"},
    {'t', "reading"},
    {'l', caller_column},
    {'r', answer_of_column},
    {'r', connected_at_column},
    {'r', sent_at_column},
};

std::string digested_query() {
    std::string sql = "SELECT id";
    for (const auto& column : digested_columns) {
        sql.append(", ");
        sql += column.type == 'n'
                   ? std::string{"(SELECT hash FROM node WHERE node.id = exchange."} + column.name + ")"
                   : std::string{column.name};
    }
    return sql + " FROM exchange WHERE id = ?1";
}

}  // namespace

std::string insert_exchange_sql() {
    std::string sql = "INSERT INTO exchange(id";
    std::string values = "?";
    for (const auto& column : digested_columns) {
        sql.append(", ").append(column.name);
        values.append(",?");
    }
    return sql + ", digest) VALUES(" + values + ",?)";
}

merkle::digest digest_of(const wire& kept) {
    digested_values values;
    values.text(kept.request_head).text(kept.response_head);
    for (const auto* body : {&kept.request, &kept.response}) {
        values.integer(body->compressed ? 1 : 0).integer(static_cast<std::int64_t>(body->raw_size));
        values.digest(merkle::sha256(body->bytes));
    }
    values.integer(kept.request_decoded ? 1 : 0).integer(kept.response_decoded ? 1 : 0);
    for (const auto& chain : kept.pieces) {
        values.integer(static_cast<std::int64_t>(chain.offset));
        values.digest(chain.added.empty() ? chain.last : chain.added.back().digest);
    }
    return values.sum();
}

exchange_digests::exchange_digests(connection& db)
    : strings_{db},
      row_{db, digested_query()},
      choices_{db,
               "SELECT a.choice, n.hash FROM exchange_node a JOIN node n ON n.id = a.node"
               " WHERE a.exchange = ?1 ORDER BY a.choice"},
      wire_{db,
            "SELECT request_head, response_head, request_zstd, request_size, request, response_zstd,"
            " response_size, response, request_decoded, response_decoded, request_parts FROM wire"
            " WHERE exchange = ?1"},
      piece_{db, "SELECT digest FROM piece WHERE id = ?1"},
      times_{db, "SELECT times FROM chunk_time WHERE exchange = ?1"} {}

std::optional<merkle::digest> exchange_digests::of(std::int64_t seq) {
    const reset_at_end guard{row_};
    row_.integer(1, seq);
    if (!row_.step()) {
        return std::nullopt;
    }
    digested_values values;
    int at = 1;
    for (const auto& column : digested_columns) {
        switch (column.type) {
            case 's':
                values.text(strings_.text(row_.integer_at(at)));
                break;
            case 'l':
                values.later(column.name, strings_.text(row_.integer_at(at)));
                break;
            case 'r':
                values.later(column.name, row_.text_at(at));
                break;
            case 't':
                values.text(row_.text_at(at));
                break;
            case 'f':
                values.integer(row_.optional_at(at));
                break;
            case 'i':
                values.integer(row_.integer_at(at));
                break;
            default:
                values.text(row_.bytes_at(at));
                break;
        }
        ++at;
    }
    add_choices(seq, values);
    add_wire(seq, values);
    add_times(seq, values);
    return values.sum();
}

void exchange_digests::add_choices(std::int64_t seq, digested_values& values) {
    const reset_at_end guard{choices_};
    choices_.integer(1, seq);
    while (choices_.step()) {
        values.integer(choices_.integer_at(0)).text(choices_.bytes_at(1));
    }
}

void exchange_digests::add_wire(std::int64_t seq, digested_values& values) {
    const reset_at_end guard{wire_};
    wire_.integer(1, seq);
    if (!wire_.step()) {
        values.nothing();
        return;
    }
    digested_values bytes;
    bytes.text(wire_.text_at(0)).text(wire_.text_at(1));
    for (const int at : {2, 5}) {
        bytes.integer(wire_.integer_at(at)).integer(wire_.integer_at(at + 1));
        bytes.digest(merkle::sha256(wire_.bytes_at(at + 2)));
    }
    bytes.integer(wire_.integer_at(8)).integer(wire_.integer_at(9));
    const std::string parts{wire_.text_at(10)};
    const auto chains = read_request_parts(parts);
    if (write_request_parts(chains) != parts) {
        bytes.text(parts);  // it says something else as well
    }
    for (const auto& chain : chains) {
        const reset_at_end piece_guard{piece_};
        piece_.integer(1, chain.last);
        const bool there = piece_.step();
        bytes.integer(static_cast<std::int64_t>(chain.offset));
        bytes.digest(there ? digest_of(piece_.blob_at(0)).value_or(merkle::digest{}) : merkle::digest{});
    }
    values.digest(bytes.sum());
}

void exchange_digests::add_times(std::int64_t seq, digested_values& values) {
    const reset_at_end guard{times_};
    times_.integer(1, seq);
    values.text(times_.step() ? times_.bytes_at(0) : std::string_view{});
}

}  // namespace tapes::store
