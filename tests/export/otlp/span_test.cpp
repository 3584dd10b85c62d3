#include "otlp/span.hpp"

#include <catch2/catch.hpp>

namespace span_test {

using namespace tapes::exports;

TEST_CASE("a span is one line of OTLP JSON: hexadecimal ids, integers as text, enumerations as numbers") {
    span made{"chat m\"", span_kind::client};
    made.trace_id = trace_id_of("a");
    made.span_id = span_id_of("b");
    made.start_us = 1'700'000'000'000'001;
    made.end_us = 5;
    made.text("none", "");
    made.integer("i", -3);
    made.number("d", 0.5);
    made.flag("f", true);
    made.texts("t", {"x\n", "y"});
    made.texts("empty", {});
    made.fail("429", "no");
    const auto line = made.line("svc");
    CHECK(line.find('\n') == line.size() - 1);
    const auto read = nlohmann::json::parse(line);
    const auto& one = read["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    CHECK(one["traceId"].get<std::string>().size() == 32);
    CHECK(one["spanId"].get<std::string>().size() == 16);
    CHECK(!one.contains("parentSpanId"));
    CHECK(one["startTimeUnixNano"] == "1700000000000001000");
    CHECK(one["endTimeUnixNano"] == one["startTimeUnixNano"]);  // never before its start
    CHECK(one["kind"] == 3);
    CHECK(one["status"]["code"] == 2);
    REQUIRE(one["attributes"].size() == 5);
    CHECK(one["attributes"][0]["value"]["intValue"] == "-3");
    CHECK(one["attributes"][3]["value"]["arrayValue"]["values"][0]["stringValue"] == "x\n");
    CHECK(trace_id_of("a") == trace_id_of("a"));
    CHECK(trace_id_of("a") != trace_id_of("b"));
}

TEST_CASE("what is no UTF-8 breaks no line") {
    span made{"\xff", span_kind::internal};
    made.text("t", "\xfe");
    CHECK(nlohmann::json::accept(made.line("s")));
}

}  // namespace span_test
