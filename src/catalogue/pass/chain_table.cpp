#include "pass/chain_table.hpp"

#include "pass/content.hpp"
#include "pass/fork_cause.hpp"

#include <algorithm>
#include <string>

namespace tapes::catalogue {

namespace {

constexpr int member_columns = 5;

}  // namespace

chain_table::chain_table(sqlite::connection& db, node_facts& facts)
    : db_{db},
      facts_{facts},
      keep_highest_{db,
                    "INSERT INTO state(name, value) VALUES('highest_node', ?1)"
                    " ON CONFLICT(name) DO UPDATE SET value = excluded.value"},
      highest_{stored_highest()},
      run_at_{db,
              "SELECT last, thread FROM member WHERE session = ?1 AND first <= ?2 ORDER BY first DESC LIMIT "
              "1"},
      insert_runs_{db, "INSERT INTO member(session, first, last, thread, above)", member_columns},
      runs_below_{db,
                  "SELECT first FROM member INDEXED BY member_above WHERE session = ?1 AND above = ?2"
                  " AND above <> 0 AND thread = ?3 ORDER BY first DESC LIMIT 1"},
      has_leaf_{db, "SELECT 1 FROM leaf WHERE thread = ?1 AND node = ?2"},
      insert_leaf_{db, "INSERT OR IGNORE INTO leaf(thread, node) VALUES(?,?)"},
      drop_leaf_{db, "DELETE FROM leaf WHERE thread = ?1 AND node = ?2"},
      newest_child_{db, "SELECT max(child) FROM fork_child WHERE thread = ?1 AND node = ?2"},
      insert_child_{db, "INSERT OR IGNORE INTO fork_child(thread, node, child, cause) VALUES(?,?,?,?)"},
      insert_fork_{db,
                   "INSERT INTO fork(session, thread, node, cause) VALUES(?,?,?,?)"
                   " ON CONFLICT(session, thread, node) DO UPDATE SET cause = excluded.cause"},
      insert_first_fork_{db, "INSERT OR IGNORE INTO fork(session, thread, node, cause) VALUES(?,?,?,?)"} {}

std::int64_t chain_table::stored_highest() {
    return db_.integer("SELECT value FROM state WHERE name = 'highest_node'");
}

std::int64_t chain_table::owner(std::int64_t session, std::int64_t node) {
    if (node > highest_) {
        return 0;
    }
    const key at{session, node};
    if (const auto known = owners_.find(at); known != owners_.end()) {
        return known->second;
    }
    const sqlite::reset_at_end guard{run_at_};
    run_at_.integer(1, session);
    run_at_.integer(2, node);
    const bool within = run_at_.step() && run_at_.integer_at(0) >= node;
    const auto thread = within ? run_at_.integer_at(1) : 0;
    if (thread != 0) {
        owners_.emplace(at, thread);
    }
    return thread;
}

new_path chain_table::path_to(std::int64_t session, std::int64_t head) {
    new_path made;
    for (auto node = head; node != 0; node = facts_.fact(node).parent) {
        if (const auto thread = owner(session, node); thread != 0) {
            made.above = node;
            made.owner = thread;
            break;
        }
        made.nodes.push_back(node);
    }
    if (made.nodes.empty()) {
        made.head_owner = made.owner;
    }
    std::ranges::reverse(made.nodes);
    return made;
}

void chain_table::add(std::int64_t session, thread_row& thread, const new_path& path, bool answered) {
    if (path.nodes.empty()) {
        return;
    }
    if (path.above != 0 && path.owner == thread.id && !take_leaf(thread, path.above)) {
        fork_at(session, thread.id, path, answered);
    }
    run now{session, path.nodes.front(), path.nodes.front(), thread.id, path.above};
    for (std::size_t i = 0; i < path.nodes.size(); ++i) {
        const auto node = path.nodes[i];
        owners_[{session, node}] = thread.id;
        highest_ = std::max(highest_, node);
        if (node > now.last + 1) {
            keep_run(now);
            now = {session, node, node, thread.id, path.nodes[i - 1]};
        }
        now.last = node;
    }
    keep_run(now);
    put_leaf(thread, path.nodes.back());
}

void chain_table::keep_run(const run& one) {
    runs_.push_back(one);
}

void chain_table::bind_run(value_binder& to, const run& one) {
    to.integer(one.session).integer(one.first).integer(one.last).integer(one.thread).integer(one.above);
}

void chain_table::write_runs() {
    insert_runs_.write_singly(runs_, bind_run);
    runs_.clear();
}

/// The child of a node that has led on to one so far: the next in its run, or the first of another run.
std::int64_t chain_table::only_child(std::int64_t session, std::int64_t thread, std::int64_t node) {
    write_runs();
    {
        const sqlite::reset_at_end guard{run_at_};
        run_at_.integer(1, session);
        run_at_.integer(2, node);
        if (run_at_.step() && run_at_.integer_at(0) > node) {
            return node + 1;
        }
    }
    const sqlite::reset_at_end guard{runs_below_};
    runs_below_.integer(1, session);
    runs_below_.integer(2, node);
    runs_below_.integer(3, thread);
    return runs_below_.step() ? runs_below_.integer_at(0) : 0;
}

void chain_table::fork_at(std::int64_t session, std::int64_t thread, const new_path& path, bool answered) {
    const auto insert_child = [&](std::int64_t child, int cause) {
        value_binder{insert_child_}.integer(thread).integer(path.above).integer(child).integer(cause).run();
    };
    auto newest = newest_child(thread, path.above);
    if (newest == 0) {
        newest = only_child(session, thread, path.above);
        if (newest == 0) {  // its only child is in another thread
            return;
        }
        insert_child(newest, 0);
    }
    const auto child = path.nodes.front();
    const auto cause = static_cast<int>(cause_of_branch(path, answered, newest));
    insert_child(child, cause);
    // The fork's cause is that of its newest branch, in whatever order they come.
    auto& keep = child > newest ? insert_fork_ : insert_first_fork_;
    value_binder{keep}.integer(session).integer(thread).integer(path.above).integer(cause).run();
}

std::int64_t chain_table::newest_child(std::int64_t thread, std::int64_t node) {
    const sqlite::reset_at_end guard{newest_child_};
    newest_child_.integer(1, thread);
    newest_child_.integer(2, node);
    return newest_child_.step() ? newest_child_.integer_at(0) : 0;
}

fork_cause chain_table::cause_of_branch(const new_path& path, bool answered, std::int64_t sibling) {
    new_branch branch;
    branch.above = facts_.fact(path.above).role;
    branch.answered = answered;
    const auto asked = path.nodes.size() - (answered ? 1 : 0);
    for (std::size_t i = 0; i < asked; ++i) {
        branch.roles.push_back(facts_.fact(path.nodes[i]).role);
    }
    const std::string said{facts_.content(path.nodes.front())};
    branch.said = said;
    branch.tool_results = !tools_in(said).results.empty();
    branch.sibling_role = facts_.fact(sibling).role;
    branch.sibling = facts_.content(sibling);
    return cause_of(branch);
}

/// True where the node was a leaf of the thread, which it is no longer.
bool chain_table::take_leaf(thread_row& thread, std::int64_t node) {
    if (thread.leaf != several_leaves) {
        const bool was = thread.leaf == node;
        thread.leaf = was ? 0 : thread.leaf;
        return was;
    }
    const key at{thread.id, node};
    if (const auto changed = leaves_.find(at); changed != leaves_.end()) {
        return std::exchange(changed->second, false);
    }
    const sqlite::reset_at_end guard{has_leaf_};
    has_leaf_.integer(1, thread.id);
    has_leaf_.integer(2, node);
    const bool there = has_leaf_.step();
    leaves_[at] = false;
    return there;
}

void chain_table::put_leaf(thread_row& thread, std::int64_t node) {
    if (thread.leaf == 0) {
        thread.leaf = node;
    } else {
        if (thread.leaf != several_leaves) {
            leaves_[{thread.id, thread.leaf}] = true;
            thread.leaf = several_leaves;
        }
        leaves_[{thread.id, node}] = true;
    }
    thread.changed = true;
}

void chain_table::flush() {
    std::ranges::sort(runs_, {}, [](const run& one) { return key{one.session, one.first}; });
    insert_runs_.write(runs_, bind_run);
    runs_.clear();
    std::vector<std::pair<key, bool>> changed{leaves_.begin(), leaves_.end()};
    std::ranges::sort(changed);
    for (const auto& [at, there] : changed) {
        auto& query = there ? insert_leaf_ : drop_leaf_;
        value_binder{query}.integer(at.first).integer(at.second).run();
    }
    leaves_.clear();
    keep_highest_.integer(1, highest_);
    keep_highest_.run();
    if (owners_.size() > limit) {
        owners_.clear();
    }
}

void chain_table::forget() {
    owners_.clear();
    leaves_.clear();
    runs_.clear();
    highest_ = stored_highest();
}

}  // namespace tapes::catalogue
