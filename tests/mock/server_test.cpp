#include "talk.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/mock/mock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace tapes::mock::server_test {

namespace asio = boost::asio;
using tapes::mock::server;
using test::talk;

namespace {

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

TEST_CASE("each event of a stream is a chunk of its own") {
    server mock{{.events = 50}};
    mock.start();
    const auto answer = talk(mock, request(ask + ",\"stream\":true}"));
    std::string_view in = answer;
    in.remove_prefix(in.find("\r\n\r\n") + 4);
    int chunks = 0;
    while (!in.starts_with("0\r\n")) {
        const auto end = in.find("\r\n");
        const auto size = std::stoul(std::string{in.substr(0, end)}, nullptr, 16);
        const auto event = in.substr(end + 2, size);
        CHECK(event.starts_with("data: "));
        CHECK(event.find("\n\n") == event.size() - 2);
        in.remove_prefix(end + 4 + size);
        ++chunks;
    }
    CHECK(in == "0\r\n\r\n");
    // One with the role before them, one with the finish reason and [DONE] after them.
    CHECK(chunks == 53);
}

TEST_CASE("an HTTP/1.0 client gets a stream that the close ends") {
    server mock{{}};
    mock.start();
    const auto body = ask + ",\"stream\":true}";
    const auto answer =
        talk(mock, "POST /v1/chat/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + body);
    CHECK(answer.find("Transfer-Encoding") == std::string::npos);
    CHECK(content_of(body_of(answer)) == "You said: hello äöü");
    CHECK(answer.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("a request body is asked for, and may be chunked and large") {
    server mock{{}};
    mock.start();
    asio::io_context context;
    asio::ip::tcp::socket socket{context};
    socket.connect({asio::ip::address_v4::loopback(), mock.port()});
    const std::string head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    asio::write(socket, asio::buffer(head));
    std::string go(25, '\0');
    asio::read(socket, asio::buffer(go));
    CHECK(go == "HTTP/1.1 100 Continue\r\n\r\n");
    const std::string piece(65536, 'x');
    std::string body = R"({"messages":[{"role":"user","content":")";
    std::string sent;
    const auto add = [&](std::string_view data) {
        std::array<char, 16> size{};
        std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
        sent.append(size.data()).append(data).append("\r\n");
    };
    add(body);
    for (int i = 0; i < 64; ++i) {
        add(piece);
    }
    add("\"}]}");
    sent += "0\r\n\r\n";
    asio::write(socket, asio::buffer(sent));
    std::string answer;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    const auto json = nlohmann::json::parse(body_of(answer));
    CHECK(json["usage"]["prompt_tokens"] == (body.size() + 64 * piece.size() + 4) / 4 + 1);
}

TEST_CASE("bad requests get an error and unknown paths a 404") {
    server mock{{}};
    mock.start();
    for (const std::string body :
         {"", "{", "[]", "{}", R"({"messages":[]})", R"({"messages":["x"]})", "{\"messages\":1}"}) {
        CAPTURE(body);
        const auto answer = talk(mock, request(body));
        CHECK(answer.starts_with("HTTP/1.1 400 "));
        CHECK(nlohmann::json::parse(body_of(answer))["error"]["message"].is_string());
    }
    const std::string end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    CHECK(talk(mock, "GET /v1/chat/completions" + end).starts_with("HTTP/1.1 404 "));
    CHECK(talk(mock, "GET /v1/models" + end).starts_with("HTTP/1.1 200 "));
    CHECK(body_of(talk(mock, "HEAD /v1/models" + end)).empty());
    CHECK(talk(mock, "GET /v1/models HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("the mock ends bodies as it is asked to") {
    server mock{{}};
    mock.start();
    const auto whole = talk(mock, request(ask + "}", "Connection: close\r\nX-Mock-Chunked: 1\r\n"));
    CHECK(whole.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(whole.find("Content-Length") == std::string::npos);
    CHECK(whole.ends_with("\r\n0\r\n\r\n"));
    const auto text = unchunked(body_of(whole));
    CHECK(nlohmann::json::parse(text)["object"] == "chat.completion");
    const auto cut = talk(mock, request(ask + "}", "X-Mock-Cut: 0\r\n"));
    CHECK(cut.find("Content-Length: " + std::to_string(text.size())) != std::string::npos);
    CHECK(body_of(cut).size() == text.size() / 2);
    const auto cut_chunked = talk(mock, request(ask + "}", "X-Mock-Cut: 0\r\nX-Mock-Chunked: 1\r\n"));
    CHECK_FALSE(cut_chunked.ends_with("0\r\n\r\n"));
    CHECK(cut_chunked.find("X-Mock") == std::string::npos);
}

TEST_CASE("streams of several choices and of tool calls add up to the one-shot answer") {
    server mock{{}};
    mock.start();
    const std::string tools =
        R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"q":{"type":"string"}}}}}])";
    const std::string fields = "Connection: close\r\nX-Mock-Tool-Calls: 1\r\n";
    for (const auto& more : {std::string{",\"n\":3"}, tools, tools + ",\"tool_choice\":\"none\""}) {
        CAPTURE(more);
        const auto one = nlohmann::json::parse(body_of(talk(mock, request(ask + more + "}", fields))));
        const auto streamed =
            unchunked(body_of(talk(mock, request(ask + more + ",\"stream\":true}", fields))));
        std::vector<std::string> texts(one["choices"].size());
        std::string arguments;
        for (std::size_t at = 0; (at = streamed.find("data: {", at)) != std::string::npos; ++at) {
            const auto chunk =
                nlohmann::json::parse(streamed.substr(at + 6, streamed.find("\n\n", at) - at - 6));
            const auto& choice = chunk["choices"][0];
            const auto& delta = choice["delta"];
            if (delta.contains("content") && delta["content"].is_string()) {
                texts.at(choice["index"].get<std::size_t>()) += delta["content"].get<std::string>();
            }
            if (delta.contains("tool_calls")) {
                arguments += delta["tool_calls"][0]["function"]["arguments"].get<std::string>();
            }
        }
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto& message = one["choices"][i]["message"];
            CHECK(texts[i] == (message["content"].is_string() ? message["content"].get<std::string>() : ""));
            if (message.contains("tool_calls")) {
                CHECK(arguments == message["tool_calls"][0]["function"]["arguments"].get<std::string>());
            }
        }
        CHECK(arguments.empty() == (more.find("tools") == std::string::npos || more.ends_with("\"none\"")));
    }
}

}  // namespace tapes::mock::server_test
