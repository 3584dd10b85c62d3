#include "former_heads.hpp"
#include "turns.hpp"

#include <tapes/record/rederive.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>

namespace tapes::record::fetched_answer_test {

using namespace record::test;
using capture::drop_reason;

const std::string deep = R"({"model":"gpt-5","input":"deep","background":true})";

std::string response(const std::string& status, const std::string& text, const std::string& id = "resp_1") {
    const auto output =
        text.empty() ? ""
                     : R"({"id":"msg_)" + id + R"(","type":"message","role":"assistant","content":[{)" +
                           R"("type":"output_text","annotations":[],"text":")" + text + R"("}]})";
    const bool over = status != "queued" && status != "in_progress";
    return R"({"id":")" + id + R"(","model":"gpt-5-dated","status":")" + status + R"(","output":[)" + output +
           R"(],"usage":)" +
           (over ? R"({"input_tokens":5,"output_tokens":3,"total_tokens":8}})" : std::string{"null}"});
}

/// A recording to which requests about earlier answers come, too.
class fetching : public recording {
public:
    using recording::recording;

    std::unique_ptr<store::entry> later(const std::string& method, const std::string& target,
                                        std::string_view answer, bool streamed = false,
                                        const std::string& provider = "openai", int status = 200) {
        auto ended = streamed ? stream("", answer) : chat("", answer);
        ended->status = status;
        ended->method = method;
        ended->target = target;
        ended->path = target.substr(0, target.find('?'));
        ended->provider = provider;
        return maker.make(std::move(ended), &*earlier);
    }

    drop_reason fetch(std::string_view answer, const std::string& query = "", bool streamed = false) {
        return commit(later("GET", "/v1/responses/resp_1" + query, answer, streamed));
    }

    drop_reason commit(std::unique_ptr<store::entry> made) {
        REQUIRE(store.commit(std::move(made)));
        const auto name = store::test::text(
            file.path(), "SELECT coalesce(drop_reason, '') FROM exchanges ORDER BY seq DESC LIMIT 1");
        const auto* const known = std::ranges::find(capture::drop_reason_names, name);
        return static_cast<drop_reason>(known - capture::drop_reason_names.begin());
    }

    void question(std::string_view answer = R"({"id":"resp_1","status":"queued","output":[]})") {
        REQUIRE(commit(make(responses_api, deep, answer)) == drop_reason::none);
    }

    std::string first(const std::string& column) const {
        return store::test::text(file.path(),
                                 "SELECT coalesce(" + column + ", '') FROM exchanges WHERE seq = 1");
    }
    /// The text of the first exchange's head.
    std::string said() const {
        return store::test::text(file.path(),
                                 "SELECT n.role || json_extract(n.content, '$[0].text') FROM exchange e"
                                 " JOIN nodes n ON n.id = e.head WHERE e.id = 1");
    }
};

TEST_CASE("a question in the background is a turn whose answer is pending") {
    fetching on;
    on.question();
    CHECK(on.first("stop_reason") == "pending");
    CHECK(on.first("response_id") == "resp_1");
    CHECK(on.said() == "userdeep");
    CHECK(on.count("SELECT count(*) FROM node") == 1);
}

TEST_CASE("what a fetch sees of a pending answer decides what becomes of it") {
    struct row {
        std::string answer;
        drop_reason reason;
        std::string stop_reason;
        std::string head;
        int tokens;
    };
    const auto one = GENERATE(values<row>({
        {response("queued", ""), drop_reason::nothing_new, "pending", "userdeep", 0},
        {response("in_progress", ""), drop_reason::nothing_new, "pending", "userdeep", 0},
        {response("in_progress", "so far"), drop_reason::nothing_new, "pending", "userdeep", 0},
        {response("completed", "answer"), drop_reason::answer_fetched, "completed", "assistantanswer", 8},
        {response("failed", "half"), drop_reason::answer_fetched, "failed", "assistanthalf", 8},
        {response("incomplete", "half"), drop_reason::answer_fetched, "incomplete", "assistanthalf", 8},
        {response("incomplete", ""), drop_reason::answer_fetched, "incomplete", "userdeep", 8},
        {response("cancelled", ""), drop_reason::answer_fetched, "cancelled", "userdeep", 8},
        {response("completed", ""), drop_reason::answer_fetched, "completed", "userdeep", 8},
        {R"({"id":"resp_1","status":"failed","error":{"code":"server_error"},"output":[]})",
         drop_reason::answer_fetched, "failed", "userdeep", 0},
        {"<html>", drop_reason::response_decode, "pending", "userdeep", 0},
        {"", drop_reason::nothing_new, "pending", "userdeep", 0},
    }));
    CAPTURE(one.answer);
    fetching on;
    on.question();
    CHECK(on.fetch(one.answer) == one.reason);
    CHECK(on.first("stop_reason") == one.stop_reason);
    CHECK(on.said() == one.head);
    CHECK(on.count("SELECT coalesce(sum(total_tokens), 0) FROM exchange") == one.tokens);
    CHECK(on.count("SELECT count(*) FROM log WHERE kind = 4") ==
          (one.reason == drop_reason::answer_fetched ? 1 : 0));
}

TEST_CASE("an answer is taken once, however often and by whom it is fetched") {
    fetching on;
    on.question();
    // Two that were made before either was committed.
    auto left = on.later("GET", "/v1/responses/resp_1", response("completed", "answer"));
    auto right = on.later("GET", "/v1/responses/resp_1?include[]=x", response("completed", "answer"));
    CHECK(on.commit(std::move(left)) == drop_reason::answer_fetched);
    CHECK(on.commit(std::move(right)) == drop_reason::nothing_new);
    CHECK(on.fetch(response("completed", "another")) == drop_reason::nothing_new);
    CHECK(on.said() == "assistantanswer");
    CHECK(on.count("SELECT count(*) FROM node") == 2);
    CHECK(on.count("SELECT count(*) FROM fetched_answer") == 1);
    CHECK(on.count("SELECT count(*) FROM exchange WHERE answer_of = 1") == 3);
}

/// What the rows tell of usage, in their order: tokens and the number of the exchange that they are about.
std::string told_of_usage(const fetching& on) {
    return store::test::text(
        on.file.path(),
        "SELECT group_concat(coalesce(total_tokens, '-') || ':' || coalesce(answer_of, '-'),"
        " ' ') FROM (SELECT * FROM exchange ORDER BY id)");
}

TEST_CASE("what an answer took is told once, however often a request for it is sent") {
    struct row {
        std::string about;
        std::vector<std::string> answers;
        std::string told;
    };
    const auto done = response("completed", "answer");
    const auto waiting = response("queued", "");
    const auto one = GENERATE_COPY(values<row>({
        {"sent three times", {done, done, done}, "8:- -:1 -:1"},
        {"answered otherwise under another id", {done, response("completed", "answer", "resp_2")}, "8:- 8:-"},
        {"an id that means nothing", {done, response("completed", "other")}, "8:- 8:-"},
        {"not answered yet", {waiting, waiting}, "-:- -:1"},
        {"answered before", {done, waiting}, "8:- -:1"},
        {"answered when sent again", {waiting, done, done}, "-:- 8:- -:2"},
    }));
    CAPTURE(one.about);
    fetching on;
    for (const auto& answer : one.answers) {
        on.question(answer);
    }
    CHECK(told_of_usage(on) == one.told);
    store::findings wrong;
    CHECK(recheck({on.file.path()}, wrong).mapped == one.answers.size());
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("a question that was sent twice is answered once") {
    fetching on;
    on.question();
    on.question();
    CHECK(on.fetch(response("completed", "answer")) == drop_reason::answer_fetched);
    CHECK(on.fetch(response("completed", "answer")) == drop_reason::nothing_new);
    on.question(response("completed", "answer"));
    CHECK(told_of_usage(on) == "8:- -:1 -:1 -:1 -:1");
    CHECK(on.said() == "assistantanswer");
    store::findings wrong;
    CHECK(recheck({on.file.path()}, wrong).mapped == 3);
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("an answer of any API to a request that is sent again under its key is told once") {
    fetching on;
    struct sent {
        const char* id;
        const char* key;
        std::string body = ask("q");
    };
    for (const auto& [id, key, body] : {sent{"a", "k"},
                                        {"a", "k"},
                                        {"b", "k"},
                                        {"", "k"},
                                        {"", "k"},
                                        {"a", "k"},
                                        {"a", "l"},
                                        {"a", ""},
                                        {"a", ""},
                                        {"a", "k", R"({"seed":1,)" + ask("q").substr(1)}}) {
        auto answer = say("now");
        const std::string shown = std::string{R"("id":")"} + id + '"';
        answer.replace(answer.find(R"("id":)"), answer.find(',') - answer.find(R"("id":)"), shown);
        auto ended = chat(body, answer);
        ended->request_head += *key == 0 ? std::string{} : std::string{"IDEMPOTENCY-Key: "} + key + "\r\n";
        REQUIRE(on.commit(on.maker.make(std::move(ended), &*on.earlier)) == drop_reason::none);
    }
    CHECK(told_of_usage(on) == "7:- -:1 7:- 7:- 7:- -:1 7:- 7:- 7:- 7:-");
    CHECK(on.count("SELECT count(*) FROM node") == 2);
    store::findings wrong;
    CHECK(recheck({on.file.path()}, wrong).mapped == 10);
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("an answer under another agent's name is told once where its id is the provider's own") {
    fetching on;
    on.question(response("completed", "answer"));
    auto ended = chat(deep, response("completed", "answer"));
    ended->path = ended->target = "/v1/responses";
    ended->provider = "openai";
    ended->agent_name = "second";
    REQUIRE(on.commit(on.maker.make(std::move(ended), &*on.earlier)) == drop_reason::none);
    CHECK(told_of_usage(on) == "8:- -:1");
    CHECK(on.count("SELECT count(*) FROM node") == 4);
    CHECK(on.count("SELECT sum(total_tokens) FROM node") == 8);
    store::findings wrong;
    store::verify({on.file.path()}, wrong);
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("an answer to another request is told, whatever its id") {
    struct row {
        std::string about, first, second;
        settings options = {};
    };
    const std::string again = R"({"model":"gpt-5","input":"deep"})";
    const auto one = GENERATE_COPY(values<row>({
        {"another question", again, R"({"model":"gpt-5","input":"deeper"})"},
        {"another parameter", again, R"({"model":"gpt-5","input":"deep","temperature":1})"},
        {"another instruction", again, R"({"model":"gpt-5","instructions":"be","input":"deep"})"},
        {"another model", again, R"({"model":"gpt-6","input":"deep"})"},
        {"a request of which nothing is kept", again, again, {.wire = wire_policy::none}},
    }));
    CAPTURE(one.about);
    fetching on{one.options};
    for (const auto& request : {one.first, one.second}) {
        REQUIRE(on.commit(on.make(responses_api, request, response("completed", "answer"))) ==
                drop_reason::none);
    }
    CHECK(told_of_usage(on) == "8:- 8:-");
}

TEST_CASE("an answer is known by its provider and its id") {
    fetching on;
    on.question();
    const auto answer = response("completed", "answer");
    CHECK(on.commit(on.later("GET", "/v1/responses/resp_2", answer)) == drop_reason::unknown_response);
    CHECK(on.commit(on.later("GET", "/v1/responses/resp_1", answer, false, "other")) ==
          drop_reason::unknown_response);
    CHECK(on.commit(on.later("GET", "/v1/responses/" + std::string(2000, 'r'), answer)) ==
          drop_reason::unknown_response);
    CHECK(on.first("stop_reason") == "pending");
    CHECK(on.count("SELECT count(*) FROM wire WHERE exchange > 1") == 0);
    // The other provider gives the same id.
    auto made = on.make({"/v1/responses", "other"}, deep, R"({"id":"resp_1","status":"queued","output":[]})");
    CHECK(on.commit(std::move(made)) == drop_reason::none);
    CHECK(on.commit(on.later("GET", "/v1/responses/resp_1", answer, false, "other")) ==
          drop_reason::answer_fetched);
    CHECK(on.first("stop_reason") == "pending");
    CHECK(on.count("SELECT count(*) FROM exchanges WHERE stop_reason = 'completed' AND provider = 'other'") ==
          1);
}

TEST_CASE("cancel and delete are recorded as what they are") {
    fetching on;
    on.question();
    SECTION("cancelled") {
        CHECK(on.commit(on.later("POST", "/v1/responses/resp_1/cancel", response("cancelled", ""))) ==
              drop_reason::answer_cancelled);
        CHECK(on.first("stop_reason") == "cancelled");
    }
    SECTION("cancelled with what had come") {
        CHECK(on.commit(on.later("POST", "/v1/responses/resp_1/cancel", response("cancelled", "half"))) ==
              drop_reason::answer_cancelled);
        CHECK(on.first("stop_reason") == "cancelled");
        CHECK(on.said() == "assistanthalf");
    }
    SECTION("deleted while it is pending") {
        CHECK(on.commit(on.later("DELETE", "/v1/responses/resp_1", R"({"id":"resp_1","deleted":true})")) ==
              drop_reason::answer_deleted);
        CHECK(on.first("stop_reason") == "deleted");
        CHECK(on.count("SELECT count(*) FROM node") == 1);
    }
    SECTION("deleted when it is known") {
        CHECK(on.fetch(response("completed", "answer")) == drop_reason::answer_fetched);
        CHECK(on.commit(on.later("DELETE", "/v1/responses/resp_1", R"({"id":"resp_1","deleted":true})")) ==
              drop_reason::answer_deleted);
        CHECK(on.first("stop_reason") == "completed");
    }
    SECTION("refused") {
        auto ended = chat("", R"({"error":{"message":"no"}})");
        ended->method = "POST";
        ended->target = ended->path = "/v1/responses/resp_1/cancel";
        ended->status = 400;
        CHECK(on.commit(on.maker.make(std::move(ended), &*on.earlier)) == drop_reason::upstream_status);
        CHECK(on.first("stop_reason") == "pending");
    }
}

std::string delta(int number, const std::string& text) {
    return R"(data: {"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"msg_1",)"
           R"("sequence_number":)" +
           std::to_string(number) + R"(,"delta":")" + text + "\"}\n\n";
}

const std::string created =
    R"(data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"queued","output":[]}})"
    "\n\n";
const std::string announced =
    R"(data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":)"
    R"({"id":"msg_1","type":"message","role":"assistant","content":[]}})"
    "\n\n";
const std::string over =
    R"(data: {"type":"response.completed","sequence_number":9,"response":{"id":"resp_1","status":"completed",)"
    R"("output":[],"usage":{"input_tokens":5,"output_tokens":3,"total_tokens":8}}})"
    "\n\n";

TEST_CASE("a stream that goes on elsewhere is one with its beginning") {
    fetching on;
    const auto begin = [&](const std::string& events) {
        auto ended = stream(deep, events);
        ended->path = ended->target = "/v1/responses";
        ended->ended = capture::end_reason::upstream_closed;
        REQUIRE(on.commit(on.maker.make(std::move(ended), &*on.earlier)) == drop_reason::none);
    };
    SECTION("it had only begun") {
        begin(created);
        CHECK(on.first("stop_reason") == "pending");
        CHECK(on.fetch(announced + delta(2, "all") + over, "?stream=true&starting_after=0", true) ==
              drop_reason::answer_fetched);
        CHECK(on.said() == "assistantall");
    }
    SECTION("events come again") {
        begin(created + announced + delta(2, "the ") + delta(3, "start "));
        CHECK(on.first("stop_reason") == "incomplete");
        CHECK(on.said() == "assistantthe start ");
        CHECK(on.fetch(delta(3, "start ") + delta(4, "and the rest") + over, "?stream=true&starting_after=2",
                       true) == drop_reason::answer_fetched);
        CHECK(on.said() == "assistantthe start and the rest");
        CHECK(on.count("SELECT count(*) FROM node") == 3);
    }
    SECTION("it breaks off more than once") {
        begin(created + announced + delta(2, "one "));
        CHECK(on.fetch(delta(3, "two "), "?stream=true&starting_after=2", true) ==
              drop_reason::answer_fetched);
        CHECK(on.first("stop_reason") == "incomplete");
        CHECK(on.said() == "assistantone two ");
        CHECK(on.fetch(delta(2, "one"), "?stream=true&starting_after=1", true) == drop_reason::nothing_new);
        CHECK(on.said() == "assistantone two ");
        CHECK(on.fetch(delta(4, "three") + over, "?stream=true&starting_after=3", true) ==
              drop_reason::answer_fetched);
        CHECK(on.said() == "assistantone two three");
    }
    SECTION("from its beginning") {
        begin(created + announced + delta(2, "one "));
        CHECK(on.fetch(created + announced + delta(2, "all") + over, "?stream=true", true) ==
              drop_reason::answer_fetched);
        CHECK(on.said() == "assistantall");
    }
    SECTION("as an object") {
        begin(created + announced + delta(2, "one "));
        CHECK(on.fetch(response("in_progress", "one t")) == drop_reason::nothing_new);
        CHECK(on.fetch(response("completed", "one two")) == drop_reason::answer_fetched);
        CHECK(on.said() == "assistantone two");
    }
    store::findings wrong;
    CHECK(recheck({on.file.path()}, wrong).mapped == 1);
    CHECK(wrong.lines() == std::vector<std::string>{});
}

TEST_CASE("the next request goes on from the fetched answer, by its id and by its items") {
    fetching on;
    on.question();
    CHECK(on.fetch(response("completed", "answer")) == drop_reason::answer_fetched);
    const auto by_id =
        on.turn(responses_api, R"({"model":"gpt-5","input":"next","previous_response_id":"resp_1"})",
                response("completed", "b", "resp_2"));
    const auto by_item = on.turn(
        responses_api,
        R"({"model":"gpt-5","input":[{"role":"user","content":"deep"},{"type":"item_reference","id":"msg_resp_1"},)"
        R"({"role":"user","content":"next"}]})",
        response("completed", "b", "resp_3"));
    CHECK(by_id == by_item);
    CHECK(on.count("SELECT count(*) FROM node") == 4);
    CHECK(on.forks() == 0);
}

/// A turn that went on before the answer of the first was fetched.
void go_on_early(fetching& on, const std::string& how) {
    const auto ask = R"({"model":"gpt-5","input":"next",)" + how + "}";
    on.turn(responses_api, ask, response("completed", "b", "resp_2"));
    REQUIRE(on.fetch(response("completed", "answer")) == drop_reason::answer_fetched);
}

std::vector<std::string> complaints(const fetching& on) {
    store::findings wrong;
    recheck({on.file.path()}, wrong);
    return wrong.lines();
}

TEST_CASE("a request may have gone on before the answer that it names was whole") {
    fetching on;
    SECTION("from the question") {
        on.question();
        go_on_early(on, R"("previous_response_id":"resp_1")");
        CHECK(on.above == 1);
        CHECK(complaints(on) == std::vector<std::string>{});
        CHECK(on.count("SELECT count(*) FROM node WHERE parent = 1") == 2);
    }
    SECTION("from the question in a conversation") {
        on.commit(on.make(responses_api,
                          R"({"model":"gpt-5","input":"deep","background":true,"conversation":"c"})",
                          R"({"id":"resp_1","status":"queued","output":[]})"));
        go_on_early(on, R"("conversation":"c")");
        CHECK(on.above == 2);  // below what tells of the conversation
        CHECK(complaints(on) == std::vector<std::string>{});
    }
    SECTION("from an answer that was shorter then") {
        auto ended = stream(deep, created + announced + delta(2, "ans"));
        ended->path = ended->target = "/v1/responses";
        ended->ended = capture::end_reason::upstream_closed;
        REQUIRE(on.commit(on.maker.make(std::move(ended), &*on.earlier)) == drop_reason::none);
        go_on_early(on, R"("previous_response_id":"resp_1")");
        CHECK(on.above == 2);
        CHECK(complaints(on) == std::vector<std::string>{});
    }
}

TEST_CASE("a request that names an answer may not go on from another exchange's question or answer") {
    fetching on;
    on.question();
    on.turn(responses_api, R"({"model":"gpt-5","input":"other"})", response("completed", "c", "resp_3"));
    go_on_early(on, R"("previous_response_id":"resp_1")");
    SECTION("whose answer came later as well") {
        REQUIRE(on.commit(on.make(responses_api, R"({"model":"gpt-5","input":"third","background":true})",
                                  R"({"id":"resp_4","status":"queued","output":[]})")) == drop_reason::none);
        REQUIRE(on.commit(on.later("GET", "/v1/responses/resp_4", response("completed", "d", "resp_4"))) ==
                drop_reason::answer_fetched);
    }
    CHECK(complaints(on) == std::vector<std::string>{});
    store::derived_rows rows{on.file.path()};
    store::history history{on.file.path()};
    former_heads former{rows, history};
    std::vector<std::int64_t> known;
    for (std::int64_t node = 1; node <= on.count("SELECT max(id) FROM node"); ++node) {
        if (former.contains(node, 3, "resp_1")) {
            known.push_back(node);
        }
    }
    const auto head = on.count("SELECT head FROM exchange WHERE id = 1");
    CHECK(known == std::vector<std::int64_t>{1, head});
    CHECK_FALSE(former.contains(1, 1, "resp_1"));  // it came no earlier
    CHECK_FALSE(former.contains(1, 3, "resp_3"));
    CHECK(former.contains(1, 3, ""));
    // Somebody has given the name to another exchange since.
    store::connection db{on.file.path(), SQLITE_OPEN_READWRITE};
    db.exec("UPDATE exchange SET response_id = 'resp_' || (4 - id) WHERE id IN (1, 3)");
    const auto told = complaints(on);
    CHECK(std::ranges::any_of(told, [](const auto& line) {
        return line.find("goes on from node 1, which is no answer named \"resp_1\"") != std::string::npos;
    }));
}

TEST_CASE("a deferred completion is fetched in the same way") {
    fetching on;
    REQUIRE(on.commit(on.make(chat_api, ask("later"), R"({"request_id":"abc"})")) == drop_reason::none);
    CHECK(on.first("stop_reason") == "pending");
    CHECK(on.first("response_id") == "abc");
    const std::string target = "/v1/chat/deferred-completion/abc";
    for (const std::string body : {"", R"({"status":"pending"})", "Accepted"}) {
        CAPTURE(body);
        CHECK(on.commit(on.later("GET", target, body, false, "openai", 202)) == drop_reason::nothing_new);
    }
    CHECK(on.commit(on.later("GET", target, say("now"))) == drop_reason::answer_fetched);
    CHECK(on.said() == "assistantnow");
    CHECK(on.first("response_id") == "abc");
    CHECK(on.first("stop_reason") == "stop");
    CHECK(on.count("SELECT sum(total_tokens) FROM exchange") == 7);
}

}  // namespace tapes::record::fetched_answer_test
