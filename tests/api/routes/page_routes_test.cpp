#include "client.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/api/page_routes.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/page/files.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace tapes::api::page_routes_test {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

/// A server that has nothing but the page, and a token.
struct served_page {
    served_page() : figures{account, {}}, server{options(), figures, routes()} {}

    std::string ask(const std::string& target, const std::string& fields = "",
                    const std::string& method = "GET") const {
        raw_client client{server.port()};
        client.send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields +
                    "\r\n");
        return client.read_to_end();
    }

    static admin_options options() {
        admin_options made;
        made.token = "made";
        made.token_is_made = true;
        return made;
    }
    static route_table routes() {
        route_table made;
        add_page_routes(made);
        return made;
    }

    capture::ledger account;
    metrics figures;
    admin_server server;
};

std::string body_of_answer(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

std::string field_of(const std::string& answer, const std::string& name) {
    const auto at = answer.find("\r\n" + name + ": ");
    const auto begin = at + name.size() + 4;
    return at == std::string::npos ? "" : answer.substr(begin, answer.find("\r\n", begin) - begin);
}

std::string plain_index() {
    const auto& index = page::index_file();
    return index.gzip ? http::decode_all("gzip", index.bytes).bytes : std::string{index.bytes};
}

}  // namespace

TEST_CASE("every path of the page is its document, without a token and under its policy") {
    const served_page here;
    for (const auto* path : {"/", "/index.html", "/s/a%2Fb", "/s/a/tree?thread=1", "/x/0190", "/n/abc", "/s",
                             "/search?query=x", "/usage", "/delivery", "/compare"}) {
        INFO(path);
        const auto answer = here.ask(path);
        CHECK_THAT(answer, StartsWith("HTTP/1.1 200") && Contains("Content-Type: text/html; charset=utf-8"));
        CHECK(body_of_answer(answer) == plain_index());
        CHECK(body_of_answer(answer).size() == page::index_file().whole_size);
        CHECK(field_of(answer, "Content-Security-Policy") ==
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
              "require-trusted-types-for 'script'; trusted-types dompurify");
        CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
        CHECK(field_of(answer, "Referrer-Policy") == "no-referrer");
        CHECK(field_of(answer, "Cross-Origin-Opener-Policy") == "same-origin");
        CHECK(field_of(answer, "Cross-Origin-Resource-Policy") == "same-origin");
        CHECK(field_of(answer, "Cache-Control") == "no-cache");
    }
    for (const auto* path : {"/nothing", "/searches", "/v1/sessions", "/index.html/x", "/openapi.json"}) {
        INFO(path);
        CHECK_THAT(here.ask(path), StartsWith("HTTP/1.1 401"));
    }
    CHECK_THAT(here.ask("/assets/none.js"), StartsWith("HTTP/1.1 404"));
    CHECK_THAT(here.ask("/", "", "POST"), StartsWith("HTTP/1.1 401"));
    CHECK_THAT(here.ask("/", "Authorization: Bearer made\r\n", "POST"), StartsWith("HTTP/1.1 405"));
    CHECK_THAT(here.ask("/openapi.json", "Authorization: Bearer made\r\n"), !Contains("assets"));
}

TEST_CASE("the page's files are compressed for who takes that, and not sent again") {
    const served_page here;
    const auto& index = page::index_file();
    const auto plain = here.ask("/");
    for (const auto* taken : {"gzip", "br, gzip;q=0.5", "*", "deflate, GZIP"}) {
        INFO(taken);
        const auto answer = here.ask("/", "Accept-Encoding: " + std::string{taken} + "\r\n");
        CHECK((field_of(answer, "Content-Encoding") == "gzip") == index.gzip);
        CHECK(body_of_answer(answer) == index.bytes);
        CHECK(field_of(answer, "Vary") == "Accept-Encoding");
        CHECK((field_of(answer, "ETag") != field_of(plain, "ETag")) == index.gzip);
        const auto again = here.ask("/", "Accept-Encoding: " + std::string{taken} +
                                             "\r\nIf-None-Match: " + field_of(answer, "ETag") + "\r\n");
        CHECK_THAT(again, StartsWith("HTTP/1.1 304") && EndsWith("\r\n\r\n"));
        CHECK(field_of(again, "ETag") == field_of(answer, "ETag"));
    }
    for (const auto* refused : {"", "br", "gzip;q=0", "gzip; q=0.000, *", "identity", "*;q=0"}) {
        INFO(refused);
        const auto answer = here.ask("/", "Accept-Encoding: " + std::string{refused} + "\r\n");
        CHECK(field_of(answer, "Content-Encoding").empty());
        CHECK(body_of_answer(answer) == plain_index());
    }
    const auto head = here.ask("/", "", "HEAD");
    CHECK_THAT(head, StartsWith("HTTP/1.1 200") && EndsWith("\r\n\r\n"));
    CHECK(field_of(head, "Content-Length") == std::to_string(index.whole_size));
    CHECK_THAT(here.ask("/", "If-None-Match: \"another\"\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a file whose name has a hash is kept for good") {
    const served_page here;
    for (const auto& one : page::files()) {
        const auto answer = here.ask(std::string{one.path});
        CHECK_THAT(answer, StartsWith("HTTP/1.1 200"));
        CHECK(body_of_answer(answer).size() == one.whole_size);
        CHECK((field_of(answer, "Cache-Control") == "public, max-age=31536000, immutable") == one.immutable);
    }
}

TEST_CASE("another host has no page here") {
    const served_page here;
    raw_client client{here.server.port()};
    client.send("GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n");
    CHECK_THAT(client.read_to_end(), StartsWith("HTTP/1.1 403"));
}

}  // namespace tapes::api::page_routes_test
