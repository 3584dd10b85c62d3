#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/exchange.hpp>
#include <tapes/read/sources.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tapes::read {

/// A node of the chain, with what it says.
struct message {
    std::int64_t node = 0;
    merkle::digest hash{};
    std::string role;
    bool answer = false;             ///< a provider said it
    std::uint64_t turn = 0;          ///< from 1; that of the answer which follows, or that it is
    std::int64_t created_at_us = 0;  ///< when it was first stored
    std::int64_t exchange = 0;       ///< the first with this as its last node; 0: none
    /// So many more exchanges than are told ended with it; those of other sessions may be among them.
    std::uint64_t more_exchanges = 0;
    content said;
};

/// Where other branches of the thread leave the chain, behind the message before.
struct branches {
    struct branch {
        std::int64_t leaf = 0;  ///< its last node
        merkle::digest hash{};  ///< of that
        std::uint64_t nodes = 0;
        std::int64_t first = 0;  ///< its first node
        std::optional<catalogue::fork_cause>
            cause;  ///< what made it; nothing of the one that was there first
    };
    std::int64_t node = 0;
    std::optional<catalogue::fork_cause> cause;  ///< of the newest
    std::optional<catalogue::fork_cause> here;   ///< of the branch to which the chain goes on
    std::vector<branch> others;
    std::uint64_t more = 0;  ///< so many more branches leave here than are told
};

/// A thread of the session that a call of the message before began.
struct begun_thread {
    catalogue::thread thread;
    std::size_t number = 0;            ///< within the session, from 1
    std::size_t continues_number = 0;  ///< of the thread whose summary it begins with; 0: none
};

/// The number of a thread among those of its session, from 1; 0: it is none of them.
std::size_t number_of(const std::vector<catalogue::thread>& threads, std::int64_t id) noexcept;
/// One of the threads of a session, by its index.
begun_thread numbered_thread(const std::vector<catalogue::thread>& threads, std::size_t index);

using entry = std::variant<message, exchange, branches, begun_thread>;

/// Which part of the record a transcript is of.
struct transcript_request {
    std::int64_t head = 0;     ///< node: the chain's last
    std::int64_t session = 0;  ///< of the catalogue; 0: nothing but the chain is told
    std::int64_t thread = 0;   ///< of that session
    /// Exchanges of the session that gave no turn are told, where they happened.
    bool dropped = false;
    std::uint64_t first_turn = 1;
    std::uint64_t last_turn = std::numeric_limits<std::uint64_t>::max();
    block_limits limits;
};

/// What was said along a chain, from its root on: messages, behind an answer the exchanges that gave it,
/// exchanges without a turn, threads and branches where they begin. The results of tools stand with their
/// calls (block::results), and messages that hold nothing else are not told for themselves. Holds the
/// messages between two answers at a time. Uses `from` between calls as well, for one thread at a time.
class transcript {
public:
    transcript(sources& from, const transcript_request& request);
    ~transcript();
    transcript(const transcript&) = delete;
    transcript& operator=(const transcript&) = delete;

    /// The next entry; nothing at the end. Throws std::runtime_error with SQLite's message.
    std::optional<entry> next();
    /// How many answers the whole chain has.
    std::uint64_t turns() const noexcept;
    /// Goes on behind the last turn that was asked for, to the end.
    void go_to_end() noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// Reads what one node says.
content read_content(store::chain_reader& from, std::int64_t node, const block_limits& limits);

}  // namespace tapes::read
