#include "transcript/content_scanner.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::read::content_scanner_test {

namespace {

struct scanned {
    std::vector<scanned_block> blocks;
    bool whole = false;
    std::uint64_t more = 0;
};

scanned scan(std::string_view content, std::size_t piece = 1 << 16, const block_limits& limits = {}) {
    content_scanner scanner{limits};
    for (std::size_t at = 0; at < content.size(); at += piece) {
        scanner.feed(content.substr(at, piece));
    }
    return {std::move(scanner.blocks()), scanner.whole(), scanner.more_blocks()};
}

bool same(const scanned_block& one, const scanned_block& other) {
    return one.type == other.type && one.text == other.text && one.tool_input == other.tool_input &&
           one.tool_output == other.tool_output && one.raw == other.raw && one.is_error == other.is_error;
}

}  // namespace

TEST_CASE("fields of blocks are read whatever the pieces they come in") {
    const std::string content =
        R"([{"type":"text","text":"a \"q\" \\ \n \u00e9 \ud83d\ude00 \ud83d! é"},)"
        R"({"type":"tool_use","tool_use_id":"c1","tool_name":"Bash","tool_input":{"command":"a \" ]","n":[1,{}]}},)"
        R"({"type":"tool_result","tool_result_id":"c1","tool_output":"out","is_error":true,"raw":null},)"
        R"({"type":"x","raw":"[text]"},{}])";
    const auto all = scan(content);
    REQUIRE(all.whole);
    REQUIRE(all.blocks.size() == 5);
    CHECK(all.blocks[0].text.text == "a \"q\" \\ \n \xc3\xa9 \xf0\x9f\x98\x80 \xef\xbf\xbd! \xc3\xa9");
    CHECK(all.blocks[0].text.bytes == all.blocks[0].text.text.size());
    CHECK(all.blocks[1].tool_name.text == "Bash");
    CHECK(all.blocks[1].tool_input.text == R"({"command":"a \" ]","n":[1,{}]})");
    CHECK(all.blocks[2].is_error);
    CHECK(all.blocks[2].tool_result_id.text == "c1");
    CHECK(all.blocks[2].raw == excerpt{});
    CHECK(all.blocks[3].raw.text == "[text]");
    CHECK_FALSE(all.blocks[4].is_error);
    for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
        const auto again = scan(content, piece);
        REQUIRE(again.whole);
        REQUIRE(again.blocks.size() == all.blocks.size());
        for (std::size_t i = 0; i < all.blocks.size(); ++i) {
            CHECK(same(again.blocks[i], all.blocks[i]));
        }
    }
}

TEST_CASE("the data of an image are kept of the last block alone, and only where they are wanted") {
    const std::string data(5000, 'A');
    const auto image = [&](const char* field) {
        return "{\"type\":\"image\",\"" + std::string{field} + "\":\"" + data + "\"}";
    };
    const auto content =
        "[" + image("image_base64") + "," + image("image_url") + "," + image("image_base64") + "]";
    block_limits limits;
    CHECK(scan(content, 7).blocks[0].image_base64 == excerpt{"", 5000});
    limits.image_bytes = 5000;
    limits.blocks = 1;
    CHECK(scan(content, 7, limits).blocks[0].image_base64 == excerpt{data, 5000});
    limits.blocks = 2;
    CHECK(scan(content, 7, limits).blocks[0].image_base64 == excerpt{"", 5000});
    CHECK(scan(content, 7, limits).blocks[1].image_url == excerpt{data, 5000});
    limits.image_bytes = 4999;
    limits.blocks = 3;
    CHECK(scan(content, 7, limits).blocks[2].image_base64 == excerpt{data.substr(1), 5000});
}

TEST_CASE("of a long field its beginning is kept, cut in no character") {
    block_limits limits;
    limits.text_bytes = 6;
    const auto cut = scan(R"([{"type":"text","text":"abcd€€€"}])", 3, limits);
    REQUIRE(cut.whole);
    CHECK(cut.blocks[0].text.text == "abcd");
    CHECK(cut.blocks[0].text.bytes == 13);
    CHECK(cut.blocks[0].text.cut());
}

TEST_CASE("JSON of any depth is passed without recursion") {
    const std::string deep = R"([{"type":"tool_use","tool_input":{"a":)" + std::string(10'000, '[') +
                             std::string(10'000, ']') + "}}]";
    const auto read = scan(deep);
    REQUIRE(read.whole);
    CHECK(read.blocks[0].tool_input.bytes == 20'006);
    CHECK(read.blocks[0].tool_input.text.size() == 4096);
}

TEST_CASE("a message keeps no more than its limits, whatever it holds") {
    block_limits limits;
    limits.text_bytes = 1000;
    limits.message_bytes = 2500;
    limits.blocks = 5;
    std::string content = "[";
    for (int i = 0; i < 9; ++i) {
        content += (i == 0 ? R"({"type":"text","text":")" : R"(,{"type":"text","text":")") +
                   std::string(2000, 'a') + R"("})";
    }
    const auto read = scan(content + "]", 1000, limits);
    REQUIRE(read.whole);
    REQUIRE(read.blocks.size() == 5);
    CHECK(read.more == 4);
    CHECK(read.blocks[0].text.text.size() == 1000);
    CHECK(read.blocks[4].text.text.size() == 256);
    CHECK(read.blocks[4].text.bytes == 2000);
}

TEST_CASE("what is no array of objects is told as such, with what came before") {
    for (const std::string_view content :
         {"", "{}", "[", "[1]", "[{]", R"([{"a"}])", R"([{"a":1,}])", R"([{"text":"a"},])",
          R"([{"text":"\u00g0"}])", R"([{"text":"a"}] x)", R"([{"type":"text","text":"a)"}) {
        CAPTURE(content);
        CHECK_FALSE(scan(content).whole);
    }
    CHECK(scan(R"([{"type":"text","text":"abc)").blocks.size() == 1);
    CHECK(scan("[]").whole);
    CHECK(scan(" [ { } ] \n").whole);
}

}  // namespace tapes::read::content_scanner_test
