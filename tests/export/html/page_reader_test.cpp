#include "html/html.hpp"
#include "html/value_bound.hpp"

#include <tapes/export/page_reader.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace page_reader_test {

using namespace tapes;
using namespace tapes::exports;
using Catch::Matchers::Contains;

std::string node_line(std::size_t index, const std::string& parent, const std::string& link,
                      const std::string& content, const std::string& state = "whole") {
    return std::string{html_node_begin} + R"({"node":)" + std::to_string(index) + ",\"parent\":" + parent +
           "," + link + ",\"state\":\"" + state +
           R"(","role":"user","model":"m","provider":"p","agent_name":"","project":"","stop_reason":"",)"
           R"("created_at":"2026-01-31T12:00:00Z","content":)" +
           content + "}" + std::string{html_script_end} + "\n";
}

std::string content_of(const std::string& text) {
    return R"([{"type":"text","text":")" + text + "\"}]";
}

merkle::digest hash_of(const std::optional<merkle::digest>& parent, const std::string& text) {
    return merkle::hash_stored(parent, {"m", "p", ""}, "user", content_of(text)).value();
}

std::string link_of(const char* name, const merkle::digest& value) {
    return "\"" + std::string{name} + "\":\"" + merkle::to_hex(value) + "\"";
}

std::string about_line(std::size_t nodes) {
    return std::string{html_about_begin} + R"({"format":1,"nodes":)" + std::to_string(nodes) + "}" +
           std::string{html_script_end} + "\n";
}

std::vector<page_node> read(const std::string& page, std::size_t piece = std::string::npos) {
    std::vector<page_node> made;
    page_reader reader{[&made](page_node&& node) { made.push_back(std::move(node)); }};
    for (std::size_t at = 0; at < page.size(); at += std::min(piece, page.size())) {
        reader.feed(std::string_view{page}.substr(at, piece));
    }
    reader.end();
    return made;
}

struct page_of_two {
    merkle::digest first = hash_of(std::nullopt, "a");
    merkle::digest second = hash_of(first, "b");
    std::string one = node_line(0, "null", link_of("hash", first), content_of("a"));
    std::string two = node_line(1, "0", link_of("hash", second), content_of("b"));
};

TEST_CASE("nodes of a page are proved and given, whatever pieces it comes in") {
    const page_of_two of;
    const auto page =
        "<!doctype html>\nany <b>thing</b>\n" + of.one + "shown\n" + of.two + about_line(2) + "</html>\n";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::string::npos}) {
        const auto nodes = read(page, piece);
        REQUIRE(nodes.size() == 2);
        CHECK(nodes[1].value == of.second);
        CHECK(nodes[1].parent == 0);
        CHECK(nodes[1].genuine);
        CHECK(nodes[1].whole);
        CHECK(nodes[1].content == content_of("b"));
        CHECK(nodes[1].created_at_us == 1'769'860'800'000'000);
    }
}

TEST_CASE("what does not hold is named, with what it should be") {
    const page_of_two of;
    const auto wrong = node_line(1, "0", link_of("hash", of.second), content_of("B"));
    CHECK_THROWS_WITH(read(of.one + wrong + about_line(2)),
                      Contains("node 1 (user) does not hold") &&
                          Contains(merkle::to_hex(hash_of(of.first, "B"))) &&
                          Contains(merkle::to_hex(of.second)));
    CHECK_THROWS_WITH(read(of.two + about_line(1)), Contains("node 0 (user) does not stand where it says"));
    CHECK_THROWS_WITH(read(of.one + of.two), Contains("its end is missing"));
    CHECK_THROWS_WITH(read(of.one + about_line(2)), Contains("it has 1 nodes, and says 2"));
    CHECK_THROWS_WITH(read(node_line(0, "null", link_of("hash", of.first), "{}") + about_line(1)),
                      Contains("no array of blocks"));
    CHECK_THROWS_WITH(read(node_line(0, "null", "\"hash\":\"12\"", content_of("a")) + about_line(1)),
                      Contains("64 hexadecimal digits"));
    CHECK_THROWS_WITH(
        read(node_line(0, "null", link_of("hash", of.first), content_of("a"), "new") + about_line(1)),
        Contains("a state that is not known"));
    CHECK_THROWS_WITH(read(std::string{html_node_begin} + "[1]</script>\n"), Contains("no object of JSON"));
    CHECK_THROWS_WITH(read(std::string{html_node_begin} + "{\"node\":0}</script>\n"),
                      Contains("has no member"));
    CHECK_THROWS_WITH(read(of.one + std::string{html_about_begin} + "x</script>\n"),
                      Contains("cannot be read"));
}

TEST_CASE("seals are proved as hashes are, and no hash may stand behind one") {
    const page_of_two of;
    const auto stand_in = merkle::sha256("anything");
    const auto seal = hash_of(stand_in, "b");
    const auto withheld =
        node_line(0, "null", link_of("stand_in", stand_in), content_of("[redacted: x]"), "withheld");
    const auto nodes =
        read(withheld + node_line(1, "0", link_of("seal", seal), content_of("b")) + about_line(2));
    REQUIRE(nodes.size() == 2);
    CHECK(!nodes[0].whole);
    CHECK(!nodes[1].genuine);
    CHECK_THROWS_WITH(read(withheld + of.two + about_line(2)), Contains("behind one that is withheld"));
    CHECK_THROWS_WITH(
        read(withheld + node_line(1, "0", link_of("seal", of.second), content_of("b")) + about_line(2)),
        Contains("does not hold"));
    CHECK_THROWS_WITH(
        read(node_line(0, "null", link_of("stand_in", stand_in), content_of("a")) + about_line(1)),
        Contains("is whole, and names no hash"));
}

TEST_CASE("deep and long content is refused without harm") {
    const page_of_two of;
    const std::string deep(100'000, '[');
    CHECK_THROWS_AS(read(node_line(0, "null", link_of("hash", of.first), deep) + about_line(1)), page_fault);
    const auto nested = R"([{"type":"x","raw":)" + std::string(5000, '[') + std::string(5000, ']') + "}]";
    CHECK_THROWS_AS(read(node_line(0, "null", link_of("hash", of.first), nested) + about_line(1)),
                    page_fault);
    std::string dense = R"([{"type":"x","raw":[0)";
    while (dense.size() < 2'100'000) {
        dense += ",0";
    }
    CHECK_THROWS_WITH(read(node_line(0, "null", link_of("hash", of.first), dense + "]}]") + about_line(1)),
                      Contains("node 0 has more than a million values"));
    // What is written has the same bound: of the content alone.
    std::string content = R"([{"type":"x","raw":[0)";
    for (std::size_t values = 5; values <= most_values; ++values) {
        content += ",0";
    }
    CHECK(!has_too_many_values(content + "]}]"));
    CHECK(has_too_many_values(content + ",0]}]"));
    const auto hash = merkle::hash_stored(std::nullopt, {"m", "p", ""}, "user", content + "]}]").value();
    CHECK(read(node_line(0, "null", link_of("hash", hash), content + "]}]") + about_line(1)).size() == 1);
    CHECK_THROWS_WITH(read(node_line(0, "null", link_of("hash", hash), content + ",0]}]") + about_line(1)),
                      Contains("node 0 has more than a million values"));
    page_reader reader{[](page_node&&) {}};
    const std::string much(std::size_t{1} << 20, 'x');
    CHECK_THROWS_WITH(
        [&] {
            for (int i = 0; i < 257; ++i) {
                reader.feed(much);
            }
        }(),
        Contains("more than 256 MiB"));
}

}  // namespace page_reader_test
