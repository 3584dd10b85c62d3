#include "jobs/received_rows.hpp"

#include "file/row_values.hpp"

#include <algorithm>

namespace tapes::store {

namespace {

merkle::digest digest_at(const statement& row, int column) {
    return digest_of(row.blob_at(column)).value_or(merkle::digest{});
}

void bind_digest(statement& row, int at, const merkle::digest& value) {
    row.blob(at, value.data(), value.size());
}

constexpr const char* orphan_columns =
    "hash, parent, root, role, model, provider, agent, project, stop_reason, prompt_tokens,"
    " completion_tokens, total_tokens, cache_creation_input_tokens, cache_read_input_tokens,"
    " total_duration_ns, prompt_duration_ns, created_at, source, topic, partition, \"offset\", at,"
    " match_content, content";

}  // namespace

received_rows::received_rows(job_context& context)
    : context_{context},
      announcer_{context.rows, context.now_us},
      older_{context.db, context.indexes.hashes},
      find_{context.db,
            "SELECT n.hash, n.match, n.root, n.depth, r.hash FROM node n JOIN node r ON r.id = n.root"
            " WHERE n.id = ?1"},
      source_{context.db,
              "INSERT INTO received(node, source, topic, partition, \"offset\", at) VALUES(?,?,?,?,?,?)"},
      orphan_{context.db, std::string{"INSERT INTO orphan("} + orphan_columns +
                              ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      next_orphan_{context.db,
                   std::string{"SELECT "} + orphan_columns +
                       ", id FROM orphan WHERE parent = ?1 AND problem IS NULL ORDER BY id LIMIT 1"},
      known_orphan_{context.db, "SELECT 1 FROM orphan WHERE hash = ?1"},
      drop_orphan_{context.db, "DELETE FROM orphan WHERE id = ?1"},
      drop_same_{context.db, "DELETE FROM orphan WHERE hash = ?1"},
      mark_orphan_{context.db, "UPDATE orphan SET problem = ?2 WHERE id = ?1"},
      orphans_before_{context.db.integer("SELECT EXISTS(SELECT 1 FROM orphan)") != 0} {}

reception received_rows::take(const received_item& item) {
    const auto& node = item.node;
    if (find(node.hash)) {
        return reception::known;
    }
    std::optional<placed> parent;
    if (node.parent) {
        parent = find(*node.parent);
        if (!parent) {
            return keep_orphan(item) ? reception::orphan : reception::known;
        }
    }
    if (node.root != (parent ? parent->root : node.hash)) {
        return reception::wrong_root;
    }
    if (orphans_before_ || orphans_now_) {  // of itself, where its parent came some other way
        bind_digest(drop_same_, 1, node.hash);
        drop_same_.run();
    }
    join_orphans(add(item, parent ? &*parent : nullptr, context_.now_us));
    return reception::added;
}

std::optional<received_rows::placed> received_rows::find(const merkle::digest& hash) {
    if (const auto known = placed_.find(hash); known != placed_.end()) {
        return known->second;
    }
    candidates_.clear();
    context_.indexes.hashes.find_recent(prefix_of(hash), candidates_);
    older_.find(prefix_of(hash), candidates_);
    for (const auto id : candidates_) {
        const reset_at_end guard{find_};
        find_.integer(1, id);
        if (find_.step() && std::ranges::equal(find_.blob_at(0), hash)) {
            const placed found{{hash, find_.is_null(1) ? hash : digest_at(find_, 1)},
                               digest_at(find_, 4),
                               {id, find_.integer_at(2), find_.integer_at(3)}};
            placed_.emplace(hash, found);
            return found;
        }
    }
    return std::nullopt;
}

received_rows::placed received_rows::add(const received_item& item, const placed* parent,
                                         std::int64_t received_at) {
    const auto& node = item.node;
    placed made{{node.hash, node.hash}, parent != nullptr ? parent->root : node.hash, {}};
    const bool parent_differs = parent != nullptr && parent->position.match != parent->position.hash;
    if (parent_differs || !node.match_content.empty()) {
        const auto above = parent != nullptr ? std::optional{parent->position.match} : std::nullopt;
        made.position.match =
            merkle::hash_stored(above, node.identity, node.role,
                                node.match_content.empty() ? node.content : node.match_content)
                .value_or(node.hash);
    }
    made.place = context_.rows.chains().add({made.position, parent != nullptr ? &parent->place : nullptr,
                                             node.role, node.identity, node.project, node.stop_reason,
                                             node.used, node.created_at_us, node.content});
    keep_source(item.from, made.place.id, received_at);
    placed_.emplace(node.hash, made);
    announcer_.add(made.place.id, node.content.size());
    return made;
}

void received_rows::keep_source(const received_from& from, std::int64_t node, std::int64_t received_at) {
    source_.integer(1, node);
    source_.id(2, context_.strings.id_of(from.source));
    source_.id(3, context_.strings.id_of(from.topic));
    source_.integer(4, from.partition);
    source_.integer(5, from.offset);
    source_.integer(6, received_at);
    source_.run();
}

/// False when it is there already.
bool received_rows::keep_orphan(const received_item& item) {
    const auto& node = item.node;
    orphans_now_ = true;
    {
        const reset_at_end guard{known_orphan_};
        bind_digest(known_orphan_, 1, node.hash);
        if (known_orphan_.step()) {
            return false;
        }
    }
    int at = 0;
    bind_digest(orphan_, ++at, node.hash);
    bind_digest(orphan_, ++at, *node.parent);
    bind_digest(orphan_, ++at, node.root);
    for (const auto* const text : {&node.role, &node.identity.model, &node.identity.provider,
                                   &node.identity.agent_name, &node.project, &node.stop_reason}) {
        orphan_.text(++at, *text);
    }
    bind_usage(orphan_, ++at, node.used);
    at += 6;
    orphan_.integer(++at, node.created_at_us);
    orphan_.text(++at, item.from.source);
    orphan_.text(++at, item.from.topic);
    orphan_.integer(++at, item.from.partition);
    orphan_.integer(++at, item.from.offset);
    orphan_.integer(++at, context_.now_us);
    orphan_.optional_text(++at, node.match_content);
    orphan_.text(++at, node.content);
    orphan_.run();
    return true;
}

received_item received_rows::read_orphan() {
    const auto& row = next_orphan_;
    received_item made;
    auto& node = made.node;
    node.hash = digest_at(row, 0);
    node.parent = digest_at(row, 1);
    node.root = digest_at(row, 2);
    int at = 3;
    for (auto* const text : {&node.role, &node.identity.model, &node.identity.provider,
                             &node.identity.agent_name, &node.project, &node.stop_reason}) {
        *text = row.text_at(at++);
    }
    node.used = usage_at(row, at);
    at += 7;
    node.created_at_us = row.integer_at(at++);
    made.from.source = row.text_at(at++);
    made.from.topic = row.text_at(at++);
    made.from.partition = static_cast<int>(row.integer_at(at++));
    made.from.offset = row.integer_at(at++);
    ++at;  // when it came
    node.match_content = row.text_at(at++);
    node.content = row.text_at(at);
    return made;
}

/// What waits for `above`, and for what joins with it: a chain may be long, so there is no recursion.
void received_rows::join_orphans(placed above) {
    if (!orphans_before_ && !orphans_now_) {
        return;
    }
    std::vector<placed> open{above};
    while (!open.empty()) {
        if (const auto child = join_one(open.back())) {
            open.push_back(*child);
        } else {
            open.pop_back();
        }
    }
}

void received_rows::join_waiting() {
    statement next{context_.db,
                   "SELECT id, parent FROM orphan WHERE id > ?1 AND problem IS NULL ORDER BY id LIMIT 1"};
    for (std::int64_t last = 0;;) {
        merkle::digest parent{};
        {
            const reset_at_end guard{next};
            next.integer(1, last);
            if (!next.step()) {
                return;
            }
            last = next.integer_at(0);
            parent = digest_at(next, 1);
        }
        if (const auto above = find(parent)) {
            join_orphans(*above);
        }
    }
}

/// The next orphan of this parent that can join; nothing when there is none.
std::optional<received_rows::placed> received_rows::join_one(const placed& parent) {
    while (true) {
        received_item item;
        std::int64_t id = 0;
        std::int64_t received_at = 0;
        {
            const reset_at_end guard{next_orphan_};
            bind_digest(next_orphan_, 1, parent.position.hash);
            if (!next_orphan_.step()) {
                return std::nullopt;
            }
            item = read_orphan();
            received_at = next_orphan_.integer_at(21);
            id = next_orphan_.integer_at(24);
        }
        if (item.node.root != parent.root) {
            const auto problem = "its root is " + merkle::to_hex(parent.root) + ", not " +
                                 merkle::to_hex(item.node.root) + " as it says";
            mark_orphan_.integer(1, id);
            mark_orphan_.text(2, problem);
            mark_orphan_.run();
            continue;
        }
        drop_orphan_.integer(1, id);
        drop_orphan_.run();
        if (const auto known = find(item.node.hash)) {
            return known;  // it came some other way too
        }
        ++joined_;
        return add(item, &parent, received_at);
    }
}

}  // namespace tapes::store
