#include <tapes/read/search_query.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::read::search_query_test {

namespace {

/// "words | key=value -key=value", or the problem.
std::string told(std::string_view typed) {
    const auto query = read_search_query(typed);
    if (!query.problem.empty()) {
        return query.problem;
    }
    auto made = query.words + " |";
    for (const auto& one : query.conditions) {
        made += std::string{one.negated ? " -" : " "} + std::string{to_string(one.key)} + "=" + one.value;
    }
    return made;
}

}  // namespace

TEST_CASE("filters are taken out of what is typed, and all else is text") {
    struct row {
        const char* typed;
        const char* wanted;
    };
    for (const auto& [typed, wanted] : std::vector<row>{
             {"", " |"},
             {"two words", "two words |"},
             {"model:gpt-5 parser provider:openai", "parser | model=gpt-5 provider=openai"},
             {"agent:codex project:site role:user tool:Bash session:@ x",
              "x | agent=codex project=site role=user tool=Bash session=@"},
             {"model:\"two words\" x", "x | model=two words"},
             {"model:\"not closed", " | model=not closed"},
             {"-role:tool error", "error | -role=tool"},
             {"-model:\"a b\" -x", "-x | -model=a b"},
             {"x error:yes", "x | error="},
             {"x error:no", "x | -error="},
             {"x -error:no is:error", "x | error= error="},
             {"is:fork -is:fork", " | fork= -fork="},
             {"since:2026-01-31 until:7d x", "x | since=2026-01-31 until=7d"},
             // Text with colons.
             {"std::move http://localhost:8080/x", "std::move http://localhost:8080/x |"},
             {"a:b file:main.cpp line:3 T:", "a:b file:main.cpp line:3 T: |"},
             {"error: cannot open", "error: cannot open |"},
             {"\"model:gpt-5\" \"role:x y\"*", "\"model:gpt-5\" \"role:x y\"* |"},
             {"-\"is:fork x\" --since:x", "-\"is:fork x\" --since:x |"},
             {"foo:\"bar baz\"", "foo:\"bar baz\" |"},
             {"one OR model:x two", "one OR two | model=x"},
             // Nearly filters.
             {"modle:x", "there is no filter modle:, but model:; as text, write \"modle:x\""},
             {"-models:x", "there is no filter models:, but model:; as text, write \"models:x\""},
             {"sesion:x", "there is no filter sesion:, but session:; as text, write \"sesion:x\""},
             {"is:new", "is: takes fork or error; as text, write \"is:new\""},
             {"error:E0308", "error: takes yes or no; as text, write \"error:E0308\""},
             {"since:soon",
              "since: takes a time: 2026-01-31, 2026-01-31T12:00:00Z or an age such as 90m; as text, write "
              "\"since:soon\""}}) {
        CAPTURE(typed);
        CHECK(told(typed) == wanted);
    }
}

TEST_CASE("queries are bounded") {
    CHECK(told(std::string(17'000, 'a')).find("is longer than") != std::string::npos);
    std::string many;
    for (int i = 0; i < 65; ++i) {
        many += "role:x ";
    }
    CHECK(told(many) == "the query has more than 64 filters");
}

}  // namespace tapes::read::search_query_test
