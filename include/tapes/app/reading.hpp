#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/screen_options.hpp>
#include <tapes/config/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The record as people read it: sessions, transcripts, sums. Each function brings the catalogue up to date
/// first; a proxy may write to the store meanwhile, and where none does, the store may stand where nothing
/// can be written. Each returns an exit code (1: nothing was found), and throws std::runtime_error with one
/// line for people when it cannot be done, and usage_error for wrong use. A reader that goes away ends it
/// quietly.
namespace tapes::app {

struct session_list {
    std::string since, until;  ///< a date, a date and time in UTC, or an age; see read_moment
    std::string project, agent, client, model, provider, caller;
    std::string session;     ///< the beginning of its name
    std::string title;       ///< a part of it
    bool errors = false;     ///< only those with an exchange that ended in an error
    std::size_t limit = 50;  ///< 0: all
    bool json = false;
    screen_options screen;
};

/// Lists sessions, the newest first.
int list_sessions(const config::settings& settings, const session_list& options, printer& out, printer& err);

struct shown_record {
    std::string id = "@";    ///< see read::find_named
    bool raw = false;        ///< messages as the store holds them
    bool thinking = false;   ///< what was thought, too
    bool tools = false;      ///< arguments and results, too
    std::size_t thread = 0;  ///< of a session, from 1; 0: its main threads
    std::uint64_t turn = 0;  ///< from 1; 0: all
    bool json = false;
    screen_options screen;
};

/// Shows a session, the chain that ends with a node, or the turn of an exchange.
int show_record(const config::settings& settings, const shown_record& options, printer& out, printer& err);

struct usage_request {
    std::vector<std::string>
        by;  ///< day, model, provider, project, agent, session, tool; of latency also api
    std::string since, until;
    std::string project, agent, model, provider, session;
    bool latency = false;  ///< how long one waited for answers, instead of what they used
    bool json = false;
    screen_options screen;
};

/// Tells what was used, and what it cost, or how long it took.
int show_usage(const config::settings& settings, const usage_request& options, printer& out, printer& err);

struct record_search {
    std::vector<std::string> words;  ///< of the query, see read::read_search_query
    std::string model, provider, agent, project, role, tool, session, since, until;
    bool errors = false;             ///< only what failed
    bool forks = false;              ///< only messages with which a branch begins
    std::vector<std::string> parts;  ///< text, tools, arguments, results, thinking; empty: all
    bool newest = false;             ///< the newest first, else the best
    bool flat = false;               ///< hits in their order, not by session
    std::size_t limit = 20;          ///< 0: all
    std::string after;               ///< where an earlier search ended
    bool json = false;
    screen_options screen;
};

/// Finds what was said.
int search_record(const config::settings& settings, const record_search& options, printer& out, printer& err);

struct cache_question {
    std::string id = "@";    ///< see read::find_named; of a node its answer
    bool all = false;        ///< of a session also exchanges that missed nothing
    std::size_t limit = 50;  ///< of a session; 0: all
    bool json = false;
    screen_options screen;
};

/// Tells why an exchange read from its provider's prompt cache what it read, or of a session which ones
/// missed it, the most expensive first.
int explain_cache(const config::settings& settings, const cache_question& options, printer& out,
                  printer& err);

struct shown_tree {
    std::string id = "@";     ///< see read::find_named
    std::size_t thread = 0;   ///< of a session, from 1; 0: all
    std::size_t limit = 200;  ///< branches; 0: all
    std::string after;        ///< where an earlier tree ended
    bool ascii = false;       ///< no lines of Unicode, also where the locale has it
    bool json = false;
    screen_options screen;
};

/// Draws where chains fork: the threads of a session, or the whole tree that a node or an exchange's answer
/// belongs to.
int show_tree(const config::settings& settings, const shown_tree& options, printer& out, printer& err);

struct compared_records {
    std::string left, right;  ///< see read::find_named
    bool by_lines = false;    ///< no words are marked
    bool stat = false;        ///< only how much differs
    bool json = false;
    screen_options screen;
};

/// Tells how two sessions, two exchanges or two chains differ. Of things of two kinds the chains are
/// compared.
int show_difference(const config::settings& settings, const compared_records& options, printer& out,
                    printer& err);

}  // namespace tapes::app
