#include "../processor_time.hpp"

#include <tapes/http/head.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::http::connection_options_test {

namespace {

/// The names of the fields that pass, with commas.
std::string passing(std::string_view lines, connection_options* options = nullptr) {
    const auto bytes = "GET / HTTP/1.1\r\n" + std::string{lines} + "Host: h\r\n\r\n";
    request_head head;
    REQUIRE(parse_request(bytes, {1U << 20, 10'000}, head) == head_error::none);
    std::string names;
    for (const auto& one : head.fields) {
        if (!one.hop_by_hop) {
            names.append(names.empty() ? "" : ",").append(one.name);
        }
    }
    if (options != nullptr) {
        *options = read_connection_options(head.fields);
    }
    return names;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all.append(text);
    }
    return all;
}

std::string numbered_fields(int count, std::string_view name) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        all.append(name).append(std::to_string(i)).append(": x\r\n");
    }
    return all;
}

}  // namespace

TEST_CASE("what Connection names, and what is of one hop by its name, does not pass") {
    CHECK(passing("A: 1\r\nB: 2\r\n") == "A,B,Host");
    CHECK(passing("Connection: a\r\nA: 1\r\nB: 2\r\n") == "B,Host");
    CHECK(passing("A: 1\r\nB: 2\r\nConnection: close, A ,,b\r\n") == "Host");
    CHECK(passing("A: 1\r\nConnection: B\r\nB: 2\r\nConnection: keep-alive,\ta\r\na: 3\r\nAa: 4\r\n") ==
          "Aa,Host");
    CHECK(passing("Connection:\r\nConnection: ,\r\nConnection: no such\r\nA: 1\r\nno: 2\r\n") == "A,no,Host");
    CHECK(
        passing("TE: x\r\nUpgrade: x\r\nKeep-Alive: x\r\nProxy-Connection: x\r\nConnection: x\r\nA: 1\r\n") ==
        "A,Host");
    CHECK(passing("Connection: te, upgrade, a\r\ntE: x\r\nA: 1\r\nTEA: 2\r\n") == "TEA,Host");
    CHECK(passing("Connection: host\r\nA: 1\r\n") == "A");
}

TEST_CASE("the options of all Connection fields count, in any case") {
    struct row {
        const char* lines;
        bool close, keep_alive, upgrade;
    };
    const row rows[] = {
        {"", false, false, false},
        {"Connection: close\r\n", true, false, false},
        {"Connection: not-close\r\n", false, false, false},
        {"connection: Keep-Alive, UPGRADE\r\n", false, true, true},
        {"Connection: ,, upgrade ,\r\nConnection: a\r\nCONNECTION: Close\r\n", true, false, true},
        {"X-Connection: close\r\n", false, false, false},
    };
    for (const auto& one : rows) {
        CAPTURE(one.lines);
        connection_options options;
        passing(one.lines, &options);
        CHECK(options.close == one.close);
        CHECK(options.keep_alive == one.keep_alive);
        CHECK(options.upgrade == one.upgrade);
    }
}

TEST_CASE("many options beside many fields cost no more than their bytes") {
    const std::string heads[] = {
        repeated("Connection: " + repeated("a,", 280) + "\r\n", 99) + numbered_fields(98, "B"),
        "Connection: " + repeated("a,", 30'000) + "\r\n" + numbered_fields(197, "B"),
        "Connection: " + repeated(",", 60'000) + "\r\n" + numbered_fields(197, "B"),
        "Connection: " + repeated(", ", 30'000) + "\r\n" + numbered_fields(197, "B"),
        "Connection: " + repeated("a,", 20'000) + "\r\n" + repeated("a:\r\n", 4'000),
        repeated("Connection: a\r\n", 4'000),
        repeated("Connection: b1,b2\r\n", 1'500) + numbered_fields(3'000, "B"),
    };
    const processor_time used;
    for (int i = 0; i < 100; ++i) {
        for (const auto& one : heads) {
            passing(one);
        }
    }
    CHECK(used.seconds() < 20);  // 4 without optimization; each option beside each field: minutes
}

}  // namespace tapes::http::connection_options_test
