#pragma once

#include <tapes/catalogue/facet_choice.hpp>
#include <tapes/catalogue/node_places.hpp>
#include <tapes/catalogue/node_text.hpp>
#include <tapes/read/search_query.hpp>
#include <tapes/read/sources.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

/// Chooses nodes by the filters of a search. It tells which nodes may be chosen, as far as the catalogue has
/// that (their facets, few sessions that have what is asked for, times), so that no others are looked at.
class node_filter {
public:
    /// `conditions` must outlive it.
    node_filter(sources& from, const std::vector<search_condition>& conditions);

    /// What is wrong with the conditions, in a sentence; "": nothing.
    const std::string& problem() const noexcept { return problem_; }
    /// The first name that is asked for and no session has; "" where all have one.
    const std::string& unknown_session() const noexcept { return unknown_session_; }
    /// The oldest node that may be chosen.
    std::int64_t first() const noexcept { return first_; }
    /// The newest node up to `last` that may be chosen; 0: there is none.
    std::int64_t newest(std::int64_t last);

    /// Whether a node that `newest` tells is chosen, as far as it does not depend on its blocks.
    bool chooses(std::int64_t node);
    /// Whether its blocks have a say.
    bool asks_blocks() const noexcept { return !tools_.empty() || !errors_.empty(); }
    /// Whether a block of the node is chosen.
    bool chooses(std::int64_t node, const catalogue::text_block& block);

    /// The tool of a block; "": it is not known.
    std::string tool_of(std::int64_t node, const catalogue::text_block& block);
    /// The session of a node: one that was asked for, else the one that had it first; 0: none.
    std::int64_t session_of(std::int64_t node);
    /// Who sent the exchange with which a node was new: its agent, else its program; nothing where it came
    /// without one.
    std::optional<std::string> agent_of(std::int64_t node);
    /// The exchange (`seq`) with which a node was new; 0: none.
    std::int64_t exchange_of(std::int64_t node);

private:
    struct run {
        std::int64_t first = 0, last = 0;
    };
    using conditions = std::vector<const search_condition*>;

    /// A condition on the time of a node, and the ids that tell without a look at its row.
    struct time_bound {
        const search_condition* asked = nullptr;
        std::int64_t old_end = 1;    ///< nodes before this one are older
        std::int64_t new_begin = 1;  ///< this one and those behind it are not
    };

    void sort_conditions(const std::vector<search_condition>& all);
    void find_sessions();
    std::vector<std::int64_t> sessions_named(const std::string& name);
    void bound_by_sessions();
    void bound_by_times();
    void take_runs(const std::vector<std::int64_t>& sessions);
    std::int64_t newest_in_runs(std::int64_t last) const;
    bool is_in_time(std::int64_t node);
    bool is_bare(std::int64_t node);
    const std::optional<catalogue::exchange_place>& place_of(std::int64_t node);
    std::int64_t look_for_session(std::int64_t node);

    sources& from_;
    catalogue::node_places places_;
    std::string problem_;
    std::string unknown_session_;
    std::optional<catalogue::facet_choice> facets_;
    std::vector<time_bound> times_;
    conditions tools_, errors_, forks_, session_names_;
    std::vector<std::int64_t> sessions_, other_sessions_;  ///< wanted, and not wanted
    std::int64_t first_ = 1;
    bool bounded_ = false;
    std::vector<run> runs_;                 ///< where it is bounded: ascending, apart from each other
    std::optional<std::vector<run>> bare_;  ///< the nodes that came without exchanges; nothing: not read yet
    std::int64_t placed_ = 0;
    std::int64_t exchange_ = 0;                       ///< of `placed_`
    std::optional<catalogue::exchange_place> place_;  ///< of `placed_`
    std::optional<std::int64_t> session_;             ///< of `placed_`, once it was looked for
};

}  // namespace tapes::read
