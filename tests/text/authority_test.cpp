#include <tapes/text/authority.hpp>

#include <catch2/catch.hpp>

namespace tapes::text::authority_test {

TEST_CASE("the host of an authority has no port, brackets or last dot") {
    CHECK(host_of("localhost:8080") == "localhost");
    CHECK(host_of("localhost") == "localhost");
    CHECK(host_of("example.com.:80") == "example.com");
    CHECK(host_of("[::1]:8080") == "::1");
    CHECK(host_of("[::1]") == "::1");
    CHECK(host_of("127.0.0.1") == "127.0.0.1");
    CHECK(host_of("[::1").empty());
    CHECK(host_of(":8080").empty());
    CHECK(host_of(".").empty());
    CHECK(host_of("").empty());
    CHECK(host_of("localhost:") == "localhost");
    CHECK(host_of("EXAMPLE.com:443") == "EXAMPLE.com");
}

TEST_CASE("what is more than a host and a port has no host") {
    for (const auto* const more : {"localhost:80@evil", "localhost@evil", "localhost:8a", "localhost:80:90",
                                   "localhost:-1", "[::1]x", "[::1]:80@evil", "[::1]@evil", "localhost/evil",
                                   "localhost:80/evil", "localhost?evil", "evil#localhost", "localhost, evil",
                                   "localhost evil", "localhost\tevil", "localhost\\evil", "[[::1]]"}) {
        CAPTURE(more);
        CHECK(host_of(more).empty());
    }
}

}  // namespace tapes::text::authority_test
