#include "pass/log_pass.hpp"

#include "pass/outcome.hpp"
#include "pass/title.hpp"
#include "pass/tool_list.hpp"

#include <tapes/catalogue/reader.hpp>
#include <tapes/store/entry.hpp>

#include <algorithm>
#include <utility>

namespace tapes::catalogue {

namespace {

std::int64_t day_of(std::int64_t time_us) {
    constexpr std::int64_t day_us = 86'400'000'000;
    return time_us >= 0 ? time_us / day_us : (time_us - day_us + 1) / day_us;
}

/// Takes the earlier or the later of two times, where 0 is none.
void take_first(std::int64_t& to, std::int64_t time) {
    to = to == 0 || time < to ? time : to;
}

bool is_turn(const store::scanned_node& node) {
    return role_of(node.role) == node_role::assistant &&
           (!node.stop_reason.empty() || tokens_of(node.used).has_value());
}

/// The largest of context_bounds that a context is above; 0: none.
std::int64_t bound_of(std::int64_t context) {
    std::int64_t above = 0;
    for (const auto bound : context_bounds) {
        above = context > bound ? bound : above;
    }
    return above;
}

void take_tokens(contribution& to, const merkle::usage& told) {
    const auto tokens = tokens_of(told);
    to.without_usage = to.turn && !tokens;
    to.tokens = tokens.value_or(token_sums{});
    to.context = bound_of(to.tokens.context());
}

/// All nodes that end a chain of a row, ascending.
std::vector<std::int64_t> heads_of(const store::scanned_row& row) {
    std::vector<std::int64_t> heads;
    if (row.exchange && row.exchange->head != 0) {
        heads = row.exchange->answers;
        heads.push_back(row.exchange->head);
    }
    if (!row.nodes.empty()) {
        heads.push_back(row.nodes.back().id);
    }
    std::ranges::sort(heads);
    heads.erase(std::unique(heads.begin(), heads.end()), heads.end());
    return heads;
}

std::int64_t last_node_in(const std::vector<store::scanned_row>& page, std::int64_t before) {
    for (const auto& row : page) {
        before = row.nodes.empty() ? before : std::max(before, row.nodes.back().id);
    }
    return before;
}

}  // namespace

log_pass::log_pass(catalogue_file& file, store::log_scan& scan, bool text)
    : file_{file},
      scan_{scan},
      db_{file.db()},
      at_{file.place()},
      names_{db_},
      facts_{scan},
      sessions_{db_},
      threads_{db_},
      chains_{db_, facts_},
      marks_{db_},
      sums_{db_, names_},
      exchanges_{db_},
      times_{db_},
      bare_{db_},
      facets_{db_},
      kinds_{db_},
      finder_{{sessions_, threads_, chains_, marks_, facts_}} {
    if (text) {
        text_.emplace(db_);
    }
}

bool log_pass::step(const batch_limits& limits) {
    // First, because what a row tells of is committed with it: no row that comes later tells of these.
    const auto newest = scan_.last_node();
    auto page = scan_.read(at_.seq, limits.rows, limits.bytes);
    while (true) {
        if (const auto count = rows_before_gap(page); count != 0) {
            page.resize(count);
            take(page, {page.back().seq, page.back().at_us, last_node_in(page, at_.node)});
            return true;
        }
        if (take_unlogged(page.empty() ? newest : page.front().nodes.front().id - 1, limits)) {
            return true;
        }
        if (page.empty()) {
            return false;
        }
    }
}

/// Returns how many rows stand before the first one whose nodes do not follow what was taken.
std::size_t log_pass::rows_before_gap(const std::vector<store::scanned_row>& page) const {
    auto taken = at_.node;
    std::size_t count = 0;
    for (const auto& row : page) {
        if (!row.nodes.empty()) {
            if (row.nodes.front().id > taken + 1) {
                break;
            }
            taken = std::max(taken, row.nodes.back().id);
        }
        ++count;
    }
    return count;
}

/// Takes nodes up to `end`; returns false where there are none.
bool log_pass::take_unlogged(std::int64_t end, const batch_limits& limits) {
    if (end <= at_.node) {
        return false;
    }
    store::scanned_row row;
    row.kind = store::log_kind::imported;
    row.nodes = scan_.nodes(at_.node + 1, end, limits.rows, limits.bytes);
    if (row.nodes.empty()) {
        at_.node = end;  // ids of a transaction that was undone
        return false;
    }
    const cursor_place place{at_.seq, at_.at_us, row.nodes.back().id};
    std::vector<store::scanned_row> page;
    page.push_back(std::move(row));
    take(page, place);
    return true;
}

void log_pass::take(const std::vector<store::scanned_row>& page, const cursor_place& end) {
    facts_.take(page);
    file_.prepare_write();
    try {
        db_.exec("BEGIN IMMEDIATE");
        for (const auto& row : page) {
            take(row);
        }
        flush(end);
        db_.exec("COMMIT");
    } catch (...) {
        db_.rollback();
        forget();
        throw;
    }
    at_ = end;
}

void log_pass::flush(const cursor_place& end) {
    sessions_.flush();
    threads_.flush();
    chains_.flush();
    marks_.flush();
    sums_.flush();
    exchanges_.flush();
    times_.flush();
    bare_.flush();
    facets_.flush();
    if (text_) {
        text_->flush();
    }
    file_.move_to(end);
}

void log_pass::forget() {
    names_.forget();
    sessions_.forget();
    threads_.forget();
    chains_.forget();
    marks_.forget();
    sums_.roll_back();
    exchanges_.forget();
    times_.forget();
    bare_.forget();
    facets_.forget();
    kinds_.forget();
    if (text_) {
        text_->forget();
    }
}

void log_pass::take(const store::scanned_row& row) {
    if (row.exchange) {
        take_exchange(row);
    } else if (row.kind == store::log_kind::imported) {
        take_nodes(row);
    }
}

session_row* log_pass::session_of(const store::scanned_exchange& seen) {
    if (!seen.session.empty()) {
        return &sessions_.named(seen.session, names_.id_of(seen.project));
    }
    return seen.head == 0 ? nullptr : &session_of_tree(seen.head);
}

/// Returns the session of an answer that was asked for before; null where what came later says nothing of it.
session_row* log_pass::session_asked(const store::scanned_exchange& seen) {
    using capture::drop_reason;
    if (seen.dropped == drop_reason::unknown_response || seen.dropped == drop_reason::nothing_new) {
        return nullptr;
    }
    const auto asked = exchanges_.find(seen.answer_of);
    return asked && asked->session != 0 ? &sessions_.by_id(asked->session) : nullptr;
}

session_row& log_pass::session_of_tree(std::int64_t node) {
    const auto root = facts_.fact(node).root;
    return sessions_.of_tree(root, !chains_.may_have(root), [&] { return facts_.hash(root); });
}

void log_pass::take_exchange(const store::scanned_row& row) {
    const auto& seen = *row.exchange;
    const auto before =
        row.kind == store::log_kind::amendment ? exchanges_.find(seen.id) : std::optional<contribution>{};
    const bool later = capture::is_about_earlier(seen.dropped);
    auto* const session = later ? session_asked(seen) : session_of(seen);
    auto* const thread = session == nullptr || later ? nullptr : place_chains(*session, row);
    contribution made;
    made.session = session == nullptr ? 0 : session->id;
    made.thread = thread == nullptr ? 0 : thread->id;
    made.day = day_of(seen.accepted_at_us);
    made.project = names_.id_of(seen.project);
    made.agent = names_.id_of(seen.agent_name.empty() ? seen.program : seen.agent_name);
    made.provider = names_.id_of(seen.provider);
    made.model = names_.id_of(seen.model);
    made.response_model = names_.id_of(seen.response_model);
    made.exchange = true;
    made.turn = seen.dropped == capture::drop_reason::none;
    made.error = outcome_of(seen) == outcome::error;
    made.dropped = !made.turn && !later;
    take_tokens(made, seen.used);
    made.without_usage = made.without_usage && seen.answer_of == 0;  // its answer's usage is told elsewhere
    if (before) {
        add(*before, -1);
        exchanges_.remove(seen.id);
    }
    add(made, 1);
    exchanges_.insert(seen.id, made);
    times_.add(seen.id, seen.accepted_at_us);
    if (session != nullptr && !later) {
        describe(*session, thread, seen);
        for (const auto& node : row.nodes) {
            read_content(*session, thread, node, made);
        }
        kinds_.classify(*session);
    }
    if (before && before->session != 0 && before->session != made.session) {
        kinds_.classify(sessions_.by_id(before->session));
    }
}

void log_pass::add(const contribution& one, int sign) {
    sums_.add(one, sign);
    if (one.session != 0) {
        auto& session = sessions_.by_id(one.session);
        sums_.add_to(session, one, sign);
        session.sums.add(one, sign);
        session.changed = true;
    }
    if (one.thread != 0) {
        auto& thread = threads_.by_id(one.thread);
        thread.turns += one.turn ? sign : 0;
        add_tokens(thread.tokens, one.tokens, sign);
        thread.changed = true;
    }
}

/// Returns the thread of the answer; null where there is none.
thread_row* log_pass::place_chains(session_row& session, const store::scanned_row& row) {
    const auto& seen = *row.exchange;
    const asking_agent agent{seen.agent_id, seen.parent_agent_id, seen.parent_session};
    std::int64_t found = 0;
    for (const auto head : heads_of(row)) {
        const auto& thread = place_chain(session, head, agent);
        if (head == seen.head) {
            found = thread.id;
        }
    }
    for (const auto& node : row.nodes) {  // the rest of what an amended answer had at first
        if (chains_.owner(session.id, node.id) == 0) {
            place_chain(session, node.id, agent);
        }
    }
    return found == 0 ? nullptr : &threads_.by_id(found);
}

thread_row& log_pass::place_chain(session_row& session, std::int64_t head, const asking_agent& agent) {
    const auto path = chains_.path_to(session.id, head);
    auto& thread = finder_.find(session, path, agent);
    chains_.add(session.id, thread, path, facts_.fact(head).role == node_role::assistant);
    improve(session, thread, path);
    return thread;
}

/// A chain that goes on from an answer is a conversation.
void log_pass::improve(session_row& session, thread_row& thread, const new_path& path) {
    if (path.nodes.empty()) {
        return;
    }
    const bool goes_on = (path.above != 0 && facts_.fact(path.above).role == node_role::assistant) ||
                         std::any_of(path.nodes.begin(), path.nodes.end() - 1, [&](std::int64_t node) {
                             return facts_.fact(node).role == node_role::assistant;
                         });
    if (goes_on) {
        rank_as_main(session, thread);
    }
    if (thread.title.empty()) {
        for (const auto node : path.nodes) {
            if (facts_.fact(node).role == node_role::user) {
                thread.title = title_of(facts_.content(node));
                thread.changed = true;
            }
            if (!thread.title.empty()) {
                break;
            }
        }
    }
    const bool better = session.title_thread == 0 || thread.rank < session.title_rank ||
                        (thread.rank == session.title_rank && thread.id <= session.title_thread);
    if (better) {
        session.title_thread = thread.id;
        session.title_rank = thread.rank;
        session.title = thread.title;
        session.changed = true;
    }
}

void log_pass::rank_as_main(session_row& session, thread_row& thread) {
    if (thread.rank != thread_rank::undecided) {
        return;
    }
    thread.rank = thread_rank::main;
    thread.changed = true;
    ++session.main_threads;
    session.changed = true;
    if (session.title_rank > thread_rank::main || session.title_thread > thread.id) {
        session.title_thread = thread.id;
        session.title_rank = thread_rank::main;
        session.title = thread.title;
    }
    if (thread.head != 0 && session.head_rank > thread_rank::main) {
        show_head(session, thread, thread.head_exchange);
    }
}

/// The session shows the newest answer of its best threads.
void log_pass::show_head(session_row& session, thread_row& thread, std::int64_t exchange) {
    const bool better = session.head == 0 || thread.rank < session.head_rank ||
                        (thread.rank == session.head_rank && exchange >= session.head_exchange) ||
                        thread.id == session.head_thread;
    if (!better) {
        return;
    }
    session.head = thread.head;
    session.head_thread = thread.id;
    session.head_rank = thread.rank;
    session.head_exchange = exchange;
    session.model = thread.model;
    session.changed = true;
}

void log_pass::describe(session_row& session, thread_row* thread, const store::scanned_exchange& seen) {
    const auto take_name = [&](std::int64_t& to, const std::string& name) {
        to = to != 0 ? to : names_.id_of(name);
    };
    if (session.root != 0) {
        take_name(session.project, seen.project);
    }
    take_name(session.agent, seen.agent_name.empty() ? seen.program : seen.agent_name);
    take_name(session.client, seen.client);
    take_name(session.caller, seen.caller);
    take_name(session.provider, seen.provider);
    if (session.parent_name.empty()) {
        session.parent_name = seen.parent_session;
    }
    take_first(session.first_at, seen.accepted_at_us);
    session.last_at = std::max(session.last_at, seen.accepted_at_us);
    session.last_end = std::max({session.last_end, seen.last_byte_at_us, seen.accepted_at_us});
    // A question that was sent again waits for an answer that comes to the exchange which has asked first.
    const auto asked = seen.stop_reason == store::pending_answer ? exchanges_.find(seen.answer_of)
                                                                 : std::optional<contribution>{};
    const bool echo = asked && asked->session == session.id;
    if (seen.id >= session.last_exchange && !echo) {
        session.last_exchange = seen.id;
        session.last = outcome_of(seen);
        session.stop_reason = names_.id_of(seen.stop_reason);
    }
    session.changed = true;
    if (thread == nullptr) {
        return;
    }
    take_first(thread->first_at, seen.accepted_at_us);
    thread->last_at = std::max(thread->last_at, seen.accepted_at_us);
    thread->changed = true;
    if (seen.id >= thread->head_exchange && seen.dropped == capture::drop_reason::none && !echo) {
        thread->head_exchange = seen.id;
        thread->model = names_.id_of(seen.model);
        thread->head = seen.head;
        show_head(session, *thread, seen.id);
    }
}

void log_pass::read_content(session_row& session, thread_row* thread, const store::scanned_node& node,
                            const contribution& with) {
    const auto tools = may_hold_tools(node.content) ? tools_in(node.content) : node_tools{};
    const auto used = tool_list_of(sums_.add_tools(with, node.id, tools));
    facets_.add(node.id, {names_.id_of(node.role), names_.id_of(node.model), names_.id_of(node.provider),
                          names_.id_of(node.project), with.agent, names_.id_of(used)});
    if (role_of(node.role) == node_role::assistant) {
        marks_.add_answer(session.id, node.id, node.content);
    }
    if (text_) {
        text_->add(node.id, node_text_of(node.content));
    }
    for (const auto& call : tools.calls) {
        marks_.add_arguments(session.id, node.id, call.input);
    }
    if (thread != nullptr && (!tools.calls.empty() || !tools.results.empty())) {
        rank_as_main(session, *thread);
    }
}

/// Nodes that came without an exchange: those of a tree are a session, and what was told with them counts.
void log_pass::take_nodes(const store::scanned_row& row) {
    for (const auto& node : row.nodes) {
        bare_.add(node.id);
        auto& session = session_of_tree(node.id);
        auto& thread = place_chain(session, node.id, {});
        contribution made;
        made.session = session.id;
        made.thread = thread.id;
        made.day = day_of(node.created_at_us);
        made.project = names_.id_of(node.project);
        made.agent = names_.id_of(node.agent_name);
        made.provider = names_.id_of(node.provider);
        made.model = names_.id_of(node.model);
        made.turn = is_turn(node);
        if (made.turn) {
            take_tokens(made, node.used);
        }
        add(made, 1);  // where it is no turn, too: a row of zeros tells what the session has
        store::scanned_exchange seen;
        seen.accepted_at_us = node.created_at_us;
        seen.project = node.project;
        seen.agent_name = node.agent_name;
        seen.provider = node.provider;
        seen.model = node.model;
        seen.stop_reason = node.stop_reason;
        seen.head = node.id;
        seen.dropped = role_of(node.role) == node_role::assistant ? capture::drop_reason::none
                                                                  : capture::drop_reason::non_turn_request;
        describe(session, &thread, seen);
        read_content(session, &thread, node, made);
        kinds_.classify(session);
    }
}

}  // namespace tapes::catalogue
