#include "outside/har_entry.hpp"
#include "outside/json_line.hpp"
#include "outside/outside_file.hpp"

#include <tapes/store/store.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app::outside_test {

namespace {

using record::outside_exchange;
using text::json_view;

const std::string question = R"({\"model\":\"m\",\"messages\":[]})";

std::string har(const std::string& request, const std::string& response, const std::string& more = "") {
    return R"({"startedDateTime":"2026-01-31T13:00:00.250+01:00","time":1500.5,"timings":{"blocked":-1,"send":0.5,"wait":1000,)"
           R"("receive":500},"request":{"method":"POST","url":"https://user:pw@api.openai.com/v1/chat/completions?a=b#c",)"
           R"("headers":[{"name":":path","value":"/x"},{"name":"X-A","value":"1\r\nEvil: 2"}],)" +
           request + R"(},"response":{"status":200,"statusText":"OK","headers":[],)" + response + "}" + more +
           "}";
}

const std::string asked = R"("postData":{"mimeType":"application/json","text":")" + question + "\"}";
const std::string answered = R"("content":{"size":-1,"mimeType":"application/json","text":"{\"a\":1}"})";

outside_exchange turn_of(const outside_entry& entry) {
    REQUIRE(std::holds_alternative<outside_exchange>(entry));
    return std::get<outside_exchange>(entry);
}

std::string skip_of(const outside_entry& entry) {
    REQUIRE(std::holds_alternative<skipped_entry>(entry));
    return std::get<skipped_entry>(entry).reason;
}

std::int64_t us_of(capture::timestamp at) {
    return at.time_since_epoch().count();
}

class file_of {
public:
    explicit file_of(const std::string& text) {
        std::string made = (std::filesystem::temp_directory_path() / "tapes-outside-XXXXXX").string();
        if (::mkdtemp(made.data()) == nullptr) {
            throw std::runtime_error{"no temporary directory"};
        }
        directory_ = made;
        std::ofstream{path(), std::ios::binary} << text;
    }
    ~file_of() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    file_of(const file_of&) = delete;
    file_of& operator=(const file_of&) = delete;
    std::string path() const { return directory_ + "/file"; }

private:
    std::string directory_;
};

struct visited {
    std::vector<std::string> entries;
    std::vector<std::string> bad;
};

visited visit(const std::string& text) {
    const file_of file{text};
    visited made;
    visit_entries(
        file.path(), kind_of_file(file.path()),
        [&](std::string_view json, const entry_place& place) {
            made.entries.push_back(place.name + " " + std::string{json});
        },
        [&](const entry_place& place, const std::string& reason) {
            made.bad.push_back(place.name + ": " + reason);
        });
    return made;
}

}  // namespace

TEST_CASE("an entry of a HAR file becomes an exchange with its times and heads") {
    const auto made = turn_of(read_har_entry(json_view{har(asked, answered)}, {"", "agent", "p"}));
    CHECK(made.source == "import");
    CHECK(made.upstream == "https://api.openai.com");
    CHECK(made.path == "/v1/chat/completions");
    CHECK(made.target == "/v1/chat/completions?a=b");
    CHECK(made.provider == "openai");
    CHECK(made.agent_name == "agent");
    CHECK(made.project == "p");
    CHECK(made.request == R"({"model":"m","messages":[]})");
    CHECK(made.response == R"({"a":1})");
    CHECK(us_of(made.started_at) == 1'769'860'800'250'000);
    CHECK(us_of(made.first_byte_at) - us_of(made.started_at) == 1'000'500);
    CHECK(us_of(made.ended_at) - us_of(made.started_at) == 1'500'500);
    CHECK(made.request_head == "POST /v1/chat/completions?a=b HTTP/1.1\r\nX-A: 1Evil: 2\r\n");
    CHECK(made.response_head == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
    CHECK(made.id != capture::uuid{});
    CHECK(made.id == turn_of(read_har_entry(json_view{har(asked, answered)}, {"", "agent", "p"})).id);
    CHECK(made.id != turn_of(read_har_entry(json_view{har(asked, answered)}, {"", "other", "p"})).id);
}

TEST_CASE("bodies in base64 are undone, wrong ones are named") {
    const auto made = turn_of(read_har_entry(
        json_view{har(R"("postData":{"mimeType":"x","text":"e30=","_encoding":"base64"})",
                      R"("content":{"size":3,"mimeType":"x","text":"e30=","encoding":"base64"})")},
        {}));
    CHECK(made.request == "{}");
    CHECK(made.response == "{}");
    CHECK_THROWS_AS(
        read_har_entry(json_view{har(asked, R"("content":{"text":"*","encoding":"base64"})")}, {}),
        std::invalid_argument);
}

TEST_CASE("what tapes wrote beside an entry comes back") {
    const auto own =
        R"(,"_tapes":{"id":"0190aaaa-0000-7000-8000-000000000001","provider":"azure","agent_name":"a","project":"q",)"
        R"("session":"s","path":"/chat/completions"})";
    const auto made = turn_of(read_har_entry(json_view{har(asked, answered, own)}, {"", "x", "y"}));
    CHECK(capture::to_string(made.id) == "0190aaaa-0000-7000-8000-000000000001");
    CHECK(made.provider == "azure");
    CHECK(made.agent_name == "a");
    CHECK(made.project == "q");
    CHECK(made.session == "s");
    CHECK(made.path == "/chat/completions");
}

TEST_CASE("entries that are no turns are skipped with a reason") {
    auto get = har(asked, answered);
    get.replace(get.find("POST"), 4, "GET");
    CHECK(skip_of(read_har_entry(json_view{get}, {})) == "no POST");
    auto models = har(asked, answered);
    models.replace(models.find("chat/completions"), 16, "embeddings");
    CHECK(skip_of(read_har_entry(json_view{models}, {})) == "no turn of a known API");
    CHECK(skip_of(read_har_entry(json_view{har("", answered)}, {})) == "no body");
    auto failed = har(asked, answered);
    failed.replace(failed.find(":200"), 4, ":429");
    CHECK(skip_of(read_har_entry(json_view{failed}, {})) == "no answer of 2xx");
    failed = har(asked, answered);
    failed.replace(failed.find(":200"), 4, ":0");
    CHECK(skip_of(read_har_entry(json_view{failed}, {})) == "no answer");
    CHECK_THROWS_AS(read_har_entry(json_view{"{}"}, {}), std::invalid_argument);
    CHECK_THROWS_AS(read_har_entry(json_view{"[]"}, {}), std::invalid_argument);
    auto timeless = har(asked, answered);
    timeless.replace(timeless.find("2026"), 4, "xxxx");
    CHECK_THROWS_AS(read_har_entry(json_view{timeless}, {}), std::invalid_argument);
}

TEST_CASE("lines of other tools are read") {
    SECTION("request and response, as ingest takes them, with the provider told by the answer") {
        const auto made = turn_of(read_json_line(
            json_view{
                R"({"request":{"messages":[]},"response":{"type":"message"},"started_at":"2026-01-31T12:00:00Z"})"},
            {"", "a", "p"}));
        CHECK(made.provider == "anthropic");
        CHECK(made.path == "/v1/messages");
        CHECK(made.agent_name == "a");
        CHECK(made.project == "p");
        CHECK(made.source == "import");
    }
    SECTION("LiteLLM") {
        const auto made = turn_of(read_json_line(
            json_view{
                R"({"id":"x","call_type":"acompletion","model":"gpt","status":"success","messages":[{"role":"user"}],)"
                R"("model_parameters":{"temperature":0.5,"tools":[1]},"response":{"object":"chat.completion"},)"
                R"("startTime":1700000000.25,"completionStartTime":1700000000.5,"endTime":1700000001})"},
            {}));
        CHECK(made.request ==
              R"({"model":"gpt","messages":[{"role":"user"}],"temperature":0.5,"tools":[1]})");
        CHECK(made.path == "/v1/chat/completions");
        CHECK(us_of(made.started_at) == 1'700'000'000'250'000);
        CHECK(us_of(made.ended_at) == 1'700'000'001'000'000);
        CHECK(skip_of(read_json_line(
                  json_view{R"({"call_type":"aembedding","messages":[],"response":{},"model":"m"})"}, {})) ==
              "no completion");
        CHECK(skip_of(read_json_line(
                  json_view{R"({"status":"failure","messages":[],"response":{},"model":"m"})"}, {})) ==
              "no success");
    }
    SECTION("Helicone") {
        const auto made = turn_of(read_json_line(
            json_view{
                R"({"request_id":"x","request_path":"https://api.anthropic.com/v1/messages","request_body":{"a":1},)"
                R"("response_body":{"b":2},"response_status":200,"request_created_at":"2026-01-31 12:00:00.5",)"
                R"("response_created_at":"2026-01-31T12:00:01Z"})"},
            {}));
        CHECK(made.provider == "anthropic");
        CHECK(made.request == R"({"a":1})");
        CHECK(us_of(made.ended_at) - us_of(made.started_at) == 500'000);
    }
    SECTION("OpenAI's stored completions") {
        const std::string stored =
            R"({"object":"chat.completion","model":"m","created":1700000000,"tools":null,)"
            R"("temperature":1.0,"choices":[],"messages":[{"role":"user","content":"x"}]})";
        const auto made = turn_of(read_json_line(json_view{stored}, {}));
        CHECK(made.request ==
              R"({"model":"m","messages":[{"role":"user","content":"x"}],"temperature":1.0})");
        CHECK(made.response == stored);
        CHECK_THAT(skip_of(read_json_line(json_view{R"({"object":"chat.completion"})"}, {})),
                   Catch::Contains("without its messages"));
    }
    SECTION("nothing of that") {
        CHECK_THROWS_WITH(read_json_line(json_view{"{}"}, {}), Catch::Contains("`request` and `response`"));
        CHECK_THROWS_AS(read_json_line(json_view{"[1]"}, {}), std::invalid_argument);
    }
}

TEST_CASE("files are told apart by their beginning, and read entry by entry") {
    CHECK(visit("\xEF\xBB\xBF{\"log\":{\"entries\":[{}, {\"a\":2}]}}").entries ==
          std::vector<std::string>{"entry 1 {}", "entry 2 {\"a\":2}"});
    CHECK(visit("{\"a\":1}\r\n\n{\"a\":2}").entries ==
          std::vector<std::string>{"line 1 {\"a\":1}\r", "line 3 {\"a\":2}"});
    CHECK(visit(" [{\"a\":1},{\"a\":2}]").entries ==
          std::vector<std::string>{"entry 1 {\"a\":1}", "entry 2 {\"a\":2}"});
    CHECK(visit("{\"a\":1}\n{\"a\":\n").bad == std::vector<std::string>{"line 2: it is no JSON object"});
    CHECK(visit("{\"log\":{\"entries\":[{},").bad ==
          std::vector<std::string>{"the end of the file: the list of entries breaks off"});
    const std::vector<std::string> both{"entry 1 {\"a\":1}", "entry 2 {\"a\":2}"};
    CHECK(visit("{\"log\":{\"entries\":[{\"a\":1}]}}\n{\"log\":{\"entries\":[{\"a\":2}]}}").entries == both);
    CHECK(visit("{\"log\":{\"entries\":[{\"a\":1}],\"entries\":[{\"a\":2}]}}").entries == both);
    CHECK(visit("{\"log\":{\"entries\":[{\"a\":1}]},\"log\":{\"entries\":[{\"a\":2}]}}").entries == both);
    CHECK(visit("[{\"a\":1}][{\"a\":2}]").entries == both);
    CHECK(visit("{\"log\":{\"entries\":[{}]}}{\"log\":{\"entries\":[{}").bad ==
          std::vector<std::string>{"the end of the file: the list of entries breaks off"});
    CHECK_THROWS_AS(visit("{\"log\":{}}"), store::open_error);
    CHECK(kind_of_file(file_of{"<html>"}.path()) == outside_kind::unknown);
    CHECK(kind_of_file(file_of{""}.path()) == outside_kind::unknown);
    CHECK(kind_of_file(file_of{std::string("SQLite format 3\0...", 19)}.path()) ==
          outside_kind::reference_store);
    CHECK_THROWS_AS(kind_of_file("/nowhere/at/all"), store::open_error);
}

TEST_CASE("an entry that is too long, or nested without end, is named and the next one read") {
    const auto made = visit("{\"log\":{\"entries\":[\"" + std::string(longest_entry + 1, 'x') + "\"," +
                            std::string(100'000, '[') + std::string(100'000, ']') + ",{}]}}");
    CHECK(made.bad == std::vector<std::string>{"entry 1: it has more than 96 MiB"});
    CHECK(made.entries.size() == 2);
}

}  // namespace tapes::app::outside_test
