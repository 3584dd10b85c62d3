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

TEST_CASE("a request in an envelope is cut there") {
    const test::tested_api gemini{"/v1internal:generateContent"};
    const std::string tools = "[\"" + std::string(300, 't') + "\"]";
    const std::string body =
        R"({"model":"m","request":{"contents":[{"a":1}, {"b":2}],"tools":)" + tools + R"(},"project":"p"})";
    const auto cut = llm::cut_request(*gemini, body);
    REQUIRE(cut);
    CHECK(cut->history == 0);
    REQUIRE(cut->places.size() == 2);
    CHECK(cut->places[0].pieces == std::vector<std::string_view>{R"({"a":1})", R"(, {"b":2})"});
    CHECK(joined(body, *cut) == body);
    CHECK(llm::without_known(body, *cut, 1) ==
          R"({"model":"m","request":{"contents":[{"b":2}],"tools":null},"project":"p"})");
    for (const auto* other :
         {R"({"request":[],"contents":[{"a":1}]})", R"({"contents":[{"a":1}],"request":{}})"}) {
        REQUIRE(llm::cut_request(*gemini, other));
        CHECK(llm::cut_request(*gemini, other)->places.size() == 1);
    }
    CHECK_FALSE(llm::cut_request(*gemini, R"({"contents":[1],"request":{"contents":[2]}})"));
    CHECK_FALSE(llm::cut_request(*gemini, R"({"request":{"a":1,"a":2}})"));
    CHECK_FALSE(llm::cut_request(*gemini, R"({"request":{"contents":[1]})"));
    const auto chat_cut = llm::cut_request(*chat, R"({"request":{"messages":[1,2]}})");
    REQUIRE(chat_cut);
    CHECK(chat_cut->places.empty());
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

TEST_CASE("lists of tools at the front of a history are a place of their own") {
    const test::tested_api responses{"/v1/responses"};
    const std::string tools = R"({"type":"additional_tools","role":"developer","tools":[{"name":"a"}]})";
    const std::string first = R"({"role":"user","content":"q"})";
    const std::string body =
        R"({"model":"m","input":[ )" + tools + " , " + tools + "," + first + "," + tools + "]}";
    const auto cut = llm::cut_request(*responses, body);
    REQUIRE(cut);
    REQUIRE(cut->history == 1);
    CHECK(cut->places[0].pieces.size() == 1);
    CHECK(cut->places[0].pieces[0] == " " + tools + " , " + tools);
    REQUIRE(cut->places[1].pieces.size() == 2);
    CHECK(llm::element_of(cut->places[1].pieces[0]) == first);
    CHECK(joined(body, *cut) == body);
    for (std::size_t known = 0; known <= 2; ++known) {
        llm::request whole;
        llm::request rest;
        REQUIRE(responses->map_request(body, {}, whole) == llm::map_error::none);
        REQUIRE(responses->map_request(llm::without_known(body, *cut, known), {}, rest) ==
                llm::map_error::none);
        CHECK(whole.messages.size() == 1);
        CHECK(rest.messages.size() == (known == 0 ? 1 : 0));
    }
    const auto alone = llm::cut_request(*responses, R"({"input":[)" + tools + "]}");
    REQUIRE(alone);
    CHECK(alone->history == llm::request_cut::npos);
    CHECK(alone->places.size() == 1);
}

TEST_CASE("messages that one answer may have been cut into are not cut apart") {
    const std::string said = R"({"role":"assistant","content":"a"})";
    const std::string asked = R"({"role":"user","content":"a"})";
    for (const auto* const path : {"/v1/chat/completions", "/v1/messages", "/api/chat", "/v1/responses"}) {
        INFO(path);
        const test::tested_api spoken{path};
        REQUIRE(spoken->joins != nullptr);
        CHECK(spoken->joins(said, said));
        CHECK_FALSE(spoken->joins(said, asked));
        CHECK_FALSE(spoken->joins(asked, said));
    }
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
