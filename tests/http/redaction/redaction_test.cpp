#include <tapes/http/redaction.hpp>

#include <catch2/catch.hpp>

namespace tapes::http::redaction_redaction_test {

namespace http = tapes::http;
using http::body_format;

namespace {
const http::redactor& subject() {
    static const http::redactor one{std::string_view{"0123456789abcdef0123456789abcdef"}};
    return one;
}
std::string t(std::string_view value) {
    return subject().token(value);
}
}  // namespace

TEST_CASE("a token is the start of the HMAC-SHA-256") {
    // RFC 4231 §4.3
    CHECK(http::redactor{"Jefe"}.token("what do ya want for nothing?") == "redacted:5bdcc146");
}

TEST_CASE("credential fields of a head are replaced and the rest stays to the byte") {
    std::string head =
        "POST /v1/x?a=1&key=AIza%2Fsecret&b=2 HTTP/1.1\r\nHost: h\r\nAUTHORIZATION: \t Bearer sk-abc \r\n"
        "x-api-key:one\r\nX-Api-Key: two\r\nCookie: a=b; c=d\r\nSet-Cookie: s=1; Path=/\r\n"
        "Referer: https://u:p@h/x?token=tok&z=1\r\nProxy-Authorization: Basic dTpw\r\napi-key:\r\nAccept: "
        "*/*\r\n\r\n";
    subject().redact_head(head);
    CHECK(head ==
          "POST /v1/x?a=1&key=" + t("AIza/secret") + "&b=2 HTTP/1.1\r\nHost: h\r\nAUTHORIZATION: \t Bearer " +
              t("sk-abc") + " \r\nx-api-key:" + t("one") + "\r\nX-Api-Key: " + t("two") +
              "\r\nCookie: " + t("a=b; c=d") + "\r\nSet-Cookie: " + t("s=1; Path=/") +
              "\r\nReferer: https://" + t("u:p") + "@h/x?token=" + t("tok") +
              "&z=1\r\nProxy-Authorization: Basic " + t("dTpw") + "\r\napi-key:\r\nAccept: */*\r\n\r\n");
}

TEST_CASE("where one credential of a target holds another's separators, none is left") {
    const std::string target = "/x?key=s//a&sig=t//b:c@@/mey=s//d&key=v//e:f@@/token=w";
    const auto once = subject().redact_target(target);
    CHECK(subject().redact_target(once) == once);
    CHECK(http::collect_credentials({}, once).empty());
}

TEST_CASE("the credentials of an exchange are collected longest first") {
    const auto found = http::collect_credentials(
        "GET /?key=ab%2Fcdefghijklmnop HTTP/1.1\r\nAuthorization: Basic dXNlcjpwYXNzd29yZC1udW1iZXItb25l\r\n"
        "X-Api-Key: too-short-by-on\r\nX-Goog-Api-Key: no-key-required\r\n");
    CHECK(found == std::vector<std::string>{"dXNlcjpwYXNzd29yZC1udW1iZXItb25l", "ab%2Fcdefghijklmnop",
                                            "password-number-one", "ab/cdefghijklmnop"});
}

TEST_CASE("a key that is a user without a password, or one of several in a field, is collected") {
    const auto found = [](const std::string& field) {
        return http::collect_credentials("GET / HTTP/1.1\r\n" + field + "\r\n");
    };
    using strings = std::vector<std::string>;
    CHECK(found("Authorization: Basic c2stdXNlci1rZXktMDEyMzQ1Og==") ==
          strings{"c2stdXNlci1rZXktMDEyMzQ1Og==", "sk-user-key-012345"});
    CHECK(found("Referer: https://sk-user-key-012345:@h/") == strings{"sk-user-key-012345"});
    CHECK(found("Authorization: Bearer key-number-1-012345,bearer key-two") ==
          strings{"key-number-1-012345,bearer key-two", "key-number-1-012345"});
    CHECK(found("Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.ek_0123456789abc, v1") ==
          strings{"ek_0123456789abc"});
}

TEST_CASE("a key in the place of a scheme, or among subprotocols, is replaced") {
    std::string head =
        "GET / HTTP/1.1\r\nAuthorization: sk-one, Bearer sk-two\r\n"
        "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.ek_1, v1\r\n"
        "Sec-WebSocket-Protocol: realtime\r\nX-Mine: my ek_1\r\n";
    subject().redact_head(head, {"ek_1"});
    CHECK(head == "GET / HTTP/1.1\r\nAuthorization: " + t("sk-one, Bearer sk-two") +
                      "\r\nSec-WebSocket-Protocol: realtime, openai-insecure-api-key." + t("ek_1") +
                      ", v1\r\nSec-WebSocket-Protocol: realtime\r\nX-Mine: my " + t("ek_1") + "\r\n");
}

TEST_CASE("a credential is found in a body in each of its escaped forms") {
    const std::vector<std::string> keys{"sk/a\"b\\c+secret="};
    const auto token = t(keys[0]);
    for (const std::string form :
         {R"(sk/a\"b\\c+secret=)", R"(sk\/a\"b\\c+secret=)", R"(sk\u002Fa\u0022b\\c\u002bsecret\u003d)"}) {
        const auto out = subject().redact_body("{\"x\":\"AAAA" + form + "BBBB\"}", keys, body_format::json);
        REQUIRE(out);
        CHECK(*out == "{\"x\":\"AAAA" + token + "BBBB\"}");
    }
    CHECK_FALSE(subject().redact_body(R"({"x":"sk/a\"b\\c+secret"})", keys, body_format::json));
}

TEST_CASE("fields that are credentials by API design are replaced where the API has them") {
    const auto redacted = [](std::string_view body, body_format format = body_format::json) {
        return subject().redact_body(body, {}, format).value_or("unchanged");
    };
    CHECK(redacted(R"({"mcp_servers":[{"name":"n","authorization_token" : "a\/b"}]})") ==
          R"({"mcp_servers":[{"name":"n","authorization_token" : ")" + t("a/b") + R"("}]})");
    CHECK(
        redacted(
            R"({"tools":[{"headers":{"X":"h1"},"authorization":"a1","type":"mcp"},{"type":"f","headers":{"X":"h"}}]})") ==
        R"({"tools":[{"headers":{"X":")" + t("h1") + R"("},"authorization":")" + t("a1") +
            R"(","type":"mcp"},{"type":"f","headers":{"X":"h"}}]})");
    CHECK(redacted(R"({"access_token":"x","expires_in":3})") ==
          R"({"access_token":")" + t("x") + R"(","expires_in":3})");
    CHECK(redacted(R"({"messages":[{"role":"user","content":"say \"authorization_token\": \"abc\""}]})") ==
          "unchanged");
    CHECK(redacted(R"({"messages":[{"content":[{"type":"tool_use","input":{"access_token":"x"}}]}]})") ==
          "unchanged");
    CHECK(redacted(
              "event: e\ndata: {\"response\":{\"tools\":[{\"type\":\"mcp\",\"authorization\":\"q\"}]}}\n\n",
              body_format::lines) ==
          "event: e\ndata: {\"response\":{\"tools\":[{\"type\":\"mcp\",\"authorization\":\"" + t("q") +
              "\"}]}}\n\n");
    CHECK(redacted("grant_type=x&client_secret=a%2Bb+c&z=1", body_format::form) ==
          "grant_type=x&client_secret=" + t("a+b c") + "&z=1");
}

TEST_CASE("a body is read as what it shows itself to be") {
    using http::format_of;
    CHECK(format_of("", R"( {"a":1})") == body_format::json);
    CHECK(format_of("application/x-www-form-urlencoded", "[1]") == body_format::json);
    CHECK(format_of("application/x-www-form-urlencoded", "a=b") == body_format::form);
    CHECK(format_of("application/json", "data: {}\n\n") == body_format::lines);
    CHECK(format_of("application/x-ndjson", "{}\n{}\n") == body_format::lines);
    CHECK(format_of("text/plain", "event: x\ndata: {}\n\n") == body_format::lines);
    CHECK(format_of("text/plain", "words") == body_format::other);
    CHECK(format_of("application/json", "") == body_format::json);
}

TEST_CASE("credentials in the address of an MCP server are replaced") {
    const auto redacted = [](std::string_view body) {
        const auto once = subject().redact_body(body, {}, body_format::json).value_or("unchanged");
        CHECK_FALSE(subject().redact_body(once, {}, body_format::json));
        return once;
    };
    CHECK(redacted(R"({"mcp_servers":[{"type":"url","url":"https://u:p@h/sse?api_key=k1&x=1"}]})") ==
          R"({"mcp_servers":[{"type":"url","url":"https://)" + t("u:p") + R"(@h/sse?api_key=)" + t("k1") +
              R"(&x=1"}]})");
    CHECK(redacted(R"({"tools":[{"server_url":"https://h/?token=k1","type":"mcp"}]})") ==
          R"({"tools":[{"server_url":"https://h/?token=)" + t("k1") + R"(","type":"mcp"}]})");
    CHECK(redacted(R"({"mcp_servers":[{"url":"https://h/?token=a%2Bb"}]})") ==
          R"({"mcp_servers":[{"url":"https://h/?token=)" + t("a+b") + R"("}]})");
    // Where its parts are hard to tell, all of it.
    CHECK(redacted(R"({"mcp_servers":[{"url":"https:\/\/h?token=k1"}]})") ==
          R"({"mcp_servers":[{"url":")" + t("https://h?token=k1") + R"("}]})");
    CHECK(redacted(R"({"mcp_servers":[{"url":"https://a@b:c@h/"}]})") ==
          R"({"mcp_servers":[{"url":")" + t("https://a@b:c@h/") + R"("}]})");
    CHECK(
        redacted(R"({"mcp_servers":[{"url":"https://h/sse?x=1"}],"messages":[{"url":"https://u:p@h/"}]})") ==
        "unchanged");
}

TEST_CASE("the credentials that a body names are looked for as well, words that stand beside them are not") {
    std::vector<std::string> named;
    const auto changed = subject().redact_body(
        R"({"mcp_servers":[{"authorization_token":"token-one-012345","url":"https://u:password1-01234567@h/"}],)"
        R"("tools":[{"type":"mcp","headers":{"Accept":"application/json","X-Api-Key":"key-one-two-3456",)"
        R"("Authorization":"Bearer bearer-one-012345","X-My-Key":"value-of-my-header"}}],"api_key":"no-key-required",)"
        R"("say":"token-one-012345 application/json"})",
        {}, body_format::json, &named);
    CHECK(named == std::vector<std::string>{"Bearer bearer-one-012345", "u:password1-01234567",
                                            "password1-01234567", "bearer-one-012345", "token-one-012345",
                                            "key-one-two-3456"});
    REQUIRE(changed);
    CHECK_THAT(*changed, Catch::EndsWith("\"say\":\"" + t("token-one-012345") + " application/json\"}"));
    std::string many = R"({"access_token":"long-token-number-00")";
    for (int i = 0; i < 1000; ++i) {
        many += R"(,"access_token":"long-token-number-)" + std::to_string(i) + '"';
    }
    CHECK(subject().redact_body(many + "}", {}, body_format::json, &named));
    CHECK((named.size() > 16 && named.size() < 64));
}

TEST_CASE("broken JSON neither throws nor loses bytes") {
    const std::string whole = R"({"tools":[{"type":"mcp","headers":{"a":"b"}}],"access_token":"x\"y"})";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto part = whole.substr(0, size) + "\"client_secret\"";
        subject().redact_body(part, {}, body_format::json);
        subject().redact_body(part, {}, body_format::lines);
    }
    const std::string deep = std::string(200000, '[') + "\"access_token\"";
    CHECK_FALSE(subject().redact_body(deep, {}, body_format::json));
}

TEST_CASE("the hint is found at any offset") {
    for (std::size_t before = 0; before < 40; ++before) {
        const std::string body =
            "{\"p\":\"" + std::string(before, 'x') + R"(","access_token":"secretvalue"})";
        CHECK(subject().redact_body(body, {}, body_format::json));
    }
}

TEST_CASE("a credential field whose name is written with escapes is found") {
    for (const std::string name :
         {"access\\u005ftoken", "\\u0061ccess_toke\\u006e", "acces\\u0073_\\u0074oken", "access\\u005Ftoken",
          "\\u0061\\u0063\\u0063\\u0065ss_token"}) {
        CAPTURE(name);
        for (std::size_t before = 0; before < 34; ++before) {
            const std::string start = "{\"p\":\"" + std::string(before, 'x') + "\",\"" + name + "\":\"";
            CHECK(subject().redact_body(start + "secret1\"}", {}, body_format::json) ==
                  start + t("secret1") + "\"}");
        }
    }
    CHECK(subject().redact_body(R"({"tools":[{"type":"m\u0063p","authorization":"q"}]})", {},
                                body_format::json) ==
          R"({"tools":[{"type":"m\u0063p","authorization":")" + t("q") + R"("}]})");
}

TEST_CASE("an event whose JSON spans several data lines does not leak its credentials") {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        const auto body = [&](const std::string& secret) {
            return "event: a" + end + "data: {\"x\":1}" + end + end + "event: b" + end +
                   "data: {\"response\":" + end + "id: 7" + end + "data:{\"tools\":[{" + end +
                   "data: \"type\":\"mcp\"," + end + "data: \"authorization\":" + end + "data: \"" + secret +
                   "\"}]}}" + end + end + "data: [DONE]" + end + end;
        };
        CHECK(subject().redact_body(body("q1"), {}, body_format::lines) == body(t("q1")));
    }
    CHECK(subject().redact_body("data: {\"access_token\":\ndata: \"ab\ndata: cd\"}\n\n", {},
                                body_format::lines) ==
          "data: {\"access_token\":\ndata: \"" + t("ab\n cd") + "\"}\n\n");
    // Events without an empty line between them, and NDJSON.
    for (const std::string start : {"data: ", ""}) {
        const auto body = [&](const std::string& one, const std::string& two) {
            return start + "{\"a\":1}\n" + start + "{\"access_token\":\"" + one + "\"}\n" + start + "{\n" +
                   start + "{\"id_token\":\"" + two + "\"}";
        };
        CHECK(subject().redact_body(body("q1", "q2"), {}, body_format::lines) == body(t("q1"), t("q2")));
    }
}

TEST_CASE("many fields in many lines cost linear time") {
    std::string body;
    std::string expected;
    while (body.size() < 4'000'000) {
        body += "data: {\"access_token\":\"q\"}\n";
        expected += "data: {\"access_token\":\"" + t("q") + "\"}\n";
    }
    CHECK(subject().redact_body(body, {}, body_format::lines) == expected);
}

TEST_CASE("a credential whose parts lie in several events is replaced part by part, and only there") {
    const std::string secret = "sk-very-secret-0123456789";
    const std::string mark = t(secret);
    const auto event = [](const std::string& member, const std::string& text) {
        return "data: {\"delta\":{\"" + member + "\":\"" + text + "\"}}\n\n";
    };
    const auto changed = [&](const std::string& stream) {
        return subject().redact_across_events(stream, {secret});
    };
    CHECK(changed(event("content", "it is sk-very-") + event("content", "secret-0123456789!")) ==
          event("content", "it is " + mark) + event("content", mark + "!"));
    // In three parts, another member's values between them, with escapes.
    CHECK(changed(event("a", "sk-ve") + event("b", "x") + event("a", "ry-secret") + "\n: \"\n" +
                  event("a", "-0123456789")) ==
          event("a", mark) + event("b", "x") + event("a", mark) + "\n: \"\n" + event("a", mark));
    // In one value it was replaced before; other words, or other members, are none.
    CHECK_FALSE(changed(event("content", secret) + event("content", "y")));
    CHECK_FALSE(changed(event("a", "sk-very-") + event("b", "secret-0123456789")));
    CHECK_FALSE(changed(event("a", "sk-very-") + event("a", "private")));
    CHECK_FALSE(changed(""));
    CHECK_FALSE(subject().redact_across_events(event("a", "b"), {}));
}

TEST_CASE("a credential in several events is found at any place of a long stream, in every split") {
    const std::string secret = "sk-very-secret-0123456789";
    const auto event = [](const std::string& text) { return "data: {\"text\":\"" + text + "\"}\n\n"; };
    for (std::size_t filled = 65'500; filled < 65'800; filled += 7) {
        const auto before = event(std::string(filled, 'x'));
        for (const std::size_t split : {1U, 12U, 24U}) {
            const auto stream = before + event(secret.substr(0, split)) + event(secret.substr(split)) +
                                event(std::string(70'000, 'y'));
            const auto changed = subject().redact_across_events(stream, {secret});
            REQUIRE(changed);
            CHECK(*changed == before + event(t(secret)) + event(t(secret)) + event(std::string(70'000, 'y')));
        }
    }
    std::string letters;
    std::string marks;
    while (letters.size() < 2'000'000) {
        for (const char c : secret) {
            letters += event({c});
            marks += event(t(secret));
        }
    }
    CHECK(subject().redact_across_events(letters, {secret}) == marks);
}

}  // namespace tapes::http::redaction_redaction_test
