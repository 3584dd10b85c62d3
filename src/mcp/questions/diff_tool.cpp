#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/difference.hpp>
#include <tapes/read/json.hpp>

#include <stdexcept>

namespace tapes::mcp {

namespace {

constexpr std::size_t shown_text = 4096;

std::int64_t chain_of(const question& asked, const char* name) {
    const auto one = find_one(asked, asked.given.text(name));
    switch (one.kind) {
        case read::named_kind::node:
            return one.id;
        case read::named_kind::session:
            if (const auto session = asked.from.catalogue->session_by_id(one.id);
                session && session->head != 0) {
                return session->head;
            }
            break;
        case read::named_kind::exchange:
            if (const auto exchange = asked.from.find_exchange(one.id); exchange && exchange->head != 0) {
                return exchange->head;
            }
            break;
    }
    throw wrong_call{std::string{name} + " has no turn that could be compared"};
}

}  // namespace

tool diff_tool() {
    tool made{"diff",
              "Compare two conversations",
              "Tells how two chains of messages differ behind what they have in common: of two sessions "
              "their main threads, "
              "of two exchanges what led to their answers.",
              {},
              {}};
    made.input = object_schema({{"left", text_schema(id_about)},
                                {"right", text_schema(id_about)},
                                {"cursor", text_schema("`next` of the page before.")}},
                               {"left", "right"});
    made.output =
        paged_schema("messages", "What became of each message behind those in common.",
                     {{"chains", {{"type", "object"}, {"description", "Both, and what they share."}}}});
    return made;
}

ordered_json diff_answer(const question& asked) {
    read::difference_request request;
    request.left = chain_of(asked, "left");
    request.right = chain_of(asked, "right");
    request.after = asked.given.text("cursor");
    request.unit = read::text_unit::lines;  // in words a secret would be seen by nobody
    request.limits.text_bytes = request.limits.tool_bytes = shown_text + secret_margin;
    try {
        read::chain_difference told{asked.from, request};
        page messages{asked};
        std::string place;
        bool more = false;
        while (auto one = told.next()) {
            if (!messages.add(read::message_difference_json(*one), shown_text)) {
                more = true;
                break;
            }
            place = told.place();
        }
        return {{"chains", read::chain_difference_json(told)},
                {"messages", messages.take()},
                {"next", next_json(more ? place : std::string{})}};
    } catch (const std::invalid_argument&) {
        throw wrong_call{"the argument cursor must be `next` of the page before"};
    }
}

}  // namespace tapes::mcp
