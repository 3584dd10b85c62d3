#include "import_rows.hpp"

#include "row_values.hpp"

#include <tapes/store/reader.hpp>

#include <algorithm>

namespace tapes::store {

namespace {

constexpr std::size_t nodes_per_transaction = 1024;
constexpr std::size_t index_rows_per_transaction = 8192;
/// Who reads the log takes a row with all its nodes at once.
constexpr std::uint64_t bytes_per_log_row = 1 << 20;

}  // namespace

import_rows::import_rows(connection& db, bool announce)
    : db_{db},
      announce_{announce},
      strings_{db},
      find_{db, "SELECT hash, match, root, depth FROM node WHERE id = ?1"},
      insert_{db,
              "INSERT INTO node(hash, match, parent, root, depth, role, model, provider, agent, project,"
              " stop_reason, prompt_tokens, completion_tokens, total_tokens, cache_creation_input_tokens,"
              " cache_read_input_tokens, total_duration_ns, prompt_duration_ns, created_at, content, id)"
              " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      log_{db, "INSERT INTO log(kind, ref, first_node, last_node, at) VALUES(?,0,?,?,?)"} {
    hashes_.load(db);
    older_.emplace(db, hashes_);
    last_ = db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'node'");
}

import_rows::~import_rows() {
    db_.rollback();
}

std::optional<imported_node> import_rows::find(const merkle::digest& hash) {
    candidates_.clear();
    hashes_.find_recent(prefix_of(hash), candidates_);
    older_->find(prefix_of(hash), candidates_);
    for (const auto id : candidates_) {
        const reset_at_end guard{find_};
        find_.integer(1, id);
        if (find_.step() && std::ranges::equal(find_.blob_at(0), hash)) {
            return imported_node{
                {hash, find_.is_null(1) ? hash : digest_of(find_.blob_at(1)).value_or(merkle::digest{})},
                {id, find_.integer_at(2), find_.integer_at(3)}};
        }
    }
    return std::nullopt;
}

imported_node import_rows::add(const merkle::node& node, const imported_node* parent,
                               const reference_node& about, std::int64_t now_us) {
    begin();
    const auto id = last_ + 1;
    const imported_node made{
        node.position,
        {id, parent != nullptr ? parent->place.root : id, parent != nullptr ? parent->place.depth + 1 : 0}};
    const auto& [hash, match] = node.position;
    int at = 1;
    insert_.blob(at++, hash.data(), hash.size());
    match != hash ? insert_.blob(at, match.data(), match.size()) : insert_.null(at);
    insert_.id(++at, parent != nullptr ? parent->place.id : 0);
    insert_.integer(++at, made.place.root);
    insert_.integer(++at, made.place.depth);
    for (const auto* const text : {&node.role, &about.who.model, &about.who.provider, &about.who.agent_name,
                                   &about.project, &about.stop_reason}) {
        insert_.id(++at, strings_.id_of(*text));
    }
    bind_usage(insert_, ++at, about.used);
    at += usage_columns - 1;
    insert_.integer(++at, about.created_at_us.value_or(now_us));
    insert_.text(++at, node.content);
    insert_.integer(++at, id);
    insert_.run();
    hashes_.add(hash, id);
    last_ = id;
    first_ = first_ == 0 ? id : first_;
    log_bytes_ += node.content.size();
    if (log_bytes_ >= bytes_per_log_row) {
        append_log(now_us);
    }
    if (++in_transaction_ >= nodes_per_transaction) {
        finish(now_us);
    }
    return made;
}

void import_rows::begin() {
    if (!db_.in_transaction()) {
        db_.exec("BEGIN IMMEDIATE");
    }
}

void import_rows::append_log(std::int64_t now_us) {
    if (announce_ && first_ != 0) {
        log_.integer(1, static_cast<int>(log_kind::imported));
        log_.integer(2, first_);
        log_.integer(3, last_);
        log_.integer(4, now_us);
        log_.run();
    }
    first_ = 0;
    log_bytes_ = 0;
}

void import_rows::finish(std::int64_t now_us) {
    if (!db_.in_transaction()) {
        return;
    }
    append_log(now_us);
    hashes_.merge(db_, index_rows_per_transaction);
    db_.exec("COMMIT");
    hashes_.committed();
    in_transaction_ = 0;
}

}  // namespace tapes::store
