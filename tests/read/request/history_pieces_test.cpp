#include "request/history_pieces.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/request_cut.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read::history_pieces_test {

namespace {

const llm::api& api_named(std::string_view name) {
    for (const auto& one : llm::apis()) {
        if (one.name == name) {
            return one;
        }
    }
    throw std::runtime_error{"no such API"};
}

/// Reads a body whose history is read element by element, and stands in it as one number.
request_parts read_in_pieces(std::string_view api, std::string_view body) {
    const auto cut = llm::cut_request(api_named(api), body);
    REQUIRE(cut);
    REQUIRE(cut->history != llm::request_cut::npos);
    const auto& place = cut->places[cut->history];
    std::vector<std::vector<request_part>> parts;
    parts.reserve(place.pieces.size());
    std::vector<known_element> elements;
    for (const auto piece : place.pieces) {
        parts.push_back(parts_of_element(api, piece, llm::element_of(piece)));
        elements.push_back({&parts.back(), piece.size()});
    }
    const bool comma = place.pieces.front().find(',') < place.pieces.front().find('{');
    history_pieces history;
    history.size = comma ? 2 : 1;
    history.at = place.begin + history.size - 1;
    history.elements = elements;
    const auto skeleton =
        std::string{body.substr(0, place.begin)} + (comma ? ",0" : "0") + std::string{body.substr(place.end)};
    return read_request_parts(api, skeleton, history);
}

}  // namespace

TEST_CASE("a history that is read in pieces gives the parts of the whole") {
    struct row {
        std::string_view api, body;
    };
    const row rows[] = {
        {"anthropic_messages",
         R"({"model":"m","messages":[{"role":"user","content":"a"} , {"role":"assistant","content":[
            {"type":"text","text":"b"},{"type":"tool_use","input":{}}]},{"role":"user","content":[]}],"system":"s",
            "tools":[{"name":"t"}],"max_tokens":3})"},
        {"openai_chat", R"({"messages":[ {"role":"user","content":"a"}],"model":"m"})"},
        {"openai_responses",
         R"({"input":[{"type":"additional_tools","tools":[1,2]},{"role":"user","content":"a"},{"type":"function_call"}],
            "instructions":"i","model":"m"})"},
    };
    for (const auto& row : rows) {
        INFO(row.body);
        const auto whole = read_request_parts(row.api, row.body);
        const auto pieced = read_in_pieces(row.api, row.body);
        CHECK(to_string(pieced.fault) == to_string(whole.fault));
        REQUIRE(pieced.parts.size() == whole.parts.size());
        for (std::size_t i = 0; i < whole.parts.size(); ++i) {
            const auto& one = pieced.parts[i];
            const auto& other = whole.parts[i];
            CHECK(to_string(one.kind) == to_string(other.kind));
            CHECK(one.number == other.number);
            CHECK(one.block == other.block);
            CHECK(one.name == other.name);
            CHECK(one.offset == other.offset);
            CHECK(one.length == other.length);
            CHECK(one.digest == other.digest);
        }
    }
}

}  // namespace tapes::read::history_pieces_test
