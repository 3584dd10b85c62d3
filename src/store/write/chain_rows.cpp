#include "write/chain_rows.hpp"

#include "file/row_values.hpp"

#include <algorithm>
#include <ranges>
#include <stdexcept>

namespace tapes::store {

namespace {

enum column {
    id = 1,
    hash,
    match,
    parent,
    root,
    depth,
    role,
    model,
    provider,
    agent,
    project,
    stop,
    usage,
    created = 20,
    content
};

constexpr merkle::usage nothing_used;

/// How far up a chain the cache is asked before the database is: the parent of what is new is nearly always
/// within reach.
constexpr std::size_t cache_reach = 16;
/// So many nodes are looked for one by one from the tail, before the end of what is new is searched for.
constexpr std::size_t near_tail = 3;

}  // namespace

chain_rows::chain_rows(connection& db, interner& strings, digest_index& hashes, digest_index& matches)
    : strings_{strings},
      hashes_{hashes},
      matches_{matches},
      older_{db, hashes},
      find_{db, "SELECT hash, root, depth FROM node WHERE id = ?1"},
      insert_{db,
              "INSERT INTO node(id, hash, match, parent, root, depth, role, model, provider, agent, project,"
              " stop_reason, prompt_tokens, completion_tokens, total_tokens, cache_creation_input_tokens,"
              " cache_read_input_tokens, total_duration_ns, prompt_duration_ns, created_at, content)"
              " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21)"},
      unused_{db,
              "UPDATE node SET prompt_tokens = NULL, completion_tokens = NULL, total_tokens = NULL,"
              " cache_creation_input_tokens = NULL, cache_read_input_tokens = NULL, total_duration_ns = NULL,"
              " prompt_duration_ns = NULL WHERE id BETWEEN ?1 AND ?2"} {
    // Ids are given here, and stay unused even if the newest rows should ever be deleted.
    next_id_ = db.integer("SELECT seq FROM sqlite_sequence WHERE name = 'node'") + 1;
}

void chain_rows::forget(std::int64_t next_id) noexcept {
    if (next_id != next_id_) {
        cache_.forget();
    }
    hashes_.forget_from(next_id);
    matches_.forget_from(next_id);
    next_id_ = next_id;
}

chain_rows::added chain_rows::write(const entry& turn, std::int64_t now_us) {
    const auto& origin = *turn.exchange;
    now_us_ = now_us;
    model_ = strings_.id_of(turn.model);
    provider_ = strings_.id_of(origin.provider);
    agent_ = strings_.id_of(origin.agent_name);
    project_ = strings_.id_of(origin.project);
    places_.assign(turn.nodes.size(), {});
    const auto first = next_id_;
    for (std::size_t index = 0; index < turn.nodes.size(); ++index) {
        if (places_[index].id == 0 && (turn.nodes[index].choice >= 0 || index + 1 == turn.nodes.size())) {
            connect(turn, index);
        }
    }
    return {first, next_id_ - 1};
}

void chain_rows::forget_usage(const added& written) {
    unused_.integer(1, written.first);
    unused_.integer(2, written.last);
    unused_.run();
}

bool chain_rows::known(const merkle::digest& hash, std::size_t index) {
    const auto prefix = prefix_of(hash);
    const auto among_candidates = [&] {
        for (const auto id : candidates_) {
            const reset_at_end guard{find_};
            find_.integer(1, id);
            if (find_.step() && std::ranges::equal(find_.blob_at(0), hash)) {
                places_[index] = {id, find_.integer_at(1), find_.integer_at(2)};
                cache_.remember(hash, places_[index]);
                return true;
            }
        }
        return false;
    };
    candidates_.clear();
    hashes_.find_recent(prefix, candidates_);
    if (among_candidates()) {
        return true;
    }
    candidates_.clear();
    older_.find(prefix, candidates_);
    return among_candidates();
}

void chain_rows::connect(const entry& turn, std::size_t tail) {
    path_.clear();
    bool found = false;
    for (auto index = static_cast<std::ptrdiff_t>(tail); index >= 0 && !found;) {
        const auto at = static_cast<std::size_t>(index);
        found = places_[at].id != 0;
        if (!found && path_.size() < cache_reach) {
            if (const auto place = cache_.find(turn.nodes[at].node.position.hash)) {
                places_[at] = *place;
                found = true;
            }
        }
        if (!found) {
            path_.push_back(at);
            if (turn.nodes[at].parent >= index) {
                throw std::logic_error{"a node of an entry stands before its parent"};
            }
            index = turn.nodes[at].parent;
        }
    }
    auto missing = count_missing(turn);
    while (missing-- > 0) {
        insert(turn, path_[missing]);
    }
}

/// How many nodes at the front of `path_` are new. What stands behind a known one is known.
std::size_t chain_rows::count_missing(const entry& turn) {
    const auto is_known = [&](std::size_t at) {
        return known(turn.nodes[path_[at]].node.position.hash, path_[at]);
    };
    std::size_t most = path_.size();
    // Behind the end of a long chain most is known; of what is short, or hangs from a known node, little.
    if (most > near_tail && turn.nodes[path_.back()].parent < 0 && !turn.above) {
        for (std::size_t at = 0; at < near_tail; ++at) {
            if (is_known(at)) {
                return at;
            }
        }
        std::size_t least = near_tail;
        while (least < most) {
            const auto middle = least + (most - least) / 2;
            is_known(middle) ? most = middle : least = middle + 1;
        }
        return most;
    }
    while (most > 0 && is_known(most - 1)) {
        --most;
    }
    return most;
}

void chain_rows::insert(const entry& turn, std::size_t index) {
    const auto& node = turn.nodes[index];
    const auto& position = node.node.position;
    row_place place{next_id_, next_id_, 0};
    insert_.id(column::parent, 0);
    if (node.parent < 0 && turn.above) {
        place.root = turn.above->root;
        place.depth = turn.above->depth + 1;
        insert_.integer(column::parent, turn.above->id);
    } else if (node.parent >= 0) {
        const auto& above = places_[static_cast<std::size_t>(node.parent)];
        place.root = above.root;
        place.depth = above.depth + 1;
        insert_.integer(column::parent, above.id);
    }
    insert_.integer(column::id, place.id);
    insert_.blob(column::hash, position.hash.data(), position.hash.size());
    position.match != position.hash
        ? insert_.blob(column::match, position.match.data(), position.match.size())
        : insert_.null(column::match);
    insert_.integer(column::root, place.root);
    insert_.integer(column::depth, place.depth);
    insert_.id(column::role, strings_.id_of(node.node.role));
    insert_.id(column::model, model_);
    insert_.id(column::provider, provider_);
    insert_.id(column::agent, agent_);
    insert_.id(column::project, project_);
    insert_.id(column::stop, strings_.id_of(node.stop_reason));
    bind_usage(insert_, column::usage, node.choice == 0 ? turn.used : nothing_used);
    insert_.integer(column::created, now_us_);
    insert_.text(column::content, node.node.content);
    insert_.run();
    ++next_id_;
    hashes_.add(position.hash, place.id);
    if (position.match != position.hash) {
        matches_.add(position.match, place.id);
    }
    places_[index] = place;
    if (node.choice >= 0) {  // what a next turn is found by; a question is asked for once
        cache_.remember(position.hash, place);
    }
}

row_place chain_rows::add(const lone_node& one) {
    const bool child = one.parent != nullptr;
    const row_place place{next_id_, child ? one.parent->root : next_id_, child ? one.parent->depth + 1 : 0};
    const auto& [hash, match] = one.position;
    insert_.integer(column::id, place.id);
    insert_.blob(column::hash, hash.data(), hash.size());
    match != hash ? insert_.blob(column::match, match.data(), match.size()) : insert_.null(column::match);
    insert_.id(column::parent, child ? one.parent->id : 0);
    insert_.integer(column::root, place.root);
    insert_.integer(column::depth, place.depth);
    insert_.id(column::role, strings_.id_of(one.role));
    insert_.id(column::model, strings_.id_of(one.identity.model));
    insert_.id(column::provider, strings_.id_of(one.identity.provider));
    insert_.id(column::agent, strings_.id_of(one.identity.agent_name));
    insert_.id(column::project, strings_.id_of(one.project));
    insert_.id(column::stop, strings_.id_of(one.stop_reason));
    bind_usage(insert_, column::usage, one.used);
    insert_.integer(column::created, one.created_at_us);
    insert_.text(column::content, one.content);
    insert_.run();
    ++next_id_;
    hashes_.add(hash, place.id);
    if (match != hash) {
        matches_.add(match, place.id);
    }
    return place;
}

}  // namespace tapes::store
