#include "processor_time.hpp"
#include "read/told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/exchange_difference.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/session_difference.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::read::exchange_difference_test {

namespace {

using namespace test;
using lines = std::vector<std::string>;

const price_table& no_prices() {
    static const price_table made;
    return made;
}

turn_options asked(const std::string& request) {
    turn_options made;
    made.request = request;
    made.response_head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: now";
    made.response = "{}";
    return made;
}

std::string outline(const part_difference& one) {
    auto made = std::string{to_string(one.kind)} + " " + std::string{to_string(one.part)} + " " + one.name +
                ":" + (one.only_cache_control ? " cache_control" : "");
    for (const auto& piece : one.text.pieces) {
        made += " " + std::string{to_string(piece.kind)}.substr(0, 1) + "(" + piece.text + ")";
    }
    for (const auto& value : one.values.values) {
        made += " " + value.path;
    }
    return made;
}

lines outline(const exchange_comparison& from) {
    lines told;
    for (const auto& one : from.parts) {
        told.push_back(outline(one));
    }
    return told;
}

exchange_comparison compared(const told_store& store, std::int64_t left, std::int64_t right) {
    sources from{store.path(), "", no_prices()};
    auto made = compare_exchanges(from, left, right);
    REQUIRE(made);
    return *made;
}

}  // namespace

TEST_CASE("two requests are compared part by part, and their answers by what they say") {
    told_store store;
    store.tell({said("user", "hi")}, said("assistant", "hello there"),
               asked(R"({"model":"a","temperature":1,"tools":[
                {"type":"function","function":{"name":"x","description":"old"}},
                {"type":"function","function":{"name":"y"}}],
                "messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]})"));
    auto options =
        asked(R"({"messages":[{"role":"system","content":"be  brief"},{"role":"user","content":"hi"},
                {"role":"user","content":"more"}],"top_p":0.5,"model":"b","tools":[
                {"type":"function","function":{"name":"y"}},
                {"type":"function","function":{"name":"x","description":"new"}}]})");
    options.response_head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: later\r\nX-A: 1\r\nx-a: 2";
    store.tell({said("user", "hi"), said("user", "more")}, said("assistant", "hello you"), options);
    const auto made = compared(store, 1, 2);
    CHECK(outline(made) == lines{"changed model model: r(a) a(b)", "removed parameter temperature: r(1)",
                                 "added parameter top_p: a(0.5)", "changed tool x: /function/description",
                                 "changed message system: s(be) r( ) a(  ) s(brief)",
                                 "added message user: a(more)"});
    CHECK(made.same_parts == 2);
    CHECK(made.tools_reordered);
    REQUIRE(made.response_fields.size() == 2);
    CHECK(made.response_fields[0].name == "content-type");
    CHECK(made.response_fields[0].right == "text/plain");
    CHECK(made.response_fields[1].right == "1, 2");
    REQUIRE(made.answer);
    CHECK(made.answer->kind == change::changed);
    CHECK(made.answer->blocks.at(0).text.pieces.size() == 3);
    const auto json = exchange_comparison_json(made);
    CHECK(json["left"]["parts"] == 6);
    CHECK(json["response_fields"][0]["left"] == "application/json");
    CHECK(part_difference_json(made.parts[3])["values"][0]["path"] == "/function/description");
    const auto turned = compared(store, 2, 1);
    CHECK(outline(turned).at(1) == "removed parameter top_p: r(0.5)");
    const auto none = compared(store, 1, 1);
    CHECK(none.parts.empty());
    CHECK(none.request_fields.empty());
    CHECK(none.answer->kind == change::same);
}

TEST_CASE("what differs is shown, whatever numbers can hold") {
    told_store store;
    store.tell({said("user", "hi")}, said("assistant", "a"),
               asked(R"({"model":"a","options":{"seed":12345678901234567890123},"messages":[]})"));
    store.tell({said("user", "hi")}, said("assistant", "b"),
               asked(R"({"model":"a","options":{"seed":12345678901234567890124},"messages":[]})"));
    const auto made = compared(store, 1, 2);
    REQUIRE(made.parts.size() == 1);
    CHECK_FALSE(made.parts[0].values.compared);
    CHECK(made.parts[0].text.removed_bytes == 23);
}

TEST_CASE("tools of one name are compared in order, in linear time") {
    told_store store;
    const auto request = [](int tools, const std::string& last) {
        std::string made = R"({"model":"a","messages":[],"tools":[)";
        for (int i = 0; i < tools; ++i) {
            made += R"({"type":"function","function":{"name":"x","n":1}},)";
        }
        return asked(made + R"({"type":"function","function":{"name":")" + last + "\"}}]}");
    };
    store.tell({said("user", "hi")}, said("assistant", "a"), request(2, "x"));
    store.tell({said("user", "hi")}, said("assistant", "b"), request(3, "y"));
    store.tell({said("user", "hi")}, said("assistant", "c"), request(50'000, "y"));
    CHECK(outline(compared(store, 1, 2)) ==
          lines{"changed tool x: /function/n",
                R"(added tool y: a({"type":"function","function":{"name":"y"}}))"});
    CHECK(outline(compared(store, 2, 1)).size() == 2);
    const processor_time time;
    const auto made = compared(store, 1, 3);
    CHECK(time.seconds() < 20);
    CHECK(made.same_parts == 3);
    CHECK(made.parts.size() + made.more_parts == 49'999);
}

TEST_CASE("exchanges without bytes, or whose requests cannot be read, are compared by what there is") {
    told_store store;
    store.tell({said("user", "hi")}, said("assistant", "hello"));
    store.tell({said("user", "ho")}, said("assistant", "hello"), asked("{\"model\":\"a\""));
    store.tell({said("user", "ha")}, said("assistant", "hello"), asked(R"({"model":"a","messages":[]})"));
    auto made = compared(store, 1, 2);
    CHECK_FALSE(made.left.has_bytes);
    CHECK(made.right.has_bytes);
    CHECK(made.parts.empty());
    CHECK(made.answer->kind == change::same);
    made = compared(store, 2, 3);
    CHECK_FALSE(made.left.fault.empty());
    CHECK(made.right.fault.empty());
    sources from{store.path(), "", no_prices()};
    CHECK_FALSE(compare_exchanges(from, 1, 9));
}

TEST_CASE("two sessions are compared by their figures, and thread by thread") {
    told_store store;
    turn_options options;
    options.session = "one";
    options.used.prompt_tokens = 10;
    options.used.completion_tokens = 5;
    const auto ask = said("user", "fix it");
    const merkle::message look{"assistant", {call_block("a-call-id", "Bash", "{}")}};
    const merkle::message done{"tool", {result_block("a-call-id", "x")}};
    store.tell({ask}, look, options);
    store.tell({ask, look, done}, said("assistant", "fixed"), options);
    options.session = "two";
    store.tell({ask}, look, options);
    store.tell({ask, look, done}, said("assistant", "not fixed"), options);
    options.agent_id = "agent";
    store.tell({said("user", "look around")}, said("assistant", "nobody"), options);
    catalogue::catch_up({store.path(), true}, [](const catalogue::progress&) { return true; });
    sources from{store.path(), catalogue::path_of(store.path()), no_prices()};
    const auto one = from.catalogue->sessions_by_name("one").at(0).id;
    const auto two = from.catalogue->sessions_by_name("two").at(0).id;
    const auto made = compare_sessions(from, no_prices(), one, two);
    REQUIRE(made);
    CHECK(made->left.session.turns == 2);
    CHECK(made->right.session.turns == 3);
    REQUIRE(made->tools.size() == 1);
    CHECK(made->tools[0].tool == "Bash");
    CHECK(made->tools[0].left_calls == 1);
    REQUIRE(made->threads.size() == 2);
    CHECK(made->threads[0].common_nodes == 3);
    CHECK(made->threads[0].left->nodes == 4);
    CHECK_FALSE(made->threads[1].left);
    CHECK(made->threads[1].right->number == 2);
    const auto json = thread_comparison_json(made->threads[1]);
    CHECK(json["left"] == nullptr);
    CHECK(json["right"]["kind"] == "subagent");
    CHECK(session_comparison_json(*made)["tools"][0]["left_calls"] == 1);
    CHECK_FALSE(compare_sessions(from, no_prices(), one, 99));
}

}  // namespace tapes::read::exchange_difference_test
