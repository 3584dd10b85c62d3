#include "toml_text.hpp"

#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <map>

namespace tapes::config::toml_text_test {

namespace {

/// The leaves' texts in the file, by their paths.
std::map<std::string, std::string> texts_in(const std::string& file) {
    std::map<std::string, std::string> texts;
    for (const auto& leaf : toml_leaves(file)) {
        texts[leaf.path] = file.substr(leaf.begin, leaf.end - leaf.begin);
    }
    return texts;
}

std::string lines(int count) {
    std::string all = "[publisher.kafka.properties]\n";
    for (int i = 0; i < count; ++i) {
        all += "\"key." + std::to_string(i) + "\" = \"\u20ac" + std::to_string(i) + "\"\n";
    }
    return all;
}

std::string one_line(int count) {
    std::string all = "x = { k = 0";
    for (int i = 0; i < count; ++i) {
        all += ", k" + std::to_string(i) + " = \"\u00e9\"";
    }
    return all + " }\n";
}

}  // namespace

TEST_CASE("a value's place in the file is where its text stands, whatever is around it") {
    CHECK(texts_in("a = 1") == std::map<std::string, std::string>{{"a", "1"}});
    const auto mark = GENERATE(as<std::string>{}, "", "\xEF\xBB\xBF");  // of the byte order
    const auto end = GENERATE(as<std::string>{}, "\n", "\r\n");
    const auto file = mark + "first = \"\u00e9\" # \u20ac" + end + "b.c = [1," + end + "  2]" + end + "[t]" +
                      end + "s = '''" + end + "\U0001F600" + end + "'''" + end +
                      "i = { z = \"\u20ac\", y = true, a = [] }" + end + end + "[[publisher]]" + end +
                      "name = 'p'" + end + "[[publisher]]" + end + "name = \"\u00e9q\"" + end;
    CAPTURE(file);
    CHECK(texts_in(file) ==
          std::map<std::string, std::string>{{"first", "\"\u00e9\""},
                                             {"b.c", "[1," + end + "  2]"},
                                             {"t.s", "'''" + end + "\U0001F600" + end + "'''"},
                                             {"t.i.z", "\"\u20ac\""},
                                             {"t.i.y", "true"},
                                             {"t.i.a", "[]"},
                                             {"publisher[0].name", "'p'"},
                                             {"publisher[1].name", "\"\u00e9q\""}});
    std::vector<std::string> paths;
    for (const auto& leaf : toml_leaves(file)) {
        paths.push_back(leaf.path);
    }
    CHECK(paths == std::vector<std::string>{"first", "b.c", "t.s", "t.i.z", "t.i.y", "t.i.a",
                                            "publisher[0].name", "publisher[1].name"});
}

TEST_CASE("the places of values are found by going through the file once") {
    const auto file = GENERATE(lines(20), lines(5000), one_line(20), one_line(5000));
    text::work_meter meter;
    const text::metered here{meter};
    CHECK(toml_leaves(file).size() >= 20);
    CHECK(meter.steps() > 0);
    CHECK(meter.steps() <= 2 * file.size());
}

}  // namespace tapes::config::toml_text_test
