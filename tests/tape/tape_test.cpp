#include "record/turns.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/llm/aws_events.hpp>
#include <tapes/tape/tape.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::tape::tape_test {

using namespace tapes::record::test;

namespace {

std::string completion(const std::string& text) {
    return R"({"id":"c1","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":")" +
           text + R"("},"finish_reason":"stop"}]})";
}

/// A store with turns in it, and a tape that plays it.
class played {
public:
    void failure(const std::string& body, int status, const std::string& head) {
        auto ended = chat(body, R"({"error":{"message":"no"}})");
        ended->status = status;
        ended->response_head = head;
        auto made = store.maker.make(std::move(ended), &*store.earlier);
        REQUIRE(made->dropped == capture::drop_reason::upstream_status);
        REQUIRE(store.store.commit(std::move(made)));
    }

    tape& play(options wanted = {}) {
        const auto path = store.file.path();
        const auto catch_up = [path] {
            catalogue::catch_up({path, true}, [](const catalogue::progress&) { return true; });
        };
        catch_up();
        wanted.stores.push_back({path, catalogue::path_of(path), catch_up});
        return tape_.emplace(std::move(wanted));
    }

    /// Asks for a turn; the status and the body.
    std::pair<int, std::string> ask(const std::string& body,
                                    const std::string& path = "/v1/chat/completions") {
        mock::asked request;
        request.method = "POST";
        request.target = path;
        request.head = "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
        request.body = body;
        const auto given = tape_->answer(request);
        std::string said;
        while (auto piece = given->next()) {
            said += piece->bytes;
        }
        return {given->status, said};
    }

    recording store;

private:
    std::optional<tape> tape_;
};

TEST_CASE("a turn is answered by its conversation, whoever had asked it") {
    played one;
    one.store.turn(chat_api, request({user("ping")}), completion("pong"));
    one.store.turn(chat_api, request({user("ping"), assistant("pong"), user("more")}), completion("enough"));
    const auto& tape = one.play();
    CHECK(one.ask(request({user("ping")})) == std::pair{200, completion("pong")});
    CHECK(one.ask(request({user("ping"), assistant("pong"), user("more")})).second == completion("enough"));
    CHECK(one.ask(request({user("ping")}), "/openai/deployments/x/chat/completions").first == 200);
    const auto missed = one.ask(request({user("ping"), assistant("pong"), user("less")}));
    CHECK(missed.first == 404);
    CHECK(missed.second.find("Of its 3 messages the first 2 were recorded") != std::string::npos);
    CHECK(missed.second.find("differs: recorded “more”, asked “less”.") != std::string::npos);
    CHECK(one.ask(request({user("ping")}, R"(,"stream":true)")).second.find("wants a stream") !=
          std::string::npos);
    CHECK(one.ask("{}").first == 404);
    CHECK(one.ask("").first == 404);
    const auto told = tape.now();
    CHECK(told.answered == 3);
    CHECK(told.missed == 4);
    CHECK(told.misses.size() == 3);  // two are the same
}

TEST_CASE("a miss tells of answers of another model, and of another API") {
    struct row {
        std::string body, path, told;
    };
    const auto of_model = [](const std::string& messages) {
        return R"({"model":"z","messages":[)" + messages + "]}";
    };
    const std::string chat_path = "/v1/chat/completions";
    const auto asked = GENERATE_REF(values<row>(
        {{of_model(user("ping")), chat_path,
          "Its conversation was recorded with another model: recorded “gpt-4o”, asked “z” (--ignore model"},
         {of_model(user("ping") + "," + assistant("pong") + "," + user("less")), chat_path,
          "Of its 3 messages the first 2 were recorded, up to node"},
         {of_model(user("ping") + "," + assistant("pong") + "," + user("less")), chat_path,
          "recorded “more”, asked “less”; the model differs, too: recorded “gpt-4o”, asked “z”"},
         {of_model(user("pong")), chat_path, "the model differs, too: recorded “gpt-4o”"},
         {R"({"model":"gpt-4o","max_tokens":5,"messages":[)" + user("ping") + "]}", "/v1/messages",
          "was recorded, but with answers of another API (openai_chat): this request is one of anthropic"}}));
    played one;
    one.store.turn(chat_api, request({user("ping")}), completion("pong"));
    one.store.turn(chat_api, request({user("ping"), assistant("pong"), user("more")}), completion("enough"));
    one.play();
    const auto missed = one.ask(asked.body, asked.path);
    CHECK(missed.first == 404);
    CHECK_THAT(missed.second, Catch::Contains(asked.told));
    CHECK_THAT(missed.second, !Catch::Contains("nothing was recorded in the place"));
}

TEST_CASE("what was said before may differ within the tolerance, from the first message on") {
    played one;
    const auto asked = [](const std::string& date) {
        return request({R"({"role":"system","content":"Today is )" + date + R"("})", user("ping")});
    };
    one.store.turn(chat_api, asked("2026-01-31"), completion("pong"));
    one.play();
    CHECK(one.ask(asked("2027-12-24")) == std::pair{200, completion("pong")});
    options exact;
    exact.looked_past.names = {"none"};
    one.play(std::move(exact));
    CHECK(one.ask(asked("2026-01-31")).first == 200);
    CHECK(one.ask(asked("2027-12-24")).first == 404);
}

TEST_CASE("errors before an answer come before it, and repeats in their order") {
    played one;
    const auto body = request({user("ping")});
    one.failure(body, 429, "HTTP/1.1 429 Slow\r\nContent-Type: application/json\r\n");
    one.failure(body, 500, "HTTP/1.1 500 Broken\r\nContent-Type: application/json\r\n");
    one.store.turn(chat_api, body, completion("pong"));
    one.failure(request({user("never")}), 400, "HTTP/1.1 400 No\r\nContent-Type: application/json\r\n");
    one.store.turn(chat_api, body, completion("another"));
    one.play();
    CHECK(one.ask(body).first == 429);
    CHECK(one.ask(body).first == 500);
    CHECK(one.ask(body).second == completion("pong"));
    CHECK(one.ask(body).second == completion("another"));
    CHECK(one.ask(body).second == completion("another"));
    CHECK(one.ask(request({user("never")})).first == 400);
}

TEST_CASE("what is recorded meanwhile is found") {
    played one;
    one.store.turn(chat_api, request({user("ping")}), completion("pong"));
    one.play();
    CHECK(one.ask(request({user("later")})).first == 404);
    one.store.turn(chat_api, request({user("later")}), completion("now"));
    CHECK(one.ask(request({user("later")})) == std::pair{200, completion("now")});
}

TEST_CASE("answers that an earlier one is named for are found") {
    played one;
    const auto said = [](const std::string& id, const std::string& text) {
        return R"({"id":")" + id +
               R"(","object":"response","status":"completed","model":"gpt-5","output":[{"type":"message","id":"m_)" +
               id + R"(","role":"assistant","status":"completed","content":[{"type":"output_text","text":")" +
               text + R"(","annotations":[]}]}]})";
    };
    const std::string first = R"({"model":"gpt-5","input":"hello"})";
    const std::string second = R"({"model":"gpt-5","previous_response_id":"resp_1","input":"on 2026-01-31"})";
    const std::string other = R"({"model":"gpt-5","previous_response_id":"resp_1","input":"on 2027-02-01"})";
    one.store.turn(responses_api, first, said("resp_1", "hi"));
    one.store.turn(responses_api, second, said("resp_2", "there"));
    one.play();
    CHECK(one.ask(first, "/v1/responses").second == said("resp_1", "hi"));
    CHECK(one.ask(second, "/v1/responses").second == said("resp_2", "there"));
    CHECK(one.ask(other, "/v1/responses").second == said("resp_2", "there"));
    const auto missed =
        one.ask(R"({"model":"gpt-5","previous_response_id":"resp_9","input":"x"})", "/v1/responses");
    CHECK(missed.first == 404);
}

std::string converse_events() {
    std::string out;
    llm::append_aws_event(out, "event", "messageStart", R"({"role":"assistant"})");
    llm::append_aws_event(out, "event", "contentBlockDelta",
                          R"({"contentBlockIndex":0,"delta":{"text":"pong"}})");
    llm::append_aws_event(out, "event", "contentBlockStop", R"({"contentBlockIndex":0})");
    llm::append_aws_event(out, "event", "messageStop", R"({"stopReason":"end_turn"})");
    return out;
}

TEST_CASE("each API is answered with the bytes that were recorded, by the model that its path names") {
    struct row {
        const char *path, *other_path, *provider;
        std::string request, answer;
        const char* type = "application/json";
    };
    const std::string gemini =
        R"({"candidates":[{"content":{"role":"model","parts":[{"text":"pong"}]},"finishReason":"STOP"}],"modelVersion":"g"})";
    const std::string contents = R"({"contents":[{"role":"user","parts":[{"text":"ping"}]}]})";
    const std::string said = R"({"messages":[{"role":"user","content":[{"text":"ping"}]}]})";
    const std::string converse =
        R"({"output":{"message":{"role":"assistant","content":[{"text":"pong"}]}},"stopReason":"end_turn"})";
    const std::string invoked =
        R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"ping"}]})";
    const std::string completed =
        R"({"id":"c","object":"text_completion","model":"m","choices":[{"index":0,"text":"pong","finish_reason":"stop"}]})";
    const std::string queued =
        R"({"id":"resp_1","object":"response","status":"queued","model":"m","background":true,"output":[]})";
    const std::vector<row> rows{
        {"/v1beta/models/g:generateContent", "/v1beta/models/h:generateContent", "gemini", contents, gemini},
        {"/v1beta/models/g:streamGenerateContent", "/v1beta/models/h:streamGenerateContent", "gemini",
         contents, "data: " + gemini + "\r\n\r\n", "text/event-stream"},
        {"/v1beta/models/g:streamGenerateContent", "/v1beta/models/h:streamGenerateContent", "gemini",
         contents, "[" + gemini + "]"},
        {"/model/anthropic.x/invoke", "/model/anthropic.y/invoke", "bedrock", invoked,
         claude(text_block("pong"))},
        {"/model/x/converse", "/model/y/converse", "bedrock", said, converse},
        {"/model/x/converse-stream", "/model/y/converse-stream", "bedrock", said, converse_events(),
         "application/vnd.amazon.eventstream"},
        {"/openai/deployments/a/chat/completions", "/openai/deployments/b/chat/completions", "azure",
         R"({"messages":[{"role":"user","content":"ping"}]})", completion("pong")},
        {"/v1/completions", "", "openai", R"({"model":"m","prompt":"ping"})", completed},
        {"/v1/responses", "", "openai", R"({"model":"m","input":"ping","background":true})", queued},
    };
    for (const auto& each : rows) {
        INFO(each.path << " " << each.type);
        played one;
        auto ended = chat(each.request, each.answer);
        ended->path = ended->target = each.path;
        ended->provider = each.provider;
        ended->event_stream = std::string_view{each.type} != "application/json";
        ended->response_head = std::string{"HTTP/1.1 200 OK\r\nContent-Type: "} + each.type + "\r\n";
        auto made = one.store.maker.make(std::move(ended), &*one.store.earlier);
        REQUIRE(made->dropped == capture::drop_reason::none);
        REQUIRE(one.store.store.commit(std::move(made)));
        one.play();
        CHECK(one.ask(each.request, each.path) == std::pair{200, each.answer});
        CHECK(one.ask(each.request, each.path) == std::pair{200, each.answer});
        auto other = each.request;
        other.replace(other.find("ping"), 4, "pang");
        CHECK(one.ask(other, each.path).first == 404);
        if (*each.other_path != 0) {
            CHECK(one.ask(each.request, each.other_path).first == 404);
        }
    }
}

TEST_CASE("a request that has no answer may be passed on") {
    played one;
    one.store.turn(chat_api, request({user("ping")}), completion("pong"));
    options wanted;
    wanted.pass_to = "http://127.0.0.1:1/runs/x";
    auto& tape = one.play(std::move(wanted));
    mock::asked asked;
    asked.method = "GET";
    asked.target = "/v1/models";
    asked.head = "GET /v1/models HTTP/1.1\r\n";
    CHECK(tape.answer(asked)->pass_to == "http://127.0.0.1:1/runs/x");
    CHECK(tape.now().passed == 1);
    asked.target = "/v1/responses";
    CHECK_FALSE(tape.accepts_websocket(asked));
}

TEST_CASE("any bytes are a request without an answer") {
    played one;
    one.store.turn(chat_api, request({user("ping")}), completion("pong"));
    one.play();
    for (const auto& body :
         {std::string{"\xff\xfe\x00", 3}, std::string(100000, '['), std::string{R"({"messages":1})"},
          R"({"model":"gpt-4o","messages":[)" + user(std::string(3000000, 'x')) + "]}"}) {
        const auto [status, said] = one.ask(body);
        CHECK(status == 404);
        CHECK(said.size() < 4096);
    }
}

}  // namespace
}  // namespace tapes::tape::tape_test
