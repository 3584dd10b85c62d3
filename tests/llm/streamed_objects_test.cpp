#include "streamed_objects.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::streamed_objects_test {

using tapes::llm::streamed_objects;

namespace {

std::vector<std::string> objects_of(std::string_view stream, std::size_t piece = std::string_view::npos) {
    std::vector<std::string> all;
    streamed_objects objects([&all](std::string_view object) {
        std::string compact;  // without line ends and indentation
        for (const char c : object) {
            compact.append(c == '\n' || c == ' ' ? 0 : 1, c);
        }
        all.push_back(compact);
    });
    while (!stream.empty()) {
        objects.feed(stream.substr(0, piece));
        stream.remove_prefix(std::min(piece, stream.size()));
    }
    objects.finish();
    return all;
}

}  // namespace

TEST_CASE("the objects of a stream are found however its lines are cut") {
    const std::string one = R"({"a":"}{\"","b":[{"c":1},{}]})";
    const std::string two = R"({"d":2})";
    const std::string pretty = "{\n  \"a\" : \"}{\\\"\" ,\n  \"b\": [\n{\n\"c\":1},\n    {}\n  ]\n}\n";
    std::string pretty_data = "data: {\ndata:   \"a\": \"}{\\\"\",\ndata: \"b\": [{\"c\":1}\ndata: ,{}]}\n\n";
    for (const std::string& stream :
         {one + "\n" + two + "\n", one + two, one + " " + two + "\r\n", "\n\n" + one + "\r\n\r\n" + two,
          pretty + two, pretty + pretty.substr(0, 0) + two + "\n",
          "data: " + one + "\n\ndata: " + two + "\n\n", "data:" + one + "\ndata:" + two,
          "event: x\ndata: " + one + "\n\n: {ping}\n\nid: {\n\ndata: " + two,
          pretty_data + "data: " + two + "\n\ndata: [DONE]\n\n", "[" + one + ",\n" + two + "]",
          "\xEF\xBB\xBF" + one + "\n" + two}) {
        INFO(stream);
        for (const std::size_t piece :
             {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::string_view::npos}) {
            CHECK(objects_of(stream, piece) == std::vector<std::string>{one, two});
        }
    }
}

TEST_CASE("an object that breaks off takes none of those behind it along") {
    const std::string two = R"({"d":2})";
    const std::string three = R"({"e":3})";
    for (const std::string broken :
         {R"({"model":"m1","mess)", R"({"message":)", R"({"message":{)", R"({"a":[)", R"({"a":[1,)",
          R"({"a":nul)", R"({"a":1)", R"({"a":1,)", "{"}) {
        for (const std::string& stream :
             {broken + "\n" + two + "\n" + three + "\n", broken + "\n" + two + "\n" + three}) {
            INFO(stream);
            for (const std::size_t piece : {std::size_t{1}, std::size_t{4}, std::string_view::npos}) {
                CHECK(objects_of(stream, piece) == std::vector<std::string>{broken, two, three});
            }
        }
    }
    CHECK(objects_of(R"({"a":1,"b")") == std::vector<std::string>{R"({"a":1,"b")"});
    CHECK(objects_of("nothing\n[1,2]\n}}}\n").empty());
}

TEST_CASE("100,000 broken lines are read in linear time") {
    std::string stream;
    for (int i = 0; i < 100'000; ++i) {
        stream += "{\"a\":[\n{\"b\":\n";
    }
    CHECK(objects_of(stream).size() == 200'000);
}

}  // namespace tapes::llm::streamed_objects_test
