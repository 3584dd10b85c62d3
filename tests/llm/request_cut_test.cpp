#include "support.hpp"

#include <tapes/llm/request_cut.hpp>

#include <catch2/catch.hpp>
#include <processor_time.hpp>

#include <string>

namespace tapes::llm::request_cut_test {

using namespace tapes;

namespace {

const test::tested_api chat{"/v1/chat/completions"};

/// What is kept of a body when it is put together again.
std::string joined(std::string_view body, const llm::request_cut& cut) {
    std::string out;
    std::size_t at = 0;
    for (const auto& place : cut.places) {
        out.append(body.substr(at, place.begin - at));
        for (const auto piece : place.pieces) {
            out.append(piece);
        }
        at = place.end;
    }
    return out.append(body.substr(at));
}

}  // namespace

TEST_CASE("a request is cut at the elements of its history, with the separators before them") {
    const std::string body =
        "{\"model\":\"m\", \"messages\" : [ {\"role\":\"user\",\"content\":\"a \\\" ] }\"} ,\n "
        "{\"x\":[1,{}]}, 7 ],\"n\":1}";
    const auto cut = llm::cut_request(*chat, body);
    REQUIRE(cut);
    REQUIRE(cut->history == 0);
    const auto& history = cut->places[0];
    REQUIRE(history.pieces.size() == 3);
    CHECK(history.pieces[0] == " {\"role\":\"user\",\"content\":\"a \\\" ] }\"}");
    CHECK(history.pieces[1] == " ,\n {\"x\":[1,{}]}");
    CHECK(llm::element_of(history.pieces[1]) == "{\"x\":[1,{}]}");
    CHECK(joined(body, *cut) == body);
    CHECK(llm::without_known(body, *cut, 2) == "{\"model\":\"m\", \"messages\" : [7 ],\"n\":1}");
    CHECK(llm::without_known(body, *cut, 3) == "{\"model\":\"m\", \"messages\" : [ ],\"n\":1}");
}

TEST_CASE("standing members are places of their own where they are long") {
    const std::string tools = "[\"" + std::string(300, 't') + "\"]";
    const std::string body = R"({"tools":)" + tools + R"(,"messages":[{"a":1}]})";
    const auto cut = llm::cut_request(*chat, body);
    REQUIRE(cut);
    REQUIRE(cut->places.size() == 2);
    CHECK(cut->history == 1);
    CHECK(cut->places[0].pieces[0] == tools);
    CHECK(joined(body, *cut) == body);
    CHECK(llm::without_known(body, *cut, 0) == R"({"tools":null,"messages":[{"a":1}]})");
    CHECK(llm::cut_request(*chat, R"({"tools":[],"messages":[{"a":1}]})")->places.size() == 1);
}

TEST_CASE("a body of a million bytes with nothing but keys is cut in no time") {
    std::string body = "{";
    for (int i = 0; body.size() < 1'000'000; ++i) {
        body.append(i == 0 ? "\"" : ",\"").append(std::to_string(i)).append("\":0");
    }
    const processor_time spent;
    CHECK(llm::cut_request(*chat, body + "}").has_value());
    CHECK_FALSE(llm::cut_request(*chat, body + R"(,"0":0})").has_value());
    CHECK(spent.seconds() < 2);
}

TEST_CASE("what could be read in two ways is not cut") {
    for (const std::string body :
         {"", "[]", "7", "{", R"({"messages":[1],"messages":[2]})", R"({"mess\u0061ges":[1]})",
          R"({"messages":[1})", R"({"messages":[1 2]})", R"({"messages":["a]})", R"({"messages":[1]} x)",
          R"({"messages":[,1]})", R"({"messages")"}) {
        INFO(body);
        CHECK_FALSE(llm::cut_request(*chat, body));
    }
    CHECK(llm::cut_request(*chat, R"({"messages":"text"})")->history == llm::request_cut::npos);
    CHECK(llm::cut_request(*chat, R"({"messages":[]})")->history == llm::request_cut::npos);
}

}  // namespace tapes::llm::request_cut_test
