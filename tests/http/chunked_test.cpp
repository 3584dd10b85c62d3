#include <tapes/http/chunked.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::http::chunked_test {

using tapes::http::chunked_scanner;
using event = chunked_scanner::event;

namespace {

constexpr std::size_t nowhere = ~std::size_t{0};

/// A step that told of data, in offsets of the whole.
struct told_data {
    std::size_t from = 0;  ///< where the bytes began that were given
    std::size_t line = 0;
    std::size_t data = 0;
};

struct outcome {
    std::string data;
    std::vector<told_data> steps;
    std::size_t last_chunk = nowhere;  ///< where its size line was told to begin, in the whole
    std::size_t told_at = nowhere;     ///< the end of what was consumed then
    std::size_t used = 0;
    event final = event::more;
};

/// Feeds pieces of `step` bytes as a reader does: what is not consumed is given again with the next piece.
outcome scan(std::string_view bytes, std::size_t step) {
    chunked_scanner scanner;
    outcome out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        auto piece = bytes.substr(at, step);
        std::size_t from = at;
        for (;;) {
            const auto got = scanner.next(piece);
            out.used = from + got.consumed;
            if (got.kind == event::data) {
                CHECK_FALSE(got.data.empty());
                CHECK(got.data.data() + got.data.size() == piece.data() + got.consumed);
                out.data += got.data;
                const auto at = from + static_cast<std::size_t>(got.data.data() - piece.data());
                out.steps.push_back({from, from + got.line, at});
            } else if (got.kind == event::last_chunk) {
                CHECK(out.last_chunk == nowhere);
                out.last_chunk = from + got.line;
                out.told_at = out.used;
            } else if (got.kind == event::more) {
                CHECK(got.consumed == piece.size());
                break;
            } else {
                out.final = got.kind;
                return out;
            }
            piece.remove_prefix(got.consumed);
            from = out.used;
        }
    }
    return out;
}

event end_of(const std::string& bytes) {
    const auto whole = scan(bytes, bytes.size()).final;
    for (std::size_t step = 1; step < std::min<std::size_t>(bytes.size(), 9); ++step) {
        CAPTURE(step);
        CHECK(scan(bytes, step).final == whole);
    }
    return whole;
}

}  // namespace

TEST_CASE("a chunked body gives the same data, last chunk and end in any split") {
    const std::string body = "5\r\nhello\r\n0000A;n=v;q=\"x;y\"\r\n wor\r\n\r\nld\r\n1\r\n0\r\n";
    const std::string last = "000;last\r\n";
    const std::string whole = body + last + "Trailer: a\r\nB: c\r\n\r\n";
    for (std::size_t step = 1; step <= whole.size() + 9; ++step) {
        CAPTURE(step);
        const auto out = scan(whole + "NEXT 0\r\n", step);
        CHECK(out.final == event::end);
        CHECK(out.data == "hello wor\r\n\r\nld0");
        CHECK(out.used == whole.size());
        CHECK(out.told_at == body.size() + last.size());
        // Where the size line began in an earlier piece, the piece it ended in is all there is to hold back.
        const auto piece = (out.told_at - 1) / step * step;
        CHECK(out.last_chunk == std::max(piece, body.size()));
    }
}

TEST_CASE("data is told with the start of its chunk's size line, or its own where that came before") {
    const std::string first = "5;x=y\r\n";
    const std::string second = "00B\r\n";
    const std::string body = first + "hello\r\n" + second + "hello world\r\n0\r\n\r\n";
    const auto second_line = first.size() + 7;
    for (std::size_t step = 1; step <= body.size(); ++step) {
        CAPTURE(step);
        const auto out = scan(body, step);
        CHECK(out.data == "hellohello world");
        for (const auto& one : out.steps) {
            CAPTURE(one.from, one.data);
            if (one.data == first.size()) {
                CHECK(one.line == one.from);
            } else if (one.data == second_line + second.size()) {
                CHECK(one.line == std::max(one.from, second_line));
            } else {
                CHECK(one.line == one.data);
            }
        }
    }
}

TEST_CASE("a body without trailers ends with the empty line") {
    CHECK(end_of("0\r\n\r\n") == event::end);
    CHECK(end_of("0\r\n") == event::more);
    CHECK(end_of("0\r\n\r") == event::more);
    CHECK(end_of("3\r\nab") == event::more);
    CHECK(end_of("3\r\nabc\r\n") == event::more);
}

TEST_CASE("what is not the chunked coding is refused") {
    const std::string nul(1, '\0');
    const std::vector<std::string> rows{
        "\r\n",  // no size
        "g\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\nA\r\n",
        " 1\r\nA\r\n",
        "1 \r\nA\r\n",
        "1 ;x\r\nA\r\n",
        ";x\r\n",
        "1\nA\r\n0\r\n\r\n",  // bare LF after the size
        "1\rA\r\n",           // bare CR after the size
        "1;x\nA\r\n",         // bare LF in an extension
        "1;x" + nul + "\r\nA\r\n",
        "1" + nul + "\r\nA\r\n",
        "1\r\nAB\r\n",        // more data than was said
        "1\r\nA\n0\r\n\r\n",  // bare LF after the data
        "1\r\nA0\r\n\r\n",
        "00000000000000001\r\nA\r\n",  // 17 digits
        "10000000000000000\r\n",       // over 64 bits
        "8000000000000000\r\nA",       // 2^63
        "8000000000000000;x\r\nA",
        "ffffffffffffffff\r\nA",
        "fffffffffffffff0",
        "08000000000000000\r\nA",
        "00008000000000000000\r\nA",
        std::string(64, '0') + "8000000000000000\r\nA",
        std::string(64, 'f') + "\r\nA",
        "0\r\n\n",  // bare LF ends the trailers
        "0\r\nX: y\n\r\n",
        "0\r\nX: \ry\r\n\r\n",
        "0\r\nX: " + nul + "\r\n\r\n",
    };
    for (const auto& one : rows) {
        CAPTURE(one);
        CHECK(end_of(one) == event::error);
    }
    CHECK(end_of("7fffffffffffffff\r\nA") == event::more);
    CHECK(end_of("0fffffffffffffff\r\nA") == event::more);
}

TEST_CASE("size lines and trailers are bounded") {
    CHECK(end_of("1;" + std::string(4000, 'x') + "\r\nA\r\n0\r\n\r\n") == event::end);
    CHECK(end_of("1;" + std::string(5000, 'x')) == event::error);
    std::string trailers = "0\r\n";
    for (int i = 0; i < 60; ++i) {
        trailers += "X: " + std::string(1000, 'x') + "\r\n";
    }
    CHECK(end_of(trailers + "\r\n") == event::end);
    CHECK(end_of(trailers + "X: " + std::string(8000, 'x') + "\r\n\r\n") == event::error);
}

TEST_CASE("nothing is consumed after the end") {
    chunked_scanner scanner;
    const std::string_view body = "0\r\n\r\nnext";
    CHECK(scanner.next(body).kind == event::last_chunk);
    const auto end = scanner.next(body.substr(3));
    CHECK(end.kind == event::end);
    CHECK(end.consumed == 2);
    const auto again = scanner.next(body.substr(5));
    CHECK(again.kind == event::end);
    CHECK(again.consumed == 0);
}

}  // namespace tapes::http::chunked_test
