#include "file/digest_index.hpp"
#include "read/newest_digests.hpp"

#include <tapes/store/history.hpp>
#include <tapes/store/reader.hpp>

#include <algorithm>
#include <limits>
#include <ranges>

namespace tapes::store {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::int64_t>::max();

}  // namespace

class history::impl {
public:
    impl(const std::string& path, const writer* newest, bool reads_newest = false)
        : newest_{newest}, rows{path}, db{path, SQLITE_OPEN_READONLY} {
        if (reads_newest) {
            newest_rows_ = std::make_unique<newest_digests>(db);
        }
    }

    /// Ids of rows whose digest begins like this one, newest first, at most `most`.
    const std::vector<std::int64_t>& candidates(indexed of, statement& older, const merkle::digest& digest,
                                                std::size_t most = no_limit) {
        candidates_.clear();
        if (newest_ != nullptr) {
            newest_->find_newest(of, prefix_of(digest), candidates_, most);
        } else if (newest_rows_ && of == indexed::node_hash) {
            newest_rows_->find_hash(prefix_of(digest), candidates_, most);
        } else if (newest_rows_ && of == indexed::node_match) {
            newest_rows_->find_match(prefix_of(digest), candidates_, most);
        }
        const reset_at_end guard{older};
        older.integer(1, prefix_of(digest));
        older.integer(2, static_cast<std::int64_t>(most));
        // A row may be in both while it is sorted in.
        while (candidates_.size() < most && older.step()) {
            if (std::ranges::find(candidates_, older.integer_at(0)) == candidates_.end()) {
                candidates_.push_back(older.integer_at(0));
            }
        }
        return candidates_;
    }

    std::optional<known_node> place(std::int64_t id);
    void add_answers_of(std::string_view session, const merkle::digest& match,
                        std::vector<known_node>& found);
    std::optional<answered> answer(statement& query, std::string_view id);

private:
    const writer* newest_;
    std::vector<std::int64_t> candidates_;

public:
    reader rows;
    connection db;
    statement by_hash{db, "SELECT row FROM node_by_hash WHERE prefix = ?1 ORDER BY row DESC LIMIT ?2"};
    statement by_match{db, "SELECT row FROM node_by_match WHERE prefix = ?1 ORDER BY row DESC LIMIT ?2"};
    statement by_digest{db, "SELECT row FROM piece_by_digest WHERE prefix = ?1 ORDER BY row DESC LIMIT ?2"};
    statement node{db, "SELECT hash, match, root, depth FROM node WHERE id = ?1"};
    statement identity{
        db,
        "SELECT m.value, p.value, a.value FROM node n LEFT JOIN string m ON m.id = n.model"
        " LEFT JOIN string p ON p.id = n.provider LEFT JOIN string a ON a.id = n.agent WHERE n.id = ?1"};
    statement parent{db, "SELECT parent FROM node WHERE id = ?1"};
    statement variants{db, "SELECT value FROM node_variant WHERE node = ?1"};
    statement session{
        db,
        "SELECT EXISTS(SELECT 1 FROM (SELECT session FROM exchange WHERE head = ?1 ORDER BY id DESC LIMIT 16)"
        " WHERE session = ?2)"};
    statement of_session{db,
                         "SELECT head FROM (SELECT head, session FROM exchange ORDER BY id DESC LIMIT ?2)"
                         " WHERE session = ?1 AND head IS NOT NULL"};
    statement piece{db, "SELECT parent, node, leading, digest FROM piece WHERE id = ?1"};
    // Few providers give one name.
    statement response{db,
                       "SELECT x.id, x.head, s.value FROM response r JOIN exchange x ON x.id = r.exchange"
                       " LEFT JOIN string s ON s.id = x.stop_reason WHERE r.id = ?1"
                       " AND r.provider = (SELECT coalesce((SELECT p.provider FROM response p WHERE p.id = ?1"
                       "  AND p.provider = coalesce((SELECT id FROM string WHERE value = ?2), 0)),"
                       "  (SELECT p.provider FROM response p WHERE p.id = ?1"
                       "   AND p.exchange = (SELECT max(q.exchange) FROM response q WHERE q.id = ?1))))"};
    statement item{db,
                   "SELECT x.id, x.head, NULL FROM response_item r JOIN exchange x ON x.id = r.exchange "
                   "WHERE r.id = ?1"};
    statement exchange{
        db,
        "SELECT uuid FROM (SELECT uuid FROM exchange WHERE head = ?1 ORDER BY id DESC LIMIT ?3)"
        " WHERE uuid = ?2 OR (substr(?2, 1, 6) = X'000000000000' AND substr(uuid, 7) = substr(?2, 7)) LIMIT "
        "1"};
    statement conversation{
        db,
        "SELECT x.id, x.head, NULL FROM conversation r JOIN exchange x ON x.id = r.exchange WHERE r.id = ?1"};
    statement asked_for{
        db,
        "SELECT x.id, x.head, st.value, m.value, p.value, a.value, j.value, x.session, x.uuid"
        " FROM response r JOIN exchange x ON x.id = r.exchange LEFT JOIN string st ON st.id = x.stop_reason"
        " LEFT JOIN string m ON m.id = x.model LEFT JOIN string p ON p.id = x.provider"
        " LEFT JOIN string a ON a.id = x.agent LEFT JOIN string j ON j.id = x.project"
        " WHERE r.id = ?1 AND r.provider = coalesce((SELECT id FROM string WHERE value = ?2), 0)"};
    statement fetches{db,
                      "SELECT x.id, s.value, coalesce(x.target, x.path) FROM fetched_answer f"
                      " JOIN exchange x ON x.id = f.fetch LEFT JOIN string s ON s.id = x.method"
                      " WHERE f.exchange = ?1 ORDER BY f.fetch"};

private:
    std::unique_ptr<newest_digests> newest_rows_;
};

std::optional<known_node> history::impl::place(std::int64_t id) {
    const reset_at_end guard{node};
    node.integer(1, id);
    if (!node.step()) {
        return std::nullopt;
    }
    known_node found;
    found.id = id;
    std::ranges::copy(node.blob_at(0).first(found.position.hash.size()), found.position.hash.begin());
    found.position.match = found.position.hash;
    if (!node.is_null(1)) {
        std::ranges::copy(node.blob_at(1).first(found.position.match.size()), found.position.match.begin());
    }
    found.root = node.integer_at(2);
    found.depth = node.integer_at(3);
    return found;
}

/// Adds the newest ones.
void history::impl::add_answers_of(std::string_view session, const merkle::digest& match,
                                   std::vector<known_node>& found) {
    const auto known = found.size();
    const reset_at_end guard{of_session};
    of_session.text(1, session);
    of_session.integer(2, newest_exchanges);
    while (found.size() < known + most_matches && of_session.step()) {
        const auto id = of_session.integer_at(0);
        const auto one =
            std::ranges::find(found, id, &known_node::id) == found.end() ? place(id) : std::nullopt;
        if (one && one->position.match == match) {
            found.push_back(*one);
        }
    }
}

std::optional<history::answered> history::impl::answer(statement& query, std::string_view id) {
    const reset_at_end guard{query};
    query.text(1, id);
    return query.step() ? std::optional{answered{query.integer_at(0), query.integer_at(1),
                                                 is_open_answer(query.text_at(2))}}
                        : std::nullopt;
}

history::history(const std::string& path, const writer& newest)
    : impl_{[path, &newest] { return std::make_unique<impl>(path, &newest); }} {}
history::history(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path, nullptr); }} {}
history::history(const std::string& path, newest)
    : impl_{[path] { return std::make_unique<impl>(path, nullptr, true); }} {}
history::~history() = default;

std::optional<known_node> history::find(const merkle::digest& hash) {
    for (const auto id : impl_->candidates(indexed::node_hash, impl_->by_hash, hash)) {
        if (const auto found = impl_->place(id); found && found->position.hash == hash) {
            return found;
        }
    }
    return std::nullopt;
}

std::vector<known_node> history::find_match(const merkle::digest& match, std::size_t most,
                                            std::string_view session) {
    std::vector<known_node> found;
    const auto collect = [&](const std::vector<std::int64_t>& ids) {
        for (const auto id : ids) {
            const auto one = impl_->place(id);
            if (one && one->position.match == match && found.size() < most) {
                found.push_back(*one);
            }
        }
    };
    collect(impl_->candidates(indexed::node_match, impl_->by_match, match, most));
    // A node from whose chain nothing was left out is in the other index alone.
    collect(impl_->candidates(indexed::node_hash, impl_->by_hash, match));
    if (!session.empty() && found.size() >= most) {
        impl_->add_answers_of(session, match, found);
    }
    std::ranges::sort(found, [](const known_node& a, const known_node& b) { return a.id > b.id; });
    return found;
}

known_node history::place(std::int64_t id) {
    return impl_->place(id).value_or(known_node{});
}

merkle::identity history::identity_of(std::int64_t id) {
    auto& query = impl_->identity;
    const reset_at_end guard{query};
    query.integer(1, id);
    merkle::identity identity;
    if (query.step()) {
        identity.model = query.text_at(0);
        identity.provider = query.text_at(1);
        identity.agent_name = query.text_at(2);
    }
    return identity;
}

std::optional<stored_node> history::node(std::int64_t id) {
    return impl_->rows.node(id);
}

std::vector<std::int64_t> history::variants(std::int64_t id) {
    auto& query = impl_->variants;
    const reset_at_end guard{query};
    query.integer(1, id);
    std::vector<std::int64_t> found;
    while (query.step()) {
        found.push_back(query.integer_at(0));
    }
    return found;
}

bool history::is_of_session(std::int64_t answer, std::string_view session) {
    auto& query = impl_->session;
    const reset_at_end guard{query};
    query.integer(1, answer);
    query.text(2, session);
    return query.step() && query.integer_at(0) != 0;
}

std::int64_t history::parent(std::int64_t id) {
    auto& query = impl_->parent;
    const reset_at_end guard{query};
    query.integer(1, id);
    return query.step() ? query.integer_at(0) : 0;
}

std::optional<history::known_piece> history::find_piece(const merkle::digest& digest) {
    auto& query = impl_->piece;
    for (const auto id : impl_->candidates(indexed::piece, impl_->by_digest, digest)) {
        const reset_at_end guard{query};
        query.integer(1, id);
        if (query.step() && std::ranges::equal(query.blob_at(3), digest)) {
            return known_piece{id, query.integer_at(0), query.integer_at(1), query.integer_at(2)};
        }
    }
    return std::nullopt;
}

std::optional<history::known_piece> history::piece(std::int64_t id) {
    auto& query = impl_->piece;
    const reset_at_end guard{query};
    query.integer(1, id);
    return query.step()
               ? std::optional{known_piece{id, query.integer_at(0), query.integer_at(1), query.integer_at(2)}}
               : std::nullopt;
}

std::optional<history::answered> history::by_response(std::string_view id, std::string_view provider) {
    impl_->response.text(2, provider);
    return impl_->answer(impl_->response, id);
}

std::optional<history::asked> history::by_name(std::string_view response, std::string_view provider) {
    auto& query = impl_->asked_for;
    const reset_at_end guard{query};
    query.text(1, response);
    query.text(2, provider);
    if (!query.step()) {
        return std::nullopt;
    }
    asked found;
    found.exchange = query.integer_at(0);
    found.head = query.integer_at(1);
    int at = 2;
    for (auto* const text : {&found.stop_reason, &found.model, &found.provider, &found.agent_name,
                             &found.project, &found.session}) {
        *text = query.text_at(at++);
    }
    const auto uuid = query.blob_at(at);
    std::copy_n(uuid.begin(), std::min(uuid.size(), found.id.size()), found.id.begin());
    return found;
}

std::vector<history::part> history::fetches(std::int64_t exchange) {
    auto& query = impl_->fetches;
    const reset_at_end guard{query};
    query.integer(1, exchange);
    std::vector<part> found;
    while (query.step()) {
        found.push_back({query.integer_at(0), std::string{query.text_at(1)}, std::string{query.text_at(2)}});
    }
    return found;
}

std::optional<history::answered> history::by_item(std::string_view id) {
    return impl_->answer(impl_->item, id);
}

std::optional<capture::uuid> history::find_exchange(std::int64_t head, const capture::uuid& id) {
    auto& query = impl_->exchange;
    const reset_at_end guard{query};
    query.integer(1, head);
    query.blob(2, id.data(), id.size());
    query.integer(3, newest_exchanges);
    if (!query.step()) {
        return std::nullopt;
    }
    capture::uuid found{};
    const auto bytes = query.blob_at(0);
    std::copy_n(bytes.begin(), std::min(bytes.size(), found.size()), found.begin());
    return found;
}

std::optional<history::answered> history::by_conversation(std::string_view id) {
    return impl_->answer(impl_->conversation, id);
}

}  // namespace tapes::store
