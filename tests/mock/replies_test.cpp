#include "talk.hpp"

#include <tapes/mock/mock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tapes::mock::replies_test {

namespace asio = boost::asio;
using test::talk;

namespace {

class given_reply final : public reply {
public:
    std::vector<std::string> pieces;
    bool fails = false;

    std::optional<reply_piece> next() override {
        if (at_ == pieces.size()) {
            if (fails) {
                throw std::runtime_error{"unreadable"};
            }
            return std::nullopt;
        }
        return reply_piece{pieces[at_++]};
    }

private:
    std::size_t at_ = 0;
};

/// Gives what a function makes, and keeps what was asked.
class given_answers final : public answer_source {
public:
    std::function<void(const asked&, given_reply&)> make;
    std::vector<asked> questions;
    bool on_sockets = false;

    std::unique_ptr<reply> answer(const asked& request) override {
        questions.push_back(request);
        auto made = std::make_unique<given_reply>();
        made->reason = "OK";
        make(request, *made);
        return made;
    }
    bool accepts_websocket(const asked&) override { return on_sockets; }
};

std::string get(const std::string& more = "Connection: close\r\n") {
    return "GET /x?y HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

}  // namespace

TEST_CASE("a source is asked what came, and its answer is sent as it is") {
    given_answers answers;
    answers.make = [](const asked&, given_reply& out) {
        out.status = 418;
        out.reason = "I am";
        out.fields = "X-One: 1\r\nx-one: 2\r\n";
        out.length = 6;
        out.pieces = {"abc", "def"};
    };
    server to{{}, answers};
    to.start();
    const auto said =
        talk(to, "POST /p HTTP/1.1\r\nHost: h\r\nX-A: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
    CHECK(
        said ==
        "HTTP/1.1 418 I am\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 6\r\nConnection: close\r\n\r\nabcdef");
    REQUIRE(answers.questions.size() == 1);
    CHECK(answers.questions[0].method == "POST");
    CHECK(answers.questions[0].target == "/p");
    CHECK(answers.questions[0].body == "hi");
    CHECK(answers.questions[0].head.find("X-A: b\r\n") != std::string::npos);
    CHECK(answers.questions[0].head.starts_with("POST /p HTTP/1.1\r\n"));
}

TEST_CASE("without a length a body comes in chunks, and the connection goes on") {
    given_answers answers;
    answers.make = [](const asked&, given_reply& out) { out.pieces = {"abc", "defg"}; };
    server to{{}, answers};
    to.start();
    const auto said = talk(to, get("") + get());
    const std::string body = "\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
    CHECK(said == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + body +
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close" + body);
    const auto old = talk(to, "GET / HTTP/1.0\r\n\r\n");
    CHECK(old == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdefg");
}

TEST_CASE("an answer that breaks off, or cannot be read on, ends the connection") {
    for (const bool fails : {false, true}) {
        given_answers answers;
        answers.make = [fails](const asked&, given_reply& out) {
            out.pieces = {"abc"};
            out.cut = !fails;
            out.fails = fails;
        };
        server to{{}, answers};
        to.start();
        CHECK(talk(to, get("") + get("")).ends_with("\r\n\r\n3\r\nabc\r\n"));
        CHECK(answers.questions.size() == 1);
    }
}

TEST_CASE("what has no body gets none") {
    given_answers answers;
    answers.make = [](const asked& request, given_reply& out) {
        out.pieces = {"abc"};
        out.length = 3;
        out.has_body = request.target != "/none";
        out.status = out.has_body ? 200 : 204;
    };
    server to{{}, answers};
    to.start();
    CHECK(talk(to, "GET /none HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") ==
          "HTTP/1.1 204 OK\r\nConnection: close\r\n\r\n");
    CHECK(talk(to, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").ends_with("\r\n\r\n"));
}

TEST_CASE("a request may be passed on to another server, below a path of its own") {
    given_answers behind;
    behind.make = [](const asked&, given_reply& out) {
        out.length = 5;
        out.pieces = {"there"};
    };
    server upstream{{}, behind};
    upstream.start();
    given_answers answers;
    answers.make = [&](const asked&, given_reply& out) { out.pass_to = upstream.url() + "/runs/1/openai"; };
    server to{{}, answers};
    to.start();
    const auto said = talk(to, "POST /v1/x?q=1 HTTP/1.1\r\nHost: h\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi");
    CHECK(said.ends_with("\r\n\r\nthere"));
    REQUIRE(behind.questions.size() == 1);
    CHECK(behind.questions[0].target == "/runs/1/openai/v1/x?q=1");
    CHECK(behind.questions[0].body == "hi");
    CHECK(behind.questions[0].head.find("X-A: b") != std::string::npos);
    answers.make = [](const asked&, given_reply& out) { out.pass_to = "http://127.0.0.1:1"; };
    CHECK(talk(to, get()).starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
}

TEST_CASE("connections of a source are answered side by side") {
    given_answers answers;
    answers.make = [](const asked& request, given_reply& out) {
        out.length = 1;
        out.pieces = {"x"};
        out.wait = request.target == "/slow" ? std::chrono::milliseconds{300} : std::chrono::milliseconds{0};
    };
    server to{{}, answers};
    to.start();
    asio::io_context context;
    asio::ip::tcp::socket slow{context};
    slow.connect({asio::ip::address_v4::loopback(), to.port()});
    asio::write(slow,
                asio::buffer(std::string{"GET /slow HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"}));
    CHECK(talk(to, get()).ends_with("x"));
    CHECK(slow.available() == 0);
}

}  // namespace tapes::mock::replies_test
