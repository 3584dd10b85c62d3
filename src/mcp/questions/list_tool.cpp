#include "questions/page.hpp"
#include "questions/tools.hpp"

#include <tapes/read/json.hpp>
#include <tapes/read/moment.hpp>
#include <tapes/read/usage.hpp>

#include <charconv>
#include <optional>

namespace tapes::mcp {

namespace {

constexpr std::size_t sessions_usual = 20;
constexpr std::size_t sessions_most = 200;

std::optional<std::int64_t> moment_of(const question& asked, const char* name) {
    const auto text = asked.given.text(name);
    if (text.empty()) {
        return std::nullopt;
    }
    const auto moment = read::read_moment(text);
    if (!moment) {
        throw wrong_call{
            std::string{"the argument "} + name +
            " must be a date (2026-01-31), a time (2026-01-31T12:00:00Z) or an age (90m, 12h, 7d)"};
    }
    return moment;
}

std::optional<catalogue::session_place> place_of(const std::string& cursor) {
    if (cursor.empty()) {
        return std::nullopt;
    }
    catalogue::session_place made;
    const auto* const end = cursor.data() + cursor.size();
    const auto first = std::from_chars(cursor.data(), end, made.last_at_us);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') {
        throw wrong_call{"the argument cursor must be `next` of the page before"};
    }
    const auto second = std::from_chars(first.ptr + 1, end, made.id);
    if (second.ec != std::errc{} || second.ptr != end) {
        throw wrong_call{"the argument cursor must be `next` of the page before"};
    }
    return made;
}

}  // namespace

tool list_tool() {
    tool made{"list",
              "List recorded sessions",
              "Lists recorded sessions, the newest first: title, client, model, time, turns, tokens, cost, "
              "how it ended.",
              {},
              {}};
    made.input =
        object_schema({{"since", text_schema("With something then or later: 2026-01-31, 7d, 12h.")},
                       {"until", text_schema("That began before.")},
                       {"agent", text_schema("Only of this agent, such as claude or codex.")},
                       {"model", text_schema("Only of this model.")},
                       {"title", text_schema("A part of the title.")},
                       {"errors", flag_schema("Only those in which a request failed.")},
                       {"limit", number_schema("At most so many.", 1, sessions_most, sessions_usual)},
                       {"cursor", text_schema("`next` of the page before.")}},
                      {});
    made.output = paged_schema("sessions", "The sessions; `name` is the id for the other tools.");
    return made;
}

ordered_json list_answer(const question& asked) {
    catalogue::session_filter filter;
    filter.project = asked.project();
    filter.since_us = moment_of(asked, "since");
    filter.until_us = moment_of(asked, "until");
    filter.agent_name = asked.given.text("agent");
    filter.model = asked.given.text("model");
    filter.title_part = asked.given.text("title");
    filter.errors = asked.given.flag("errors");
    const auto limit = asked.given.number("limit", sessions_usual);
    const auto found =
        asked.from.catalogue->sessions(filter, limit + 1, place_of(asked.given.text("cursor")));
    std::vector<std::int64_t> ids;
    ids.reserve(found.size());
    for (const auto& one : found) {
        ids.push_back(one.id);
    }
    auto used = read::usage_of_sessions(*asked.from.catalogue, asked.prices, ids);
    page told{asked};
    const catalogue::session* last = nullptr;
    bool more = false;
    for (const auto& one : found) {
        more = told.count() == limit || !told.add(read::session_json(one, used[one.id].price));
        if (more) {
            break;
        }
        last = &one;
    }
    const auto next = more && last != nullptr
                          ? std::to_string(last->last_at_us) + "-" + std::to_string(last->id)
                          : std::string{};
    return {{"sessions", told.take()}, {"next", next_json(next)}};
}

}  // namespace tapes::mcp
