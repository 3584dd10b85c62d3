#include "support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace tapes::llm::openai_completions_test {

using namespace tapes;

namespace {

const test::tested_api completions{"/v1/completions"};
const test::tested_api fim{"/v1/fim/completions"};

struct prompt_case {
    std::string_view body, content;
    std::size_t choices = 1;
};

}  // namespace

TEST_CASE("Completions: a prompt is the user's message") {
    const auto one = GENERATE(values<prompt_case>({
        {R"({"model":"m","prompt":"a"})", R"([{"text":"a","type":"text"}])"},
        {R"({"model":"m","prompt":["a"]})", R"([{"text":"a","type":"text"}])"},
        {R"({"model":"m","prompt":["a","b"],"n":3})",
         R"([{"text":"a","type":"text"},{"text":"b","type":"text"}])", 6},
        {R"({"model":"m","prompt":[1,2]})", R"([{"raw":[1,2],"type":"tokens"}])"},
        {R"({"model":"m","prompt":[[1,2],[3]]})",
         R"([{"raw":[1,2],"type":"tokens"},{"raw":[3],"type":"tokens"}])", 2},
        {R"({"model":"m","prompt":"a","suffix":"z"})",
         R"([{"text":"a","type":"text"},{"text":"z","type":"suffix"}])"},
        {R"({"model":"m","prompt":[],"n":"2"})", "[]", 2},
        {R"({"model":"m","prompt":"a","n":99999})", R"([{"text":"a","type":"text"}])", 1024},
    }));
    CAPTURE(one.body);
    for (const auto* const api : {&completions, &fim}) {
        CHECK(nlohmann::json::parse(api->only_message_of(one.body)) == nlohmann::json::parse(one.content));
        const auto asked = api->request_of(one.body);
        CHECK(asked.messages[0].role == "user");
        CHECK(asked.model == "m");
        CHECK(asked.choices == one.choices);
        CHECK((*api)->expected_choices(one.body) == one.choices);
    }
    CHECK(completions.request_error(R"({"model":"m"})") != map_error::none);
}

TEST_CASE("Completions: a stream is the one-shot answer, in any split") {
    const std::string stream =
        R"(data: {"id":"c1","object":"text_completion","model":"m","choices":[{"text":"a","index":0,"finish_reason":null}]}

data: {"id":"c1","choices":[{"text":"x","index":1,"finish_reason":null}]}

data: {"id":"c1","choices":[{"text":"b\ud83d","index":0,"finish_reason":null}]}

data: {"id":"c1","choices":[{"text":"\ude00","index":0,"finish_reason":"length"}]}

data: {"id":"c1","choices":[{"text":"","index":1,"finish_reason":"stop"}]}

data: {"id":"c1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}

data: [DONE]

)";
    const auto expected = completions.answer_of(
        R"({"id":"c1","model":"m","choices":[{"text":"x","index":1,"finish_reason":"stop"},
            {"text":"ab😀","index":0,"finish_reason":"length"}],
            "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})");
    REQUIRE(expected.choices.size() == 2);
    CHECK(expected.choices[0].stop_reason == "length");
    CHECK(expected.used.total_tokens == 7);
    for (const std::size_t piece : {1U, 3U, 50U, 10000U}) {
        CAPTURE(piece);
        const auto answer = completions.answer_of(completions.reduce(stream, piece));
        CHECK(answer.id == "c1");
        CHECK(answer.model == "m");
        CHECK(answer.used == expected.used);
        REQUIRE(answer.choices.size() == 2);
        for (const std::size_t i : {0U, 1U}) {
            CHECK(answer.choices[i].message == expected.choices[i].message);
            CHECK(answer.choices[i].stop_reason == expected.choices[i].stop_reason);
        }
    }
    CHECK(completions.hold_from(stream, 10000, 2) ==
          stream.find(R"(data: {"id":"c1","choices":[{"text":"","index":1)"));
    CHECK(completions.answer_error(R"({"error":{"message":"x"}})") == map_error::provider_error);
}

TEST_CASE("Completions: what is said behind an end shows that it was none") {
    const std::string end =
        "data: {\"choices\":[{\"text\":\"a\",\"index\":0,\"finish_reason\":\"stop\"}]}\n\n";
    const auto watch = completions->make_end_watch({});
    CHECK(watch->feed(end).kind == end_kind::weak);
    CHECK(watch->feed("data: {\"choices\":[{\"text\":\"b\",\"index\":0}]}\n\n").refuted);
    CHECK(watch->feed("data: [DONE]\n\n").kind == end_kind::strong);
}

TEST_CASE("fill-in-the-middle answers as Chat Completions do") {
    const auto answer = fim.answer_of(
        R"({"id":"f1","model":"codestral","choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]})");
    CHECK(merkle::event_content(answer.choices.at(0).message.content) == R"([{"type":"text","text":"x"}])");
    CHECK(fim->name == "mistral_fim");
    CHECK(test::tested_api{"/v1/engines/davinci/completions"}.request_of(R"({"prompt":"a"})").model ==
          "davinci");
    CHECK(test::tested_api { "/openai/deployments/d/completions" } -> name == "openai_completions");
}

}  // namespace tapes::llm::openai_completions_test
