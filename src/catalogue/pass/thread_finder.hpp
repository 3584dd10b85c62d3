#pragma once

#include "pass/chain_table.hpp"
#include "pass/node_facts.hpp"
#include "pass/session_table.hpp"
#include "pass/text_marks.hpp"
#include "pass/thread_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::catalogue {

/// What a client says of who asks.
struct asking_agent {
    std::string id, parent_id;
    std::string parent_session;
};

/// The tables of a session's parts.
struct pass_tables {
    session_table& sessions;
    thread_table& threads;
    chain_table& chains;
    text_marks& marks;
    node_facts& facts;
};

/// Finds the thread that a chain belongs to, or begins it.
class thread_finder {
public:
    explicit thread_finder(pass_tables tables) : to_{tables} {}

    /// The reference is valid until the tables are flushed.
    thread_row& find(session_row& session, const new_path& path, const asking_agent& agent);

private:
    /// How a chain begins.
    struct opening {
        std::int64_t node = 0;  ///< the first that is no system text; 0: none
        std::string content;
        std::vector<std::string_view> texts;  ///< into the content
        bool side_system = false;             ///< what stands before the history tells a side query
        std::string_view first() const { return texts.empty() ? std::string_view{} : texts.front(); }
        const std::string& title();

    private:
        std::optional<std::string> title_;  ///< once it was asked for
    };
    struct beginning {
        std::int64_t thread = 0, node = 0;
        std::string call_id;
    };

    bool has_side_system(std::int64_t root);
    void read_opening(const new_path& path, opening& out);
    beginning call_that_began(const session_row& session, opening& seen, const asking_agent& agent);
    std::int64_t continued_thread(const session_row& session, const new_path& path, const opening& seen);
    std::int64_t thread_of_answer_in(const session_row& session, std::string_view text);
    thread_row& begin(session_row& session, const new_path& path, opening& seen, const asking_agent& agent,
                      const beginning& began, std::int64_t continues, bool side);

    pass_tables to_;
    std::unordered_map<std::int64_t, bool> side_roots_;
};

}  // namespace tapes::catalogue
