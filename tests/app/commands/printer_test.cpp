#include <tapes/app/printer.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <sstream>

namespace tapes::app::printer_test {

namespace {

constexpr std::string_view hostile = "m\n     7  fake\x1b[2J\xe2\x80\xae\xff";
constexpr std::string_view shown = "m\\n     7  fake\\u001b[2J\\u202e\\xff";

std::string printed(const std::function<void(printer&)>& act, printer::device kind = printer::device::file) {
    std::ostringstream out;
    {
        printer to{out, kind};
        act(to);
    }
    return out.str();
}

}  // namespace

TEST_CASE("only literals are layout, every other text is a value of one line") {
    const std::string text{hostile};
    CHECK(printed([&](printer& out) { out << "row\t" << text << "\n"; }) ==
          "row\t" + std::string{shown} + "\n");
    CHECK(printed([&](printer& out) { out << text.c_str() << "\n"; }) == std::string{shown} + "\n");
    CHECK(printed([&](printer& out) { out << std::string_view{text} << words{"\n"}; }) ==
          std::string{shown} + "\n");
    CHECK(printed([&](printer& out) {
              out << left(2, text) << "|" << right(4, 7) << "|" << left(3, 7) << "|";
          }) == std::string{shown} + "|   7|7  |");
    CHECK(printed([&](printer& out) { out << left(4, "a\x1b"); }) == "a\\u001b");
    CHECK(printed([&](printer& out) { out << -3 << " " << std::uint64_t{4}; }) == "-3 4");
}

TEST_CASE("a help page keeps its lines, JSON its meaning") {
    CHECK(printed([&](printer& out) { out.lines(hostile); }) == "m\n     7  fake\\u001b[2J\\u202e\\xff");
    CHECK(printed([&](printer& out) { out.json("{\"m\":\"\xe2\x80\xae\xff\x1b\"}"); }) ==
          "{\"m\":\"\\u202e\\ufffd\\u001b\"}\n");
}

TEST_CASE("bytes go as they are to a file, and are shown on a terminal") {
    const auto give = [&](printer& out) {
        out.bytes() << "a\x1b[2J\xe2\x80";
        out.bytes() << "\xae\r\n\xf0\x9f\x98";
        out.flush();
    };
    CHECK(printed(give) == "a\x1b[2J\xe2\x80\xae\r\n\xf0\x9f\x98");
    CHECK(printed(give, printer::device::terminal) == "a\\u001b[2J\\u202e\n\\xf0\\x9f\\x98");
    // A line that is too long to wait for is cut between characters.
    std::string long_line(64 * 1024 - 1, 'x');
    long_line +=
        "\xe2\x82\xac"
        "x";
    CHECK(printed(
              [&](printer& out) {
                  for (const char c : long_line) {
                      out.bytes().put(c);
                  }
              },
              printer::device::terminal) == long_line);
}

}  // namespace tapes::app::printer_test
