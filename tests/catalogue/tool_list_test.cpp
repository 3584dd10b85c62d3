#include "pass/tool_list.hpp"

#include "catalogue_support.hpp"

#include <tapes/catalogue/facet_choice.hpp>

#include <catch2/catch.hpp>

#include <numeric>

namespace tapes::catalogue::test {
namespace tool_list_test {

TEST_CASE("a list of tools names each once, and of very many none") {
    CHECK(tool_list_of({}).empty());
    CHECK(tool_list_of({12, 3, 12}) == "3 12");
    CHECK(may_have_tool("3 12", {12}));
    CHECK(may_have_tool("3 12", {7, 3}));
    CHECK_FALSE(may_have_tool("3 12", {1}));
    CHECK_FALSE(may_have_tool("3 12", {2, 31, 123}));
    CHECK_FALSE(may_have_tool("3 12", {}));
    CHECK_FALSE(may_have_tool("", {3}));
    // One that is not known may be any.
    CHECK(may_have_tool(tool_list_of({3, 0}), {1}));
    std::vector<std::int64_t> many(40);
    std::iota(many.begin(), many.end(), 1);
    CHECK(may_have_tool(tool_list_of(many), {1'000}));
}

std::vector<std::int64_t> nodes_with(reader& from, const std::vector<facet_condition>& conditions) {
    facet_choice choice{from, conditions};
    std::vector<std::int64_t> nodes;
    for (auto node = choice.newest(1, 100); node != 0; node = choice.newest(1, node - 1)) {
        CHECK(choice.chooses(node));
        nodes.push_back(node);
    }
    return nodes;
}

/// Records a chain of questions and answers, turn by turn.
void record_turns(open_store& store, const std::vector<said>& chain) {
    recorder to{store};
    for (std::size_t size = 2; size <= chain.size(); size += 2) {
        REQUIRE(to.record("s1", {chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
}

TEST_CASE("the catalogue tells which nodes hold calls of a tool, or their results") {
    const store::test::temporary_store where;
    open_store store{where};
    const said asked{"user", "Fix it"};
    const said reads{"assistant", {call("call_0000001", "Read", R"({"path":"a"})")}};
    const said both{"assistant",
                    {call("call_0000002", "Bash", R"({"command":"make"})"),
                     call("call_0000003", "Read", R"({"path":"b"})")}};
    const std::vector<said> chain{asked,
                                  reads,
                                  {"user", {result("call_0000001", "int main")}},
                                  both,
                                  {"user", {result("call_0000002", "ok"), result("call_0000003", "b")}},
                                  {"assistant", "Done with Read and Bash"}};
    record_turns(store, chain);
    bring_up(where.path());
    reader from{path_of(where.path())};
    using enum node_facet;
    CHECK(nodes_with(from, {{tool, "Bash", false}}) == std::vector<std::int64_t>{5, 4});
    CHECK(nodes_with(from, {{tool, "Read", false}}) == std::vector<std::int64_t>{5, 4, 3, 2});
    CHECK(nodes_with(from, {{tool, "Bash", false}, {tool, "Write", false}}) ==
          std::vector<std::int64_t>{5, 4});
    CHECK(nodes_with(from, {{tool, "Read", false}, {role, "user", false}}) ==
          std::vector<std::int64_t>{5, 3});
    CHECK(nodes_with(from, {{tool, "Write", false}}).empty());
}

TEST_CASE("a result whose id a later call has too may be of any tool") {
    const store::test::temporary_store where;
    open_store store{where};
    record_turns(store, {{"user", "Fix it"},
                         {"assistant", {call("call_0", "Read", R"({"path":"a"})")}},
                         {"user", {result("call_0", "int main")}},
                         {"assistant", {call("call_0", "Bash", R"({"command":"make"})")}}});
    bring_up(where.path());
    reader from{path_of(where.path())};
    using enum node_facet;
    CHECK(nodes_with(from, {{tool, "Read", false}}) == std::vector<std::int64_t>{3, 2});
    CHECK(nodes_with(from, {{tool, "Bash", false}}) == std::vector<std::int64_t>{4, 3});
    CHECK(nodes_with(from, {{tool, "Write", false}}) == std::vector<std::int64_t>{3});
}

}  // namespace tool_list_test
}  // namespace tapes::catalogue::test
