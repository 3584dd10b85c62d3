#include <tapes/catalogue/node_text.hpp>
#include <tapes/text/utf8.hpp>

#include <catch2/catch.hpp>

namespace tapes::catalogue::node_text_test {

TEST_CASE("what is searched of a node stands apart by what it is") {
    struct row {
        const char* content;
        node_text wanted;
    };
    for (
        const auto& [content, wanted] : {
            row{R"([{"type":"text","text":"one\ntwo \u00e9"},{"type":"text","text":"three"}])",
                {"one\ntwo é\nthree", "", "", ""}},
            row{R"([{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"yes"}])",
                {"yes", "", "", "hm"}},
            row{R"([{"type":"tool_use","tool_use_id":"t1","tool_name":"Bash","tool_input":{"command":"ls -l","n":[1.5,-2,true,{"deep":"x"}]}}])",
                {"", "Bash\nls -l\n1.5\n-2\nx", "", ""}},
            row{R"([{"type":"tool_result","tool_result_id":"t1","tool_output":"total 4\n","is_error":true}])",
                {"", "", "total 4\n", ""}},
            row{R"([{"type":"refusal","refusal":"no"}])", {"no", "", "", ""}},
            row{R"([{"type":"document","raw":{"source":{"type":"text","data":"a paper"}}}])",
                {"text\na paper", "", "", ""}},
            row{R"([{"type":"image","image_base64":"aaaa","media_type":"image/png"}])", {}},
            row{"[]", {}},
            row{"", {}},
            row{"null", {}},
            row{"[{\"type\":\"text\",\"text\":\"cut", {}},
            row{R"([{"type":"text","text":"first"},{"type":"text",)", {"first", "", "", ""}},
            row{R"([{"type":"text","text":3}])", {"3", "", "", ""}},
            row{R"([1,2,{"text":"x"}])", {}},
            row{R"([{"type":"text","text":"\ud800 \" \\ \u0000z"}])",
                {std::string{"\ufffd \" \\ \0z", 10}, "", "", ""}},
        }) {
        CAPTURE(content);
        const auto made = node_text_of(content);
        CHECK(made.text == wanted.text);
        CHECK(made.tool_arguments == wanted.tool_arguments);
        CHECK(made.tool_results == wanted.tool_results);
        CHECK(made.thinking == wanted.thinking);
    }
}

TEST_CASE("a content that nests deep, or is large, is read within bounds") {
    const std::string deep(100'000, '[');
    const auto nested = node_text_of(R"([{"type":"tool_use","tool_input":)" + deep + "\"x\"" +
                                     std::string(100'000, ']') + R"(},{"type":"text","text":"behind"}])");
    CHECK(nested.tool_arguments == "x");
    CHECK(nested.text == "behind");
    CHECK(node_text_of(R"([{"raw":)" + deep).empty());

    std::string large = R"([{"type":"text","text":"a)";
    for (std::size_t i = 0; i < most_text_bytes; ++i) {
        large += "é";
    }
    large += R"("},{"type":"text","text":"more"}])";
    const auto cut = node_text_of(large);
    CHECK(cut.text.size() <= most_text_bytes);
    CHECK(cut.text.size() > most_text_bytes - 4);
    CHECK(text::valid_utf8(cut.text));

    std::string escaped = R"([{"type":"text","text":")";
    for (std::size_t i = 0; i < most_text_bytes; ++i) {
        escaped += "\\u0041";
    }
    CHECK(node_text_of(escaped + "\"}]").text.size() == most_text_bytes);
}

}  // namespace tapes::catalogue::node_text_test
