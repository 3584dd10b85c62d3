#include "support.hpp"
#include "turn_maker.hpp"

#include <catch2/catch.hpp>

namespace tapes::record::parse_cost_test {

using namespace tapes;
using namespace tapes::record;
using namespace tapes::record::test;

TEST_CASE("a body of many small values is given up before it is parsed; text of that size is not") {
    capture::budget budget{256U << 20, 0};
    std::string content = R"("a")";
    while (content.size() < (800U << 10)) {
        content += R"(,"a")";
    }
    const std::string before = R"({"model":"m","messages":[{"role":"user","content":)";
    const std::string after = "}]}";
    const std::string answer = R"({"choices":[{"index":0,"message":{"role":"assistant","content":"b"}}]})";
    const turn_maker maker{settings{}, redaction_key};
    {
        auto from = chat(before + "[" + content + "]" + after, answer, budget);
        REQUIRE(from->request_body.complete());
        const auto made = maker.make(std::move(from), nullptr);
        CHECK(made->dropped == capture::drop_reason::over_budget);
        CHECK(made->nodes.empty());
    }
    CHECK(budget.memory_bytes() == 0);
    const auto text = before + "\"" + std::string(content.size(), ',') + "\"" + after;
    const auto made = maker.make(chat(text, answer, budget), nullptr);
    CHECK(made->dropped == capture::drop_reason::none);
    CHECK(made->nodes.size() == 2);
}

}  // namespace tapes::record::parse_cost_test
