#include "body_text.hpp"

#include "record/support.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/text/base64.hpp>

#include <catch2/catch.hpp>

namespace tapes::record::body_text_test {

namespace tapes::record {

using namespace test;

namespace {

const std::string text = R"({"messages":[{"role":"user","content":"my key is )" + secret + R"("}]})";
const http::redactor redactor{redaction_key};

struct captured {
    explicit captured(std::string_view bytes, capture::budget& budget = limits())
        : body{budget, in_memory()} {
        body.append(bytes);
    }
    capture::body body;
};

}  // namespace

TEST_CASE("a body that holds no credential is kept as it came") {
    const bool encoded = GENERATE(false, true);
    const std::string plain = R"({"a":1})";
    captured from{encoded ? gzip(plain) : plain};
    body_text made{from.body.view(), encoded ? "gzip" : "", limits()};
    made.redact(redactor, {secret}, http::body_format::json);
    CHECK(made.text() == plain);
    CHECK(made.status() == http::decode_status::done);
    CHECK(made.stored() == from.body.view());
    CHECK_FALSE(made.stored_decoded());
}

TEST_CASE("of a body that holds a credential the redacted text is kept, decoded where it was encoded") {
    const bool encoded = GENERATE(false, true);
    captured from{encoded ? gzip(text) : text};
    body_text made{from.body.view(), encoded ? "gzip" : "", limits()};
    made.redact(redactor, {secret}, http::body_format::json);
    auto expected = text;
    expected.replace(expected.find(secret), secret.size(), redactor.token(secret));
    CHECK(made.text() == expected);
    CHECK(made.stored() == expected);
    CHECK(made.stored_decoded() == encoded);
}

TEST_CASE("an AWS event stream that holds a credential is kept as server-sent events, in base64 or not") {
    const auto event = [](std::string_view type, std::string_view payload) {
        std::string out;
        llm::append_aws_event(out, "event", type, payload);
        return out;
    };
    const auto clean = event("messageStart", R"({"role":"assistant"})");
    const auto chunk =
        event("chunk",
              R"({"bytes":")" + ::tapes::text::encoded_base64(R"({"text":")" + secret + R"("})") + R"("})");
    const auto plain = event("contentBlockDelta", R"({"delta":{"text":")" + secret + R"("}})");
    for (const auto& one : {chunk, plain}) {
        captured from{clean + one};
        body_text made{from.body.view(), "", limits()};
        made.redact(redactor, {secret}, http::body_format::lines);
        CHECK(made.stored().starts_with("data: {\"messageStart\""));
        CHECK(made.stored().find(secret) == std::string_view::npos);
        CHECK(made.stored().find(redactor.token(secret)) != std::string_view::npos);
    }
    captured from{clean + clean};
    body_text made{from.body.view(), "", limits()};
    made.redact(redactor, {secret}, http::body_format::lines);
    CHECK(made.stored() == from.body.view());
}

TEST_CASE("the last message of an AWS event stream is looked through though it be cut or broken") {
    const auto event = [](std::string_view type, std::string_view payload) {
        std::string out;
        llm::append_aws_event(out, "event", type, payload);
        return out;
    };
    const auto base64 = [](const std::string& text) { return ::tapes::text::encoded_base64(text); };
    const auto clean = event("messageStart", R"({"role":"assistant"})");
    const auto whole =
        R"({"type":"content_block_delta","delta":{"text":")" + secret + R"( and more of it"}})";
    const auto chunk = event("chunk", R"({"bytes":")" + base64(whole) + R"(","p":"abcdefgh"})");
    const auto plain = event("contentBlockDelta", R"({"delta":{"text":")" + secret + R"( and more"}})");
    auto broken = chunk;
    broken.back() = static_cast<char>(broken.back() + 1);
    std::vector<std::string> rests{broken, broken + clean};
    for (std::size_t cut = 1; cut < 40; ++cut) {  // of which the first cuts what stands behind the secret
        rests.push_back(chunk.substr(0, chunk.size() - cut));
        rests.push_back(plain.substr(0, plain.size() - std::min<std::size_t>(cut, 12)));
    }
    for (const auto& before : {clean, std::string{}}) {
        for (const auto& rest : rests) {
            CAPTURE(before.size(), rest.size());
            captured from{before + rest};
            body_text made{from.body.view(), "", limits()};
            made.redact(redactor, {secret}, http::body_format::lines);
            CHECK(made.stored().find(secret) == std::string_view::npos);
            CHECK(made.stored().find(base64(whole).substr(0, 60)) == std::string_view::npos);
            CHECK(made.stored() ==
                  (before.empty() ? "" : "data: {\"messageStart\":{\"role\":\"assistant\"}}\n\n"));
        }
    }
    // What holds none is kept as it came, cut or not.
    captured from{clean + event("chunk", R"({"bytes":")" + base64("nothing") + R"("})").substr(0, 60)};
    body_text made{from.body.view(), "", limits()};
    made.redact(redactor, {secret}, http::body_format::lines);
    CHECK(made.stored() == from.body.view());
}

TEST_CASE(
    "a credential that begins in a whole message of an AWS event stream and ends in a cut one is replaced") {
    const auto half = secret.size() / 2;
    const auto chunk = [](const std::string& text) {
        std::string out;
        llm::append_aws_event(
            out, "event", "chunk",
            R"({"bytes":")" + ::tapes::text::encoded_base64(R"({"text":")" + text + R"("})") + R"("})");
        return out;
    };
    const auto last = chunk(secret.substr(half) + "   ");
    captured from{chunk(secret.substr(0, half)) + last.substr(0, last.size() - 9)};
    body_text made{from.body.view(), "", limits()};
    made.redact(redactor, {secret}, http::body_format::lines);
    made.redact_across_events(redactor, {secret});
    CHECK(made.stored().starts_with("data: "));
    CHECK(made.stored().find(secret.substr(0, half)) == std::string_view::npos);
    CHECK(made.stored().find("unread") == std::string_view::npos);
}

TEST_CASE("a body that breaks off yields what came before the break") {
    const auto whole = gzip(std::string(10'000, 'a') + text);
    captured from{std::string_view{whole}.substr(0, whole.size() - 12)};
    const body_text made{from.body.view(), "gzip", limits()};
    CHECK(made.status() == http::decode_status::truncated);
    CHECK(made.text().starts_with("aaaa"));
}

TEST_CASE("decoding is paid for from the budget and paid back") {
    capture::budget budget{1U << 20, 0};
    captured from{gzip(std::string(100'000, 'a')), budget};
    const auto before = budget.memory_bytes();
    {
        const body_text made{from.body.view(), "gzip", budget};
        CHECK(budget.memory_bytes() >= before + 100'000);
    }
    CHECK(budget.memory_bytes() == before);
    captured large{gzip(std::string(4U << 20, 'a')), budget};
    const auto held = budget.memory_bytes();
    {
        const body_text refused{large.body.view(), "gzip", budget};
        CHECK(refused.status() == http::decode_status::refused);
    }
    CHECK(budget.memory_bytes() == held);
}

TEST_CASE("what redaction finds and makes is charged, and refused where there is no memory for it") {
    std::string secrets = "{";
    for (int i = 0; i < 20'000; ++i) {
        secrets += R"("api_key":"x",)";
    }
    secrets += R"("a":1})";
    for (const std::uint64_t limit : {8U << 20, 1U << 20}) {
        capture::budget budget{limit, 0};
        captured from{gzip(secrets), budget};
        const auto before = budget.memory_bytes();
        {
            body_text made{from.body.view(), "gzip", budget};
            const auto decoded = budget.memory_bytes();
            if (limit == 1U << 20) {
                CHECK_THROWS_AS(made.redact(redactor, {}, http::body_format::json), memory_refused);
            } else {
                made.redact(redactor, {}, http::body_format::json);
                CHECK(made.text().find("\"x\"") == std::string_view::npos);
                CHECK(budget.memory_bytes() >= decoded + made.text().size());
                CHECK(budget.memory_bytes() <= decoded + 2 * made.text().size());
            }
        }
        CHECK(budget.memory_bytes() == before);
    }
}

TEST_CASE("bytes are compressed where that makes them smaller, and come back") {
    const std::string small = "short";
    CHECK((!compress(small).compressed && raw(compress(small)) == small));
    const std::string large(5'000, 'a');
    const auto made = compress(large);
    CHECK(
        (made.compressed && made.bytes.size() < 100 && made.raw_size == large.size() && raw(made) == large));
    CHECK((!compress("").compressed && compress("").raw_size == 0));
}

}  // namespace tapes::record

}  // namespace tapes::record::body_text_test
