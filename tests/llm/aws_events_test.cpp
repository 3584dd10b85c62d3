#include "support.hpp"

#include <tapes/llm/aws_events.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::aws_events_test {

using namespace tapes;
using namespace std::string_view_literals;
using namespace std::string_literals;

namespace {

std::string event(std::string_view type, std::string_view payload, std::string_view message_type = "event") {
    std::string out;
    llm::append_aws_event(out, message_type, type, payload);
    return out;
}

std::vector<std::string> read(std::string_view stream, std::size_t piece = std::string_view::npos) {
    std::vector<std::string> all;
    llm::aws_event_reader reader;
    for (std::size_t at = 0; at < stream.size();) {
        const auto bytes = stream.substr(at, piece);
        reader.feed(bytes, [&](const llm::aws_event& one) {
            CHECK(one.begin <= bytes.size());
            all.push_back(llm::json_of(one));
        });
        at += bytes.size();
    }
    return all;
}

/// With right checksums, whatever the headers.
std::string framed(std::string_view headers, std::string_view payload) {
    const auto number = [](std::size_t value) {
        std::string out;
        for (int shift = 24; shift >= 0; shift -= 8) {
            out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
        }
        return out;
    };
    auto out = number(16 + headers.size() + payload.size()) + number(headers.size());
    out += number(llm::crc32(out));
    out.append(headers).append(payload);
    return out + number(llm::crc32(out));
}

}  // namespace

TEST_CASE("the checksum of AWS event streams is CRC-32") {
    CHECK(llm::crc32("123456789") == 0xCBF43926U);
    CHECK(llm::crc32("6789", llm::crc32("12345")) == 0xCBF43926U);
}

TEST_CASE("an AWS event stream says the same in any split") {
    const auto stream = event("messageStart", R"({"role":"assistant"})") +
                        event("chunk", R"({"bytes":"eyJhIjoxfQ==","p":"abc"})") +
                        event("throttlingException", R"({"message":"slow \"down\""})", "exception");
    const std::vector<std::string> all{
        R"({"messageStart":{"role":"assistant"}})", R"({"a":1})",
        R"({"type":"error","error":{"type":"throttlingException","message":"slow \"down\""}})"};
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 11U, 12U, 13U, 64U, 100000U}) {
        CAPTURE(piece);
        CHECK(read(stream, piece) == all);
    }
    CHECK(llm::are_aws_events(stream));
    CHECK_FALSE(llm::are_aws_events("data: {}"));
    CHECK(llm::as_server_sent_events(stream) ==
          "data: " + all[0] + "\n\ndata: " + all[1] + "\n\ndata: " + all[2] + "\n\n");
}

TEST_CASE("headers of every type are stepped over, and an error tells its code") {
    const auto headers =
        "\x01t\x00\x01"
        "f\x01\x01"
        "b\x02\x07\x01s\x03\x00\x07\x01i\x04\x00\x00\x00\x07\x01l\x05\x00\x00\x00\x00\x00\x00\x00\x07"
        "\x01y\x06\x00\x02zz\x01m\x08\x00\x00\x00\x00\x00\x00\x00\x07"
        "\x01u\x09"
        "0123456789abcdef"
        "\x0d:message-type\x07\x00\x05"
        "error"
        "\x0b:error-code\x07\x00\x0dInternalError"
        "\x0e:error-message\x07\x00\x04oops"sv;
    CHECK(read(framed(headers, "")) ==
          std::vector<std::string>{R"({"type":"error","error":{"type":"InternalError","message":"oops"}})"});
}

TEST_CASE("what is no AWS event stream is read no further, and holds nothing") {
    const auto good = event("messageStart", "{}");
    auto flipped = good;
    flipped[20] = static_cast<char>(flipped[20] ^ 1);
    auto prelude = good;
    prelude[9] = static_cast<char>(prelude[9] ^ 1);
    for (const auto& bad : {flipped, prelude, std::string(64, '\0'), framed("\x05:x"sv, "{}"),
                            framed("\x01x\x0a"sv, ""), framed("\x01x\x07\xff\xff"sv, "")}) {
        llm::aws_event_reader reader;
        std::size_t events = 0;
        for (const auto& stream : {good, bad, good}) {
            for (const char one : stream) {
                reader.feed({&one, 1}, [&](const llm::aws_event&) { ++events; });
            }
        }
        CHECK(events == 1);
        CHECK(reader.broken());
        CHECK(reader.held_bytes() < 64);
    }
}

TEST_CASE("a message that is too long is not waited for") {
    std::string head = "\x01\x90\x00\x01\x00\x00\x00\x00"s;
    const auto sum = llm::crc32(head);
    for (int shift = 24; shift >= 0; shift -= 8) {
        head += static_cast<char>(sum >> static_cast<unsigned>(shift) & 0xFFU);
    }
    llm::aws_event_reader reader;
    reader.feed(head, [](const llm::aws_event&) {});
    CHECK(reader.broken());
}

TEST_CASE("a payload that is no JSON object, or no base64, says nothing") {
    const auto stream = event("messageStart", R"({"a":1},"x":{)") + event("messageStart", "") +
                        event("chunk", R"({"bytes":"*"})") + event("chunk", R"({"bytes":7})") +
                        event("chunk", "[");
    CHECK(read(stream) == std::vector<std::string>(5));
}

TEST_CASE("a payload behind a byte order mark is an object within its event") {
    CHECK(read(event("messageStart", "\xEF\xBB\xBF{\"a\":1}")) ==
          std::vector<std::string>{R"({"messageStart":{"a":1}})"});
}

TEST_CASE("Messages come as chunks of an AWS event stream, and their ends are found in any split") {
    const test::tested_api messages{"/model/anthropic.claude-x/invoke-with-response-stream"};
    // message_start, content_block_start, content_block_delta "hi", message_delta with its reason,
    // message_stop
    const auto begin =
        event(
            "chunk",
            R"({"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdGFydCIsIm1lc3NhZ2UiOnsiaWQiOiJtc2dfMSIsInJvbGUiOiJhc3Npc3RhbnQiLCJtb2RlbCI6ImNsYXVkZS14In19"})") +
        event(
            "chunk",
            R"({"bytes":"eyJ0eXBlIjoiY29udGVudF9ibG9ja19zdGFydCIsImluZGV4IjowLCJjb250ZW50X2Jsb2NrIjp7InR5cGUiOiJ0ZXh0IiwidGV4dCI6IiJ9fQ=="})") +
        event(
            "chunk",
            R"({"bytes":"eyJ0eXBlIjoiY29udGVudF9ibG9ja19kZWx0YSIsImluZGV4IjowLCJkZWx0YSI6eyJ0eXBlIjoidGV4dF9kZWx0YSIsInRleHQiOiJoaSJ9fQ=="})");
    const auto weak = event(
        "chunk",
        R"({"bytes":"eyJ0eXBlIjoibWVzc2FnZV9kZWx0YSIsImRlbHRhIjp7InN0b3BfcmVhc29uIjoiZW5kX3R1cm4ifSwidXNhZ2UiOnsib3V0cHV0X3Rva2VucyI6M319"})");
    const auto strong = event("chunk", R"({"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0="})");
    const auto whole = begin + weak + strong;
    for (const std::size_t piece : {1U, 7U, 200U, 100000U}) {
        CAPTURE(piece);
        const auto answer = messages.answer_of(messages.reduce(whole, piece));
        CHECK(answer.id == "msg_1");
        CHECK(answer.used.completion_tokens == 3);
        CHECK(answer.choices.at(0).stop_reason == "end_turn");
        CHECK(merkle::event_content(answer.choices.at(0).message.content) ==
              R"([{"type":"text","text":"hi"}])");
    }
    const auto watch = messages->make_end_watch({});
    CHECK(watch->feed(begin + weak) == llm::end_mark{llm::end_kind::weak, begin.size(), false});
    CHECK(watch->feed(strong.substr(0, 9)) == llm::end_mark{});
    CHECK(watch->feed(strong.substr(9)) == llm::end_mark{llm::end_kind::strong, 0, false});
    const auto cut = messages.answer_of(messages.reduce(begin + weak.substr(0, 40), 3));
    CHECK(cut.choices.at(0).stop_reason == "incomplete");
}

TEST_CASE("an exception in mid-stream fails an answer of Messages, and ends it") {
    const test::tested_api messages{"/model/anthropic.claude-x/invoke-with-response-stream"};
    const auto stream = event("modelStreamErrorException", R"({"originalMessage":"x"})", "exception");
    const auto reducer = messages->make_reducer();
    reducer->feed(stream);
    CHECK(reducer->finish().empty());
    CHECK(reducer->failed());
    CHECK(messages.hold_from(stream, 1000) == 0);
}

}  // namespace tapes::llm::aws_events_test
