#pragma once

#include <tapes/store/entry.hpp>
#include <tapes/store/placed.hpp>
#include <tapes/store/stored_node.hpp>
#include <tapes/store/writer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// What is committed and a new turn may go on from. A read-only connection: one thread at a time; holds no
/// read transaction between calls. Throws std::runtime_error with SQLite's message when a query fails.
class history {
public:
    /// `newest` knows the rows that are in no index yet; it must outlive this.
    history(const std::string& path, const writer& newest);
    /// Without a writer: what is in no index yet is not found by its digest.
    explicit history(const std::string& path);
    /// Without a writer, as the last one, but nodes that are in no index yet are found, too: their digests
    /// are read from the rows, up to some hundred thousand. Another process may write meanwhile.
    enum class newest { from_rows };
    history(const std::string& path, newest);
    ~history();
    history(const history&) = delete;
    history& operator=(const history&) = delete;

    std::optional<known_node> find(const merkle::digest& hash);
    /// So many of the nodes with one match are looked at: answers that differ only in what clients drop may
    /// be without number.
    static constexpr std::size_t most_matches = 32;
    /// Of a session so many of the store's newest exchanges are looked at, where there are more matches.
    static constexpr int newest_exchanges = 4096;

    /// The nodes that the chain leads to when what clients drop is left out of it, newest first: the `most`
    /// newest ones, and where there are more, those that `session` was answered with among the newest
    /// exchanges.
    std::vector<known_node> find_match(const merkle::digest& match, std::size_t most = most_matches,
                                       std::string_view session = {});
    known_node place(std::int64_t id);
    merkle::identity identity_of(std::int64_t id);
    std::optional<stored_node> node(std::int64_t id);
    /// The texts that the events of an answer gave in other words, see entry_node::variants.
    std::vector<std::int64_t> variants(std::int64_t id);
    /// Tells whether the answer was given to this session of a client. Looks at its newest exchanges only.
    bool is_of_session(std::int64_t answer, std::string_view session);
    /// The parent of a node; 0 at a root.
    std::int64_t parent(std::int64_t id);

    /// A stored piece and what it led to, when it was last the end of a turn's request.
    struct known_piece {
        std::int64_t id = 0;
        std::int64_t parent = 0;   ///< the piece before it, 0: none
        std::int64_t node = 0;     ///< the last node of that request, 0: none
        std::int64_t leading = 0;  ///< the last of its nodes that came from outside the history, 0: none
    };
    std::optional<known_piece> find_piece(const merkle::digest& digest);
    std::optional<known_piece> piece(std::int64_t id);

    /// An exchange whose answer a later request may name.
    struct answered {
        std::int64_t exchange = 0;
        std::int64_t head = 0;  ///< node, 0: none
        bool open = false;      ///< a later exchange may bring more of it
    };
    /// Of that provider, where it has given such a response; else of any other.
    std::optional<answered> by_response(std::string_view id, std::string_view provider = {});
    std::optional<answered> by_item(std::string_view id);
    std::optional<answered> by_conversation(std::string_view id);

    /// Returns the UUID of the stored exchange with this one, whose answer is the node `head`: among the
    /// newest ones with that answer. Where its first 48 bits are zero, those in which a UUID of version 7 has
    /// its time, only the others count.
    std::optional<capture::uuid> find_exchange(std::int64_t head, const capture::uuid& id);

    /// An exchange whose answer is asked for by a later one.
    struct asked {
        std::int64_t exchange = 0;
        capture::uuid id{};     ///< of that exchange
        std::int64_t head = 0;  ///< node of the answer; while it is pending, of the question; 0: none
        std::string stop_reason, model, provider, agent_name, project, session;
    };
    std::optional<asked> by_name(std::string_view response, std::string_view provider);

    /// An exchange whose bytes an answer is made of.
    struct part {
        std::int64_t exchange = 0;
        std::string method, target;
    };
    /// The later exchanges that have brought the answer of `exchange`, in their order; most have none.
    std::vector<part> fetches(std::int64_t exchange);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
