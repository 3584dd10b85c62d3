#include <tapes/text/rfc3339.hpp>

#include <catch2/catch.hpp>

namespace tapes::text::rfc3339_test {

namespace {

std::string written(std::int64_t us) {
    std::string out;
    append_rfc3339(out, us);
    return out;
}

}  // namespace

TEST_CASE("a time has as many digits of its fraction as it needs") {
    CHECK(written(0) == "1970-01-01T00:00:00Z");
    CHECK(written(1'767'323'045'123'450) == "2026-01-02T03:04:05.12345Z");
    CHECK(written(951'827'696'000'001) == "2000-02-29T12:34:56.000001Z");
    CHECK(written(-1) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("dates are read as they are written, and in the other forms of RFC 3339") {
    for (const std::int64_t us : {std::int64_t{0}, std::int64_t{1'767'323'045'123'450},
                                  std::int64_t{951'827'696'000'001}, std::int64_t{4'102'444'799'999'999}}) {
        CHECK(read_rfc3339(written(us)) == us);
    }
    CHECK(read_rfc3339("1970-01-01T01:30:00.1234567891+01:30") == 123'456);
    CHECK(read_rfc3339("1969-12-31t23:00:01-01:00") == 1'000'000);
    for (const auto* const bad :
         {"", "1970-01-01", "1970-13-01T00:00:00Z", "1970-02-30T00:00:00Z", "1970-01-01T24:00:00Z",
          "1970-01-01T00:00:00", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "+970-01-01T00:00:00Z"}) {
        INFO(bad);
        CHECK_FALSE(read_rfc3339(bad));
    }
}

}  // namespace tapes::text::rfc3339_test
