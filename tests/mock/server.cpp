#include <tapes/http/content_coding.hpp>
#include <tapes/mock/mock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace asio = boost::asio;
using tapes::mock::server;

namespace {

/// What the server sends to these bytes until it closes.
std::string talk(const server& to, const std::string& bytes) {
    asio::io_context context;
    asio::ip::tcp::socket socket{context};
    socket.connect({asio::ip::address_v4::loopback(), to.port()});
    asio::write(socket, asio::buffer(bytes));
    std::string out;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(out), error);
    return out;
}

std::string request(const std::string& body, const std::string& more = "Connection: close\r\n") {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + more + "\r\n" + body;
}

std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

std::string unchunked(std::string_view in) {
    std::string out;
    while (!in.empty()) {
        const auto end = in.find("\r\n");
        const auto size = std::stoul(std::string{in.substr(0, end)}, nullptr, 16);
        out += in.substr(end + 2, size);
        in.remove_prefix(std::min(in.size(), end + 4 + size));
    }
    return out;
}

/// The content that a stream's chunks add up to.
std::string content_of(std::string_view stream) {
    std::string out;
    for (std::size_t at = 0; (at = stream.find("data: {", at)) != std::string_view::npos;) {
        const auto end = stream.find("\n\n", at);
        const auto chunk = nlohmann::json::parse(stream.substr(at + 6, end - at - 6));
        for (const auto& choice : chunk["choices"]) {
            if (choice["delta"].contains("content") && choice["delta"]["content"].is_string()) {
                out += choice["delta"]["content"].get<std::string>();
            }
        }
        at = end;
    }
    return out;
}

const std::string ask = R"({"model":"gpt-4o","messages":[{"role":"user","content":"hello äöü"}])";

}  // namespace

TEST_CASE("the mock gives one answer, streamed or not, in any coding") {
    server mock{{}};
    mock.start();
    const auto one = nlohmann::json::parse(body_of(talk(mock, request(ask + "}"))));
    CHECK(one["object"] == "chat.completion");
    CHECK(one["model"] == "gpt-4o-2024-08-06");
    const auto content = one["choices"][0]["message"]["content"].get<std::string>();
    CHECK(content == "You said: hello äöü");
    const auto streamed = unchunked(body_of(talk(mock, request(ask + ",\"stream\":true}"))));
    CHECK(content_of(streamed) == content);
    CHECK(streamed.ends_with("data: [DONE]\n\n"));
    for (const std::string coding : {"gzip", "zstd", "br"}) {
        const auto coded = talk(mock, request(ask + ",\"stream\":true}",
                                              "Connection: close\r\nX-Mock-Encoding: " + coding + "\r\n"));
        const auto plain = tapes::http::decode_all(coding, unchunked(body_of(coded)));
        CHECK(plain.status == tapes::http::decode_status::done);
        CHECK(content_of(plain.bytes) == content);
    }
}

TEST_CASE("the mock keeps connections, reads pipelined and chunked requests") {
    server mock{{.threads = 2}};
    mock.start();
    const auto answers =
        talk(mock, request(ask + "}", "") +
                       "POST /x/chat/completions HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    CHECK(answers.find("You said: hello") != std::string::npos);
    CHECK(answers.find("HTTP/1.1 400") != std::string::npos);
    CHECK(mock.requests() == 2);
}

TEST_CASE("the mock's answers are shaped by headers") {
    server mock{{}};
    mock.start();
    const auto with = [&](const std::string& more, const std::string& body) {
        return talk(mock, request(body, "Connection: close\r\n" + more));
    };
    const auto limited = with("X-Mock-Status: 429\r\n", ask + "}");
    CHECK(limited.starts_with("HTTP/1.1 429 "));
    CHECK(limited.find("Retry-After: 1\r\n") != std::string::npos);
    const auto sized = nlohmann::json::parse(body_of(with("X-Mock-Bytes: 5000\r\n", ask + "}")));
    CHECK(sized["choices"][0]["message"]["content"].get<std::string>().size() == 5000);
    const auto many = with("X-Mock-Events: 200\r\n", ask + ",\"stream\":true}");
    std::size_t events = 0;
    for (std::size_t at = 0; (at = many.find("\"delta\":{\"content\":", at)) != std::string::npos; ++at) {
        ++events;
    }
    CHECK(events == 200);
    const auto cut = with("X-Mock-Cut: 3\r\n", ask + ",\"stream\":true}");
    CHECK(cut.find("[DONE]") == std::string::npos);
    const auto tools = nlohmann::json::parse(body_of(with(
        "X-Mock-Tool-Calls: 2\r\n",
        ask +
            R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"q":{"type":"string"}}}}}]})")));
    CHECK(tools["choices"][0]["finish_reason"] == "tool_calls");
    CHECK(tools["choices"][0]["message"]["tool_calls"].size() == 2);
    const auto refused = nlohmann::json::parse(body_of(with("X-Mock-Refusal: 1\r\n", ask + "}")));
    CHECK(refused["choices"][0]["message"]["refusal"].is_string());
    CHECK(refused["choices"][0]["message"]["content"].is_null());
}
