#include "routes/ingest_json.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/ingest_routes.hpp>
#include <tapes/record/outside_turn.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

using state = tapes::record::intake_outcome::state;

bool is_json_media(std::string_view type) {
    auto media = type.substr(0, type.find(';'));
    while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) {
        media.remove_suffix(1);
    }
    return text::equal_ignoring_case(media, "application/json");
}

/// Returns why a request cannot be read, or an answer of status 200 where it can.
response check_body(const request& asked) {
    if (!is_json_media(asked.field("content-type"))) {
        return error_response(415, "the body must be JSON, with the Content-Type application/json");
    }
    if (const auto coding = asked.field("content-encoding");
        !coding.empty() && !text::equal_ignoring_case(coding, "identity")) {
        return error_response(415, "the body must have no content coding, and has " + std::string{coding});
    }
    if (!text::is_one_value(asked.body)) {
        return error_response(400, "the body is no JSON object (RFC 8259)");
    }
    return {};
}

response busy(const std::string& detail) {
    auto answer = error_response(503, detail + ": send it again");
    answer.fields.emplace_back("Retry-After", "1");
    return answer;
}

response ingest_one(const request& asked, const ingest_source& source) {
    if (auto refused = check_body(asked); refused.status != 200) {
        return refused;
    }
    std::vector<tapes::record::outside_exchange> one;
    one.push_back(tapes::record::read_turn(text::json_view{asked.body}, source.project));
    const auto outcome = source.take(std::move(one)).at(0);
    switch (outcome.now) {
        case state::busy:
            return busy(outcome.detail);
        case state::refused:
            return error_response(outcome.reason == capture::drop_reason::none ? 400 : 422, outcome.detail);
        default:
            return {202, taken_json(outcome) + "\n"};
    }
}

/// Reads the turns of a batch; one that cannot be read leaves its problem.
std::vector<tapes::record::outside_exchange> read_batch(const std::string& body, const std::string& project,
                                                        std::vector<batch_member>& members) {
    std::vector<tapes::record::outside_exchange> turns;
    const auto list = text::json_view{body}["turns"];
    if (!list.is_array()) {
        throw std::invalid_argument{
            R"(the body must be {"turns":[{"provider":"…","request":{…},"response":{…}},…]})"};
    }
    list.each([&](text::json_view turn) {
        if (members.size() == most_ingested) {
            throw std::invalid_argument{"a batch has at most " + std::to_string(most_ingested) + " turns"};
        }
        members.emplace_back();
        try {
            turns.push_back(tapes::record::read_turn(turn, project));
        } catch (const std::invalid_argument& wrong) {
            members.back().problem = wrong.what();
        }
        return true;
    });
    return turns;
}

response ingest_batch(const request& asked, const ingest_source& source) {
    if (auto refused = check_body(asked); refused.status != 200) {
        return refused;
    }
    std::vector<batch_member> members;
    auto turns = read_batch(asked.body, source.project, members);
    auto outcomes = source.take(std::move(turns));
    auto outcome = outcomes.begin();
    for (auto& one : members) {
        if (one.problem.empty()) {
            one.outcome = std::move(*outcome++);
        }
    }
    if (members.empty() || std::ranges::any_of(members, is_stored)) {
        return {202, batch_json(members) + "\n"};
    }
    const auto one = std::ranges::find_if(
        members, [](const batch_member& of) { return of.problem.empty() && of.outcome.now == state::busy; });
    if (one != members.end()) {
        return busy(one->outcome.detail);
    }
    const auto& first = members.front();
    return error_response(422,
                          "no turn of the batch was taken; of the first: " +
                              (first.problem.empty() ? first.outcome.detail : first.problem),
                          refused_json(members));
}

}  // namespace

void add_ingest_routes(route_table& table, ingest_source source) {
    route_group<ingest_source> group{table, std::move(source)};
    group.add("POST", "/v1/ingest", ingest_one,
              {"ingest_turn",
               "Records a turn that did not pass the proxy. What is answered with 202 is committed.",
               {},
               {},
               "ingest_turn",
               {{202, "It is in the store.", "ingested"}},
               {400, 415, 422, 503}},
              largest_ingest);
    group.add("POST", "/v1/ingest/batch", ingest_batch,
              {"ingest_turns",
               "Records several such turns, in their order. Those that are refused are named; the others are "
               "committed.",
               {},
               {},
               "ingest_batch",
               {{202, "What became of each.", "ingested_batch"}},
               {400, 415, 422, 503}},
              largest_ingest);
}

}  // namespace tapes::api
