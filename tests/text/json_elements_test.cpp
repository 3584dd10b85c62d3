#include <tapes/text/json_elements.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::text::json_elements_test {

namespace {

struct cut {
    std::vector<std::string> texts;
    std::size_t too_long = 0;
    bool found = false;
    bool complete = false;
};

cut cut_all(const std::vector<std::string>& path, std::string_view text, std::size_t step,
            std::size_t most = 1000) {
    cut made;
    json_elements elements{path, most, [&](const json_elements::element& one) {
                               made.too_long += one.too_long ? 1 : 0;
                               if (!one.too_long) {
                                   made.texts.push_back(one.text);
                               }
                           }};
    for (std::size_t at = 0; at < text.size(); at += step) {
        elements.feed(text.substr(at, step));
    }
    made.found = elements.found();
    made.complete = elements.complete();
    return made;
}

const std::vector<std::string> entries{"log", "entries"};

}  // namespace

TEST_CASE("elements of the array that is meant are cut out, in any split") {
    const std::string text =
        R"( {"entries":[0],"x":{"log":{"entries":[9]}}, "l\u006fg":{"entries":[8]},"log" : {"version":"1.2","pages":[{"entries":[1]}],)"
        R"("creator":{"name":"log"}, "entries": [ {"a":"]},\"["} , 2,[3,[4]] , "s,]" ,null] , "more":[5]}, "z":[6]})";
    for (std::size_t step = 1; step < text.size(); ++step) {
        const auto made = cut_all(entries, text, step);
        REQUIRE(made.complete);
        REQUIRE(made.texts ==
                std::vector<std::string>{R"({"a":"]},\"["} )", "2", "[3,[4]] ", R"("s,]" )", "null"});
    }
}

TEST_CASE("an array that is the whole text is cut by no path") {
    CHECK(cut_all({}, "[{\"a\":[1]},2]", 3).texts == std::vector<std::string>{"{\"a\":[1]}", "2"});
    CHECK(cut_all({}, "[]", 1).complete);
    CHECK(cut_all({}, "[]", 1).texts.empty());
    CHECK(!cut_all({}, "{\"a\":[1]}", 1).found);
}

TEST_CASE("an element that is too long is told of and not held") {
    const auto made =
        cut_all(entries, R"({"log":{"entries":["ab",")" + std::string(100, 'x') + R"(","c"]}})", 7, 10);
    CHECK(made.texts == std::vector<std::string>{"\"ab\"", "\"c\""});
    CHECK(made.too_long == 1);
}

TEST_CASE("what is nested without end, or breaks off, is no array and takes no memory") {
    CHECK(!cut_all(entries, std::string(100000, '['), 1000).found);
    CHECK(!cut_all(entries, std::string(100000, '{'), 1000).found);
    const auto open = cut_all(entries, R"({"log":{"entries":[1,)" + std::string(100000, '['), 1000);
    CHECK(open.found);
    CHECK(!open.complete);
    CHECK(open.texts == std::vector<std::string>{"1"});
    CHECK(!cut_all(entries, R"({"log":{"entries":5}})", 1).found);
    CHECK(!cut_all(entries, "}}]]{\"log\":", 1).found);
}

}  // namespace tapes::text::json_elements_test
