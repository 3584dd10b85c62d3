#include <tapes/text/json_view.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::text::json_view_test {

TEST_CASE("members, elements and values of a JSON text are found without a tree") {
    const json_view all{
        R"( {"a": [1, {"b":"x"}, [2]], "t\u0065xt":"é\n\ud83d\ude00", "n":-1.5e3, "i":7, "w":2.0,
        "yes":true,"none":null, "a2":{} } )"};
    REQUIRE(all.is_object());
    CHECK(all["a"].raw() == R"([1, {"b":"x"}, [2]])");
    CHECK(all["text"].text() == "é\n😀");
    CHECK(all["n"].number() == -1500.0);
    CHECK(all["i"].integer() == 7);
    CHECK(all["w"].integer() == 2);
    CHECK(!all["n"].boolean());
    CHECK(all["yes"].boolean() == true);
    CHECK(all["none"].is_null());
    CHECK(all["a2"].is_object());
    CHECK(!all["missing"]);
    CHECK(!all["a"]["b"]);
    CHECK(!all["i"].string());
    std::vector<std::string> elements;
    all["a"].each([&](json_view one) {
        elements.emplace_back(one.raw());
        return true;
    });
    CHECK(elements == std::vector<std::string>{"1", R"({"b":"x"})", "[2]"});
    std::vector<std::string> names;
    all.members([&](const std::string& name, json_view) {
        names.push_back(name);
        return names.size() < 3;
    });
    CHECK(names == std::vector<std::string>{"a", "text", "n"});
}

TEST_CASE("a text is told to be one value by its brackets and quotes") {
    for (const auto* const text : {"{}", " [1,{\"a\":\"]\"}] \n", "{\"a\":\"\\ud800\"}"}) {
        CHECK(is_one_value(text));
    }
    for (const auto* const text : {"", "1", "\"a\"", "{", "{}{}", "[1]]", "{\"a", "nul"}) {
        CHECK(!is_one_value(text));
    }
    CHECK(!is_one_value(std::string_view{"{}\0", 3}));
    CHECK(is_one_value(std::string(100'000, '[') + std::string(100'000, ']')));
}

TEST_CASE("of a member that is there twice the last one counts") {
    CHECK(json_view{R"({"a":1,"a":2})"}["a"].integer() == 2);
}

TEST_CASE("what is no JSON gives nothing, and nothing is read beyond its end") {
    const auto text =
        GENERATE(as<std::string>{}, "", "{", "[", "\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[", "[1,",
                 "{\"a\":\"\\", "{,}", "[,]", "{\"a\":}", "]", "}", "{\"a\" 1}", "nul", "\\");
    CAPTURE(text);
    const json_view view{text};
    CHECK(!view["b"]);
    CHECK(view.text().empty());
    int count = 0;
    view.each([&](json_view) { return ++count < 10; });
    view.members([&](const std::string&, json_view) { return ++count < 10; });
    CHECK(count <= 2);
}

TEST_CASE("a number that a double cannot carry is none") {
    CHECK(!json_view{"1e999"}.number());
    CHECK(!json_view{"1.5"}.integer());
    CHECK(!json_view{"1e300"}.integer());
    CHECK(!json_view{"12x"}.integer());
}

}  // namespace tapes::text::json_view_test
