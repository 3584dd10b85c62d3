#include "routes/asked.hpp"

#include "routes/attachment.hpp"
#include "routes/caching.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::api::asked_test {

namespace {

const api::route_about& about() {
    static const api::route_about made{"",
                                       "",
                                       {},
                                       {text_about("name", ""), flag_about("all", ""), limit_about(10, 100),
                                        moment_about("since", ""), cursor_about()},
                                       "",
                                       {},
                                       {}};
    return made;
}

api::request query(const std::string& text) {
    return {"GET", "/", text};
}

}  // namespace

TEST_CASE("parameters are read, and what is wrong with one is said") {
    const auto request = query("name=a%20b&all=true&limit=7&since=2026-01-31&cursor=12-34");
    const api::asked good{request, about()};
    CHECK(good.text("name") == "a b");
    CHECK(good.flag("all"));
    CHECK(good.number("limit", 10, 1, 100) == 7);
    CHECK(good.day("since") == "2026-01-31");
    CHECK(api::cursor_of(good, 2) == std::vector<std::int64_t>{12, 34});
    for (const auto* wrong : {"other=1", "name=a&name=b", "name=%00", "%00=1"}) {
        INFO(wrong);
        const auto asked = query(wrong);
        CHECK_THROWS_AS((api::asked{asked, about()}), std::invalid_argument);
    }
    for (const auto* wrong :
         {"limit=0", "limit=101", "limit=-1", "limit=", "limit=1x", "limit=99999999999999999999"}) {
        INFO(wrong);
        const auto asked = query(wrong);
        CHECK_THROWS_AS((api::asked{asked, about()}.number("limit", 10, 1, 100)), std::invalid_argument);
    }
    for (const auto* wrong : {"cursor=", "cursor=1", "cursor=1-", "cursor=-1-2-", "cursor=1-2-3",
                              "cursor=a-b", "cursor=1-99999999999999999999"}) {
        INFO(wrong);
        const auto asked = query(wrong);
        CHECK_THROWS_AS(api::cursor_of(api::asked{asked, about()}, 2), std::invalid_argument);
    }
    for (const auto* wrong : {"since=soon", "since=", "since=2026-13-01", "since=2026-01-31T12"}) {
        INFO(wrong);
        const auto asked = query(wrong);
        CHECK_THROWS_AS((api::asked{asked, about()}.moment("since")), std::invalid_argument);
    }
}

TEST_CASE("what the client has is not sent again, by strong and weak tags") {
    const auto with = [](const std::string& tags) {
        auto made = query("");
        made.fields = {{"If-None-Match", tags}};
        return made;
    };
    for (const auto* same : {"\"a\"", "W/\"a\"", "*", "\"b\", \"a\"", "\"b\" ,W/\"a\" "}) {
        INFO(same);
        const auto known = api::not_modified(with(same), "\"a\"", api::freshness::forever);
        REQUIRE(known);
        CHECK(known->status == 304);
        CHECK(known->body.empty());
        CHECK(api::not_modified(with(same), "W/\"a\"", api::freshness::ask));
    }
    for (const auto* other : {"", "\"b\"", "a", "\"a", "\"a\"x", ",", "W/"}) {
        INFO(other);
        CHECK_FALSE(api::not_modified(with(other), "\"a\"", api::freshness::ask));
    }
}

TEST_CASE("only bytes that are a raster image, and say so, are shown") {
    const std::string png{"\x89PNG\r\n\x1a\n..."};
    const std::string webp{"RIFF....WEBPVP8 "};
    CHECK(api::image_or_attachment(png, "n", "image/png").content_type == "image/png");
    CHECK(api::image_or_attachment(png, "n", "IMAGE/PNG; q=1").content_type == "image/png");
    CHECK(api::image_or_attachment(webp, "n", "image/webp").content_type == "image/webp");
    for (const auto& [bytes, type] :
         std::vector<std::pair<std::string, std::string>>{{png, "image/gif"},
                                                          {png, "image/svg+xml"},
                                                          {png, ""},
                                                          {png, "text/html"},
                                                          {"<svg/>", "image/png"},
                                                          {"RIFF", "image/webp"},
                                                          {"RIFF....WAVE", "image/webp"},
                                                          {"", "image/png"}}) {
        INFO(type);
        const auto made = api::image_or_attachment(bytes, "n", type);
        CHECK(made.content_type == "application/octet-stream");
        CHECK(made.fields.front() ==
              std::pair<std::string, std::string>{"Content-Disposition", "attachment; filename=\"n\""});
    }
}

}  // namespace tapes::api::asked_test
