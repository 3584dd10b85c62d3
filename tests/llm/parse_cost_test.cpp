#include "peak.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/parse_cost.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

namespace tapes::llm::parse_cost_test {

using namespace tapes;
using llm::test::sanitizer_factor;
using llm::test::taken;

namespace {

constexpr std::size_t dense_bytes = (std::size_t{1} << 20U) / (tapes::test::sanitized ? 8 : 1);

/// `#` is the number of the repetition.
std::string repeated(const std::string& front, const std::string& one, const std::string& back,
                     std::size_t bytes) {
    std::string made = front;
    for (std::size_t number = 0; made.size() < bytes; ++number) {
        auto next = (number == 0 ? "" : ",") + one;
        if (const auto mark = next.find('#'); mark != std::string::npos) {
            next.replace(mark, 1, std::to_string(number));
        }
        made += next;
    }
    return made + back;
}

std::string chat(const std::string& content_front, const std::string& one, const std::string& content_back) {
    return repeated(R"({"model":"m","messages":[{"role":"user","content":)" + content_front, one,
                    content_back + "}]}", dense_bytes);
}

/// What it takes to map `body` and to make its nodes.
std::uint64_t taken_by(const std::string& path, const std::string& body) {
    return taken([&] {
        llm::request asked;
        const auto* const api = llm::find_api("POST", path);
        (void)api->map_request(body, {}, asked);
        std::optional<merkle::link> above;
        std::vector<merkle::node> nodes;
        for (const auto& said : asked.messages) {
            nodes.push_back(merkle::make_node(above, {"m", "p", ""}, said));
            above = nodes.back().position;
        }
        return nodes.size();
    });
}

}  // namespace

TEST_CASE("no body takes more memory to map than its cost") {
    const auto strings = chat("[", R"("a")", "]");
    const auto numbers = chat("[", "1", "]");
    const auto objects = chat("[", "{}", "]");
    const auto nested = chat("[", "[]", "]");
    const auto parts = chat("[", R"({"type":"text","text":"a"})", "]");
    const auto members = chat("[{", R"("a":1)", "}]");
    const auto messages =
        repeated(R"({"model":"m","messages":[)", R"({"role":"user","content":"a"})", "]}", dense_bytes);
    const auto empty = repeated(R"({"model":"m","messages":[)", "{}", "]}", dense_bytes);
    const auto items =
        repeated(R"({"model":"m","input":[)", R"({"role":"user","content":["a"]})", "]}", dense_bytes);
    const auto text = chat("", "\"" + std::string(8U << 20, 'a') + "\"", "");
    const auto escaped = chat("", "\"" + repeated("", "\\n", "", 8U << 20) + "\"", "");
    for (const auto& body :
         {text, escaped, strings, numbers, objects, nested, parts, members, messages, empty, items}) {
        const auto cost = llm::parse_cost(body);
        for (const auto* const path :
             {"/v1/chat/completions", "/v1/messages", "/v1/responses", "/api/chat"}) {
            const auto grown = taken_by(path, body);
            INFO(path << " " << body.substr(0, 80) << " took " << grown / body.size() << " x, cost "
                      << cost / body.size() << " x");
            CHECK(grown <= cost * sanitizer_factor);
        }
    }
}

TEST_CASE("no answer of Converse, Completions or Gemini takes more memory to map than its cost") {
    struct row {
        std::string path, front, one, back;
    };
    for (const auto& [path, front, one, back] : std::vector<row>{
             {"/v1beta/models/m:generateContent", R"({"candidates":[)", "{}", "]}"},
             {"/v1beta/models/m:generateContent", R"({"candidates":[)", R"({"content":"a"})", "]}"},
             {"/v1beta/models/m:generateContent", R"({"candidates":[)", R"({"content":{"parts":["a"]}})",
              "]}"},
             {"/v1beta/models/m:generateContent", R"({"candidates":[{)", R"("groundingMetadata":[1])", "}]}"},
             {"/v1beta/models/m:generateContent", R"({"candidates":[{"content":{"parts":[)", "7", "]}}]}"},
             {"/v1/completions", R"({"choices":[)", R"({"text":"a"})", "]}"},
             {"/v1/completions", R"({"choices":[)", "{}", "]}"},
             {"/v1/chat/completions", R"({"choices":[{"message":{)", "\"#\":[1]", "}}]}"},
             {"/model/m/converse", R"({"output":{"message":{"content":[)", "7", "]}}}"},
             {"/model/m/converse", R"({"output":{"message":{"content":[{)", R"("a":1)", "}]}}}"},
         }) {
        const auto body = repeated(front, one, back, dense_bytes);
        const auto grown = taken([&, path = path] {
            llm::answer said;
            (void)llm::find_api("POST", path)->map_answer(body, said);
            std::vector<merkle::node> nodes;
            for (const auto& choice : said.choices) {
                nodes.push_back(merkle::make_node({}, {"m", "p", ""}, choice.message));
            }
            return nodes.size();
        });
        const auto cost = llm::parse_cost(body);
        INFO(path << " " << body.substr(0, 90) << " took " << grown / body.size() << " x, cost "
                  << cost / body.size() << " x");
        CHECK(grown <= cost * sanitizer_factor);
    }
}

TEST_CASE("what is dense costs far more than its size, what stands in strings does not") {
    const std::size_t size = 8 << 20;
    const auto dense = repeated(R"({"messages":[{"content":[)", R"("a")", "]}]}", size);
    CHECK(llm::parse_cost(dense) > 256ULL << 20);
    const auto text = R"({"messages":[{"content":")" + std::string(size, ',') + R"(\"[[[[\\"}]})";
    CHECK(llm::parse_cost(text) < 5 * text.size());
    CHECK(llm::parse_cost(std::string(size, '[')) < 5 * size);
    CHECK(llm::parse_cost(std::string(size, '}')) < 5 * size);
    CHECK(llm::parse_cost(std::string(size, '"')) < 5 * size);
    const auto stream = repeated("", R"({"choices":[{"index":0,"delta":{"content":"a"}}]})", "", size);
    CHECK(llm::fold_cost(stream) < 3 * stream.size());
    CHECK(llm::parse_cost(std::string(100, '[')) == 400);
    CHECK(llm::parse_cost("") == 0);
}

}  // namespace tapes::llm::parse_cost_test
