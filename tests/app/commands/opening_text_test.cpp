#include "commands/opening_text.hpp"

#include <catch2/catch.hpp>

namespace tapes::app::opening_text_test {

TEST_CASE("the beginning of a content is read, wherever it is cut") {
    struct row {
        const char* content;
        bool typed;
        const char* opening;
    };
    for (
        const auto& [content, typed, opening] : {
            row{R"([{"type":"text","text":"Found\nit."}])", false, "Found it."},
            row{R"([{"thinking":"hm","type":"thinking"},{"type":"text","text":"yes"}])", false, "yes"},
            row{R"([{"type":"text","text":"  "},{"type":"text","text":"second"}])", false, "second"},
            row{R"([{"type":"tool_use","tool_input":{"text":"no"},"tool_name":"Bash"},{"tool_name":"Read"}])",
                false, "calls Bash, Read"},
            row{R"([{"type":"text","text":"<system-reminder>a</system-reminder>fix"}])", true, "fix"},
            row{R"([{"type":"text","text":"fix"},{"type":"text","text":"it"}])", true, "fix it"},
            row{R"([{"type":"tool_result","tool_output":"out"}])", true, ""},
            row{R"([{"type":"text","text":"cut he)", false, "cut h"},
            row{R"([{"type":"text","text":"cut \u00)", false, "cut"},
            row{R"([{"type":"text","text":"whole \u00e9 \)", false, "whole é"},
            row{R"([{"type":"text","te)", false, ""},
            row{R"([{"type":"text")", false, ""},
            row{R"([{"a":[[[[{"text":"deep"}]]]],"text":"flat"}])", false, "flat"},
            row{"[", false, ""},
            row{"", false, ""},
            row{"{}", false, ""},
        }) {
        CAPTURE(content);
        CHECK(opening_text(content, typed) == opening);
    }
}

}  // namespace tapes::app::opening_text_test
