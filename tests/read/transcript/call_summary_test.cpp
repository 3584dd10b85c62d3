#include "transcript/call_summary.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::read::call_summary_test {

TEST_CASE("a call is told by its command, file or query") {
    struct summary_case {
        std::string_view arguments, summary;
    };
    const summary_case cases[]{
        {R"({"command":"make test","description":"Run the tests"})", "make test"},
        {R"({"command":["bash","-lc","ls -l"],"workdir":"/x"})", "bash -lc ls -l"},
        {R"({"description":"d","file_path":"/a/b.cpp","old_string":"x"})", "/a/b.cpp"},
        {R"({"filePath":"b.ts"})", "b.ts"},
        {R"({"pattern":"a.*b","path":"src"})", "a.*b in src"},
        {R"({"pattern":"**/*.cpp"})", "**/*.cpp"},
        {R"({"url":"https://example.org","prompt":"what"})", "https://example.org"},
        {R"({"query":"weather"})", "weather"},
        {R"({"description":"look","prompt":"a long one","subagent_type":"x"})", "look"},
        {R"({"action":{"query":"q1","type":"search"},"type":"web_search_call"})", "q1"},
        {R"({"arguments":"{\"path\":\"a\"}","name":"x"})", "a"},
        {R"({"input":"*** Begin Patch\n*** Update File: a.cpp\n@@\n*** Add File: b.cpp\n*** End Patch"})",
         "a.cpp b.cpp"},
        {R"({"location":"Paris","unit":"c"})", "Paris"},
        {R"({"n":1})", R"({"n":1})"},
        {R"({"command":"a \"b\" \u00e9\n)", "a \"b\" \xc3\xa9\n"},  // the beginning of one
        {"{}", ""},
        {"", ""},
        {"not JSON", "not JSON"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.arguments);
        CHECK(call_summary(one.arguments) == one.summary);
    }
}

TEST_CASE("a summary is short, and deep JSON costs nothing") {
    CHECK(call_summary(R"({"command":")" + std::string(100'000, 'a') + R"("})").size() == 1024);
    std::string deep;
    for (int i = 0; i < 10'000; ++i) {
        deep += R"({"action":)";
    }
    CHECK(call_summary(deep).size() <= 1024);
    CHECK(call_summary(std::string(100'000, '[')).size() <= 1024);
}

}  // namespace tapes::read::call_summary_test
