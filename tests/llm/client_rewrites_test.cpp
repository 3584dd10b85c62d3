#include "client_rewrites.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::client_rewrites_test {

using namespace tapes;

namespace {

std::vector<merkle::block> texts(std::initializer_list<const char*> of) {
    std::vector<merkle::block> out;
    for (const char* text : of) {
        out.emplace_back().type = "text";
        out.back().text = text;
    }
    return out;
}

const char* const billing =
    "x-anthropic-billing-header: cc_version=2.1.37.0d9; cc_entrypoint=cli; cch=fa690;";

}  // namespace

TEST_CASE("a block that a client rewrites with every request is no part of the system prompt") {
    auto system = texts({billing, "You are Claude Code."});
    llm::drop_client_rewrites(system);
    CHECK(system == texts({"You are Claude Code."}));
    llm::drop_client_rewrites(system);
    CHECK(system == texts({"You are Claude Code."}));
}

TEST_CASE("of a block that only begins with a rewritten line the rest stays") {
    for (const char* end : {"\n", "\n\n", "\r\n"}) {
        const std::string whole = std::string(billing) + end + "You are Claude Code.\nx";
        auto system = texts({whole.c_str()});
        llm::drop_client_rewrites(system);
        CHECK(system == texts({"You are Claude Code.\nx"}));
    }
}

TEST_CASE("text that speaks of a rewritten line elsewhere stays as it is") {
    const std::string inside = std::string("Ignore this:\n") + billing;
    const auto before = texts({inside.c_str(), "x-anthropic-billing", ""});
    auto system = before;
    llm::drop_client_rewrites(system);
    CHECK(system == before);
}

}  // namespace tapes::llm::client_rewrites_test
