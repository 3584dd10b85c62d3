#include "pass/thread_finder.hpp"

#include "pass/openings.hpp"
#include "pass/title.hpp"

#include <tapes/text/json_string.hpp>

#include <algorithm>

namespace tapes::catalogue {

namespace {

/// The messages behind the system text in which a client may put what tells its thread.
constexpr std::size_t most_opening_nodes = 64;
/// The lines of a first message that are looked for among answers.
constexpr int most_lines = 2000;

}  // namespace

thread_row& thread_finder::find(session_row& session, const new_path& path, const asking_agent& agent) {
    if (path.nodes.empty()) {
        return to_.threads.by_id(path.head_owner);
    }
    if (path.owner != 0) {
        auto& owner = to_.threads.by_id(path.owner);
        if (owner.agent_id == agent.id && to_.facts.fact(path.above).role != node_role::system) {
            return owner;
        }
    }
    const auto root = to_.facts.fact(path.nodes.front()).root;
    if (!agent.id.empty()) {
        if (auto* const known = to_.threads.of_agent(session.id, agent.id, root); known != nullptr) {
            return *known;
        }
    }
    opening seen;
    read_opening(path, seen);
    const bool side = agent.id.empty() && (seen.side_system || opens_side_query({}, seen.first()));
    const auto began = side ? beginning{} : call_that_began(session, seen, agent);
    const auto continues = side || session.threads == 0 ? 0 : continued_thread(session, path, seen);
    if (agent.id.empty() && !side && began.node == 0 && continues == 0) {
        if (auto* const known = to_.threads.plain(session.id, root, session.is_new); known != nullptr) {
            return *known;
        }
    }
    return begin(session, path, seen, agent, began, continues, side);
}

void thread_finder::read_opening(const new_path& path, opening& out) {
    const auto most = std::min(path.nodes.size(), most_opening_nodes);
    for (std::size_t i = 0; i < most; ++i) {
        const auto node = path.nodes[i];
        if (to_.facts.fact(node).role != node_role::system) {
            out.node = node;
            out.content = to_.facts.content(node);
            out.texts = texts_in(out.content);
            break;
        }
    }
    out.side_system = has_side_system(to_.facts.fact(path.nodes.front()).root);
}

/// Whether the system text of a tree is one of a query beside a conversation; known for the trees of late.
bool thread_finder::has_side_system(std::int64_t root) {
    constexpr std::size_t most_known = 4096;
    constexpr std::size_t most_texts = 4;  // clients name themselves first
    if (to_.facts.fact(root).role != node_role::system) {
        return false;
    }
    if (const auto known = side_roots_.find(root); known != side_roots_.end()) {
        return known->second;
    }
    auto texts = texts_in(to_.facts.content(root));
    texts.resize(std::min(texts.size(), most_texts));
    if (side_roots_.size() >= most_known) {
        side_roots_.clear();
    }
    return side_roots_[root] =
               std::ranges::any_of(texts, [](std::string_view one) { return opens_side_query(one, {}); });
}

const std::string& thread_finder::opening::title() {
    if (!title_) {
        title_ = content.empty() ? std::string{} : title_of(content);
    }
    return *title_;
}

thread_finder::beginning thread_finder::call_that_began(const session_row& session, opening& seen,
                                                        const asking_agent& agent) {
    beginning made;
    std::int64_t in = session.id;
    if (!agent.parent_session.empty()) {
        const auto* const parent = to_.sessions.find(agent.parent_session, session.project);
        if (parent == nullptr) {
            return made;
        }
        in = parent->id;
        made.thread = parent->title_thread;
    } else if (session.threads == 0) {
        return made;
    } else if (!agent.id.empty()) {
        const auto* const named =
            agent.parent_id.empty() ? nullptr : to_.threads.of_agent(session.id, agent.parent_id);
        made.thread = named != nullptr ? named->id : session.title_thread;
    }
    for (const auto text : seen.texts) {
        const auto node = to_.marks.call_with(in, text);
        const auto thread = node != 0 ? to_.chains.owner(in, node) : 0;
        if (thread == 0 || (!seen.title().empty() && to_.threads.by_id(thread).title == seen.title())) {
            continue;  // the question itself, which a tool was asked again
        }
        const auto hash = hash_of_text(text);
        const std::string content{to_.facts.content(node)};
        for (const auto& call : tools_in(content).calls) {
            const auto strings = strings_in(call.input);
            if (std::ranges::any_of(strings,
                                    [&](std::string_view one) { return hash_of_text(one) == hash; })) {
                return {thread, node, text::json_unescaped(call.id)};
            }
        }
    }
    return made;
}

std::int64_t thread_finder::continued_thread(const session_row& session, const new_path& path,
                                             const opening& seen) {
    const auto most = std::min<std::size_t>(path.nodes.size(), 4);
    for (std::size_t i = 0; i < most; ++i) {
        const auto content = to_.facts.content(path.nodes[i]);
        if (has_block(content, "compaction") || has_block(content, "compaction_summary")) {
            return session.head_thread;
        }
    }
    for (const auto text : seen.texts) {
        if (opens_continuation(text)) {
            return session.head_thread;
        }
        if (const auto thread = thread_of_answer_in(session, text); thread != 0) {
            return thread;
        }
    }
    const auto asked = std::ranges::find(path.nodes, seen.node);
    // Where a person asks so, nothing but the answer follows.
    const bool with_summary =
        path.nodes.end() - asked > 2 && to_.facts.fact(*(asked + 1)).role == node_role::assistant;
    return with_summary && asks_for_known_summary(seen.first()) ? session.head_thread : 0;
}

/// The thread with an answer that the text holds whole.
std::int64_t thread_finder::thread_of_answer_in(const session_row& session, std::string_view text) {
    std::int64_t found = 0;
    int lines = 0;
    int looks = 0;
    visit_lines(text, [&](std::string_view line) {
        const auto node = to_.marks.answer_with(session.id, line);
        if (node != 0) {
            const auto answers = texts_in(to_.facts.content(node));
            const auto whole =
                std::ranges::find_if(answers, [](std::string_view one) { return one.size() >= least_line; });
            if (whole != answers.end() && text.find(trimmed_escapes(*whole)) != std::string_view::npos) {
                found = to_.chains.owner(session.id, node);
            }
            ++looks;
        }
        return found == 0 && ++lines < most_lines && looks < 4;
    });
    if (found != 0 && to_.threads.by_id(found).rank != thread_rank::main) {
        return session.head_thread;  // what was asked beside the thread that it sums up
    }
    return found;
}

thread_row& thread_finder::begin(session_row& session, const new_path& path, opening& seen,
                                 const asking_agent& agent, const beginning& began, std::int64_t continues,
                                 bool side) {
    thread_row made;
    made.session = session.id;
    made.root = to_.facts.fact(path.nodes.front()).root;
    made.agent_id = agent.id;
    made.parent = began.thread;
    made.call_node = began.node;
    made.call_id = began.call_id;
    made.continues = continues;
    made.title = continues != 0 ? to_.threads.by_id(continues).title : seen.title();
    const bool subagent = !agent.id.empty() || began.node != 0 || began.thread != 0;
    made.plain = agent.id.empty() && !side && began.node == 0 && continues == 0;
    made.rank = side ? thread_rank::side : subagent ? thread_rank::subagent : thread_rank::undecided;
    auto& row = to_.threads.make(std::move(made));
    ++session.threads;
    session.changed = true;
    return row;
}

}  // namespace tapes::catalogue
