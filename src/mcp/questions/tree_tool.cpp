#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/tree.hpp>

#include <stdexcept>
#include <variant>

namespace tapes::mcp {

namespace {

constexpr std::size_t branches_usual = 50;
constexpr std::size_t branches_most = 500;

}  // namespace

tool tree_tool() {
    tool made{"tree",
              "Show where a session forks",
              "Tells where the chains of a session fork (retries, edits, sub-agents), thread by thread, with "
              "the first words "
              "of each branch.",
              {},
              {}};
    made.input = object_schema(
        {{"session", text_schema("A session's name, or the beginning of it; @ is the newest.")},
         {"limit", number_schema("At most so many branches.", 1, branches_most, branches_usual)},
         {"cursor", text_schema("`next` of the page before.")}},
        {});
    made.output = paged_schema("entries", "Threads and their branches, depth first.");
    return made;
}

ordered_json tree_answer(const question& asked) {
    const auto id = asked.given.text("session");
    const auto limit = asked.given.number("limit", branches_usual);
    read::tree_request request;
    request.session = find_session(asked, id.empty() ? "@" : id).id;
    request.after = asked.given.text("cursor");
    try {
        read::tree told{asked.from, request};
        page entries{asked};
        std::string place;
        std::size_t branches = 0;
        bool more = false;
        while (auto one = told.next()) {
            // Places are those of branches: a thread behind the last branch of a page begins the next one.
            if (branches == limit || !entries.add(read::tree_entry_json(*one))) {
                more = true;
                break;
            }
            branches += std::holds_alternative<read::tree_branch>(*one) ? 1 : 0;
            place = told.place();
        }
        return {{"entries", entries.take()}, {"next", next_json(more ? place : std::string{})}};
    } catch (const std::invalid_argument&) {
        throw wrong_call{"the argument cursor must be `next` of the page before"};
    }
}

}  // namespace tapes::mcp
