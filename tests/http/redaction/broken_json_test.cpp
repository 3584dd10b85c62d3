// Redaction of what is not quite JSON, and of what breaks off.
#include <tapes/http/redaction.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::http::redaction_broken_json_test {

namespace http = tapes::http;
using http::body_format;

namespace {

const std::string secret = "G9cretVal001xYzQw9LmN8kJ4hG2dF";
const std::string member = R"("api_key":")" + secret + '"';

const http::redactor& subject() {
    static const http::redactor one{std::string_view{"0123456789abcdef0123456789abcdef"}};
    return one;
}

/// `body` with the secret's token in each of its places.
std::string with_token(std::string body) {
    const auto token = subject().token(secret);
    for (auto at = body.find(secret); at != std::string::npos; at = body.find(secret)) {
        body.replace(at, secret.size(), token);
    }
    return body;
}

void check_redacted(const std::string& body, body_format format) {
    CAPTURE(body);
    const auto once = subject().redact_body(body, {}, format);
    CHECK(once == with_token(body));
    if (once) {
        CHECK_FALSE(subject().redact_body(*once, {}, format));
    }
}

}  // namespace

TEST_CASE("a credential behind what is no JSON is replaced") {
    const std::string start = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
    for (const std::string& body : {
             start + R"(,"x":[1,],)" + member + "}",
             start + R"(,"x":[,],)" + member + "}",
             start + R"(,"x":[1,,2],)" + member + ",}",
             start + R"(,"x":[1 2],)" + member + "}",
             start + R"(,"x":[1,2,)" + member + "}",
             start + R"(,"x":[1,"y",)" + member + R"(,"z":{"a":1}})",
             start + R"(,"x":{"y":1,)" + member + "}",
             start + R"(,"api_keys":[)" + member + R"(,"url":"https://h/"})",
             start + R"(,"x":1}},)" + member + "}",
             start + R"(,"x":[1]],)" + member + "}",
             start + R"(,"x" 1,)" + member + "}",
             start + R"(,"x":,)" + member + "}",
             start + R"(,"x":"a"b",)" + member + "}",
             start + R"(,1:2,)" + member + "}",
             start + ",/* c */" + member + "}",
             start + ",/* it's \"c\" */" + member + "}",
             start + ",// c\n" + member + "}",
             start + ",'x':'y'," + member + "}",
             start + ",'x':'say \"y\"'," + member + "}",
             start + ",'x':'don\"t'," + member + "}",
             start + ",x:undefined," + member + "}",
             start + " " + member + "}",
             start + "}}" + member + "}",
             start + "}" + member + "}",
             start + "},{" + member + "}",
             member,
             "\"\"," + member + "x]",
             "\"text\" " + start + "," + member + "}",
             start + "}]{" + member + "}",
             R"({"messages":[{"role":"user","content":[{"text":"hi"}},"model":"m",)" + member + "}",
             R"({"messages":[{"role":"user","content":"hi"},"model":"m",)" + member + "}",
             R"({"tools":[{"type":"function","function":{"parameters":[1}},{"type":"mcp"}],)" + member + "}",
             "body: " + start + "," + member + "}",
             std::string("\0", 1) + start + "," + member + "}",
             start + "," + std::string("\0", 1) + member + "}",
             std::string(2000, '[') + "{" + member + "}",
         }) {
        check_redacted(body, body_format::json);
        if (body.find('\n') == std::string::npos) {
            check_redacted("data: " + body + "\n\n", body_format::lines);
            check_redacted(body + "\n{}\n", body_format::lines);
            check_redacted("data: {}\ndata: " + body + "\n\n", body_format::lines);
        }
    }
}

TEST_CASE("behind what is no JSON the places of credentials are known, too") {
    for (const std::string start : {R"({"x":[1 2],)", R"(text: {)", "{,"}) {
        for (const std::string rest : {
                 R"("api_keys":["SECRET"]})",
                 R"("mcp_servers":[{"authorization_token":"SECRET"}]})",
                 R"("data_sources":[{"parameters":{"key":"SECRET"}}]})",
                 R"("api_base":"https://SECRET@h/"})",
                 R"("tools":[{"authorization":"SECRET","type":"mcp"}]})",
             }) {
            auto body = start + rest;
            body.replace(body.find("SECRET"), 6, secret);
            check_redacted(body, body_format::json);
        }
    }
}

TEST_CASE("text around JSON leaves its conversation as it is") {
    const std::string talk = R"({"messages":[{"content":[{"type":"tool_use","input":{"password":"x"}}]}],)";
    const auto tools = [](const std::string& start) {
        return start + R"("tools":[{"input_schema":{"default":{"api_key":"x"}}}]})";
    };
    for (const std::string& body :
         {"body: " + tools(talk), std::string("\0", 1) + tools(talk), tools(talk) + "}", tools(talk) + "},",
          tools(talk + "/* c */"), tools(talk + R"('x':'y',)"), tools(talk + R"("x":[1,],)"),
          talk + R"("stream":tr)", talk.substr(0, talk.size() - 1), talk.substr(0, talk.size() - 4)}) {
        CAPTURE(body);
        CHECK_FALSE(subject().redact_body(body, {}, body_format::json));
    }
}

TEST_CASE("the parts of an event in several lines are not taken for members of their own") {
    CHECK_FALSE(subject().redact_body(
        "data: {\"delta\":\ndata: {\"input\":{\ndata: \"password\":\"x\"}}}\n\n", {}, body_format::lines));
}

TEST_CASE("a credential that the end of a body cuts off is replaced") {
    for (const std::string start : {
             R"({"model":"m","messages":[],"api_key":")",
             R"({"id":"x","echo":{"headers":{"Authorization":")",
             R"({"a":[1 2],"api_key" : ")",
             R"({"api_keys":[")",
             R"({"tools":[{"authorization":")",
             R"({"tools":[{"type":"mcp","headers":{"X-Mine":")",
             R"({"mcp_servers":[{"authorization_token":")",
             R"({"api_base":"https://h/?x=1&token=)",
         }) {
        const auto body = start + secret;
        check_redacted(body, body_format::json);
        check_redacted("data: " + body, body_format::lines);
        check_redacted("data: " + body + "\n\n", body_format::lines);
        check_redacted("data: {}\ndata: " + body + "\n\n", body_format::lines);
    }
    // With a part of an escape, and of any length.
    for (const std::string value : {"x", "x\\", "x\\u00", "x\\\""}) {
        const std::string start = R"({"a":1,"api_key":")";
        const auto once = subject().redact_body(start + value, {}, body_format::json);
        REQUIRE(once);
        CHECK(once->starts_with(start + "redacted:"));
        CHECK(once->size() == start.size() + 17);
    }
    for (const std::string body :
         {R"({"api_key":")", R"({"api_key":)", R"({"messages":[{"api_key":"x)",
          R"({"note":"the api_key is x)", R"({"tools":[{"type":"f","authorization":"x)"}) {
        CAPTURE(body);
        CHECK_FALSE(subject().redact_body(body, {}, body_format::json));
    }
}

}  // namespace tapes::http::redaction_broken_json_test
