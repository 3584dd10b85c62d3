// What the name of an item stood for, where names are given more than once or come later.
#include "turns.hpp"

#include <tapes/record/rederive.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::record::earlier_items_test {

using namespace record::test;
using capture::drop_reason;

namespace {

std::string answer(const std::string& id, const std::string& item, const std::string& text) {
    return R"({"id":")" + id +
           R"(","status":"completed","model":"gpt-5","output":[{"type":"message","id":")" + item +
           R"(","role":"assistant","status":"completed","content":[{"type":"output_text","text":")" + text +
           R"(","annotations":[]}]}],"usage":null})";
}

std::string ask(const std::string& question, const std::string& more = "") {
    return R"({"model":"gpt-5","input":[{"role":"user","content":")" + question + R"("}])" + more + "}";
}

std::string ask_about(const std::string& item) {
    return R"({"model":"gpt-5","input":[{"role":"user","content":"q"},{"type":"item_reference","id":")" +
           item + R"("},{"role":"user","content":"more"}]})";
}

/// A recording with questions in the background, and fetches of their answers.
class referring : public recording {
public:
    void wait_for(const std::string& id, const std::string& events) {
        auto ended = stream(ask("q", R"(,"background":true,"stream":true)"),
                            R"(data: {"type":"response.created","sequence_number":0,"response":{"id":")" +
                                id + "\",\"status\":\"queued\",\"output\":[]}}\n\n" + events);
        ended->path = ended->target = responses_api.path;
        ended->ended = capture::end_reason::upstream_closed;
        REQUIRE(store.commit(maker.make(std::move(ended), &*earlier)));
    }

    void fetch(const std::string& id, const std::string& whole) {
        auto ended = chat("", whole);
        ended->method = "GET";
        ended->path = ended->target = "/v1/responses/" + id;
        REQUIRE(store.commit(maker.make(std::move(ended), &*earlier)));
    }

    /// The text that stands before the last question of that response's request.
    std::string said_in(const std::string& response) const {
        return store::test::text(
            file.path(),
            "SELECT coalesce(json_extract(said.content, '$[0].text'), '') FROM exchange e"
            " JOIN node a ON a.id = e.head JOIN node asked ON asked.id = a.parent"
            " JOIN node said ON said.id = asked.parent"
            " WHERE e.response_id = '" +
                response + "'");
    }

    std::vector<std::string> complaints() const {
        store::findings wrong;
        recheck({file.path()}, wrong);
        return wrong.lines();
    }
};

const std::string begun =
    R"(data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":)"
    R"({"id":"msg_1","type":"message","role":"assistant","content":[]}})"
    "\n\n"
    R"(data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"msg_1",)"
    R"("sequence_number":2,"delta":"wh"})"
    "\n\n";

}  // namespace

TEST_CASE("what an item's name stands for is decided by what was recorded before") {
    referring on;
    SECTION("later answers give the name again") {
        on.turn(responses_api, ask("q"), answer("resp_1", "msg_1", "first"));
        on.turn(responses_api, ask_about("msg_1"), answer("resp_2", "msg_2", "next"));
        on.turn(responses_api, ask("other"), answer("resp_3", "msg_1", "second"));
        on.turn(responses_api, ask_about("msg_1"), answer("resp_4", "msg_2", "next"));
        on.turn(responses_api, ask("another"), answer("resp_5", "msg_1", "third"));
        CHECK(on.said_in("resp_2") == "first");
        CHECK(on.said_in("resp_4") == "second");
    }
    SECTION("the name was not known") {
        on.turn(responses_api, ask_about("msg_1"), answer("resp_2", "msg_2", "next"));
        on.turn(responses_api, ask("other"), answer("resp_3", "msg_1", "first"));
        CHECK(on.said_in("resp_2") == "");
    }
    SECTION("the answer itself has it") {
        on.turn(responses_api, ask_about("msg_1"), answer("resp_2", "msg_1", "next"));
        CHECK(on.said_in("resp_2") == "");
    }
    SECTION("a fetch brings it later, which an older answer had as well") {
        on.turn(responses_api, ask("other"), answer("resp_0", "msg_1", "old"));
        on.wait_for("resp_1", "");
        on.turn(responses_api, ask_about("msg_1"), answer("resp_2", "msg_2", "next"));
        on.fetch("resp_1", answer("resp_1", "msg_1", "whole"));
        on.turn(responses_api, ask_about("msg_1"), answer("resp_3", "msg_3", "next"));
        CHECK(on.said_in("resp_2") == "old");
        CHECK(on.said_in("resp_3") == "whole");
    }
    SECTION("the item was shorter") {
        on.wait_for("resp_1", begun);
        on.turn(responses_api, ask_about("msg_1"), answer("resp_2", "msg_2", "next"));
        on.fetch("resp_1", answer("resp_1", "msg_1", "whole"));
        on.turn(responses_api, ask_about("msg_1"), answer("resp_3", "msg_3", "next"));
        CHECK(on.said_in("resp_2") == "wh");
        CHECK(on.said_in("resp_3") == "whole");
    }
    CHECK(on.complaints() == std::vector<std::string>{});
    const store::test::temporary_store to;
    CHECK(rederive({on.file.path(), to.path(), {}, {}, {}}).same());
    store::findings wrong;
    recheck({to.path()}, wrong);
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("a request whose item was another one is found out") {
    referring on;
    on.turn(responses_api, ask("q"), answer("resp_1", "msg_1", "first"));
    on.turn(responses_api, ask_about("msg_1"), answer("resp_2", "msg_2", "next"));
    on.turn(responses_api, ask("other"), answer("resp_3", "msg_3", "second"));
    store::connection db{on.file.path(), SQLITE_OPEN_READWRITE};
    db.exec("UPDATE wire SET request = replace(request, '\"msg_1\"', '\"msg_3\"') WHERE exchange = 2");
    CHECK(on.complaints().size() == 1);
}

}  // namespace tapes::record::earlier_items_test
