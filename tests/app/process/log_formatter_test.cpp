#include "process/log_formatter.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/details/log_msg.h>

#include <string>

namespace tapes::app::log_formatter_test {

namespace {

std::string formatted(config::log_format format, std::string_view message,
                      std::string_view logger = "tapes") {
    const spdlog::details::log_msg line{
        {logger.data(), logger.size()}, spdlog::level::warn, {message.data(), message.size()}};
    spdlog::memory_buf_t out;
    make_log_formatter(format)->format(line, out);
    return {out.data(), out.size()};
}

std::string after(const std::string& line, std::string_view mark) {
    const auto at = line.find(mark);
    REQUIRE(at != std::string::npos);
    return line.substr(at + mark.size());
}

}  // namespace

TEST_CASE("a message is one line of text, whatever it says") {
    CHECK(after(formatted(config::log_format::text, "plain \xc3\xbc"), "Z ") == "warning plain \xc3\xbc\n");
    CHECK(after(formatted(config::log_format::text, "a\nZ info forged\x1b[2J\xe2\x80\xae\xc2\x9b\xff"),
                "Z ") == "warning a\\nZ info forged\\u001b[2J\\u202e\\u009b\\xff\n");
}

TEST_CASE("a message is one object of JSON, whatever it says") {
    std::string every;
    for (int c = 0; c < 256; ++c) {
        every += static_cast<char>(c);
    }
    for (const std::string& message : {every, std::string{"{\"message\":\"forged\"}"}, std::string{"{"},
                                       std::string{"a\n\"b\\\xe2\x80\xa8"}}) {
        const auto line = formatted(config::log_format::json, message);
        CAPTURE(line);
        CHECK(line.find('\n') == line.size() - 1);
        const auto read = nlohmann::json::parse(line);
        CHECK(read.size() == 3);
        CHECK(read["level"] == "warning");
        CHECK(read["message"].get<std::string>().substr(0, 1) == message.substr(0, 1));
    }
    CHECK(after(formatted(config::log_format::json, "\x1b\xe2\x80\xae\xc2\x9b\x7f\xff"), "\"message\":") ==
          "\"\\u001b\\u202e\\u009b\\u007f\xef\xbf\xbd\"}\n");
}

TEST_CASE("members take the place of the message, and are JSON with any bytes") {
    const auto line =
        formatted(config::log_format::json, "\"message\":\"exchange\",\"model\":\"\xff\x1b\n\xe2\x80\xae\"",
                  members_logger);
    const auto read = nlohmann::json::parse(line);
    CHECK(read["model"] == "\xef\xbf\xbd\x1b\n\xe2\x80\xae");
    CHECK(after(line, "\"model\":") == "\"\\ufffd\\u001b\\u000a\\u202e\"}\n");
}

}  // namespace tapes::app::log_formatter_test
