// JSON and text as nobody sane would send them.
#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <processor_time.hpp>

#include <string>
#include <vector>

namespace tapes::merkle::hostile_test {

using namespace tapes::merkle;

namespace {

constexpr double bound_seconds = 5;  // with sanitizers

std::string nested(std::size_t depth, std::string_view open = "[", std::string_view close = "]") {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) {
        text.append(open);
    }
    text.append("1");
    for (std::size_t i = 0; i < depth; ++i) {
        text.append(close);
    }
    return text;
}

canonical_error form_of(std::string_view json, std::string& form) {
    form.clear();
    return canonicalize(json, form);
}

// The node's row gives its hash again, and is valid text.
void check_row(const block& from) {
    const identity identity{"m", "p", ""};
    const message said{"user", {from}};
    const node made = make_node({}, identity, said);
    std::string repaired;
    append_utf8(repaired, made.content);
    CHECK(repaired == made.content);
    CHECK(hash_stored({}, identity, made.role, made.content) == made.position.hash);
}

}  // namespace

TEST_CASE("nesting of 100,000 is refused in bounded time, closed or not") {
    std::string form;
    const processor_time spent;
    CHECK(form_of(nested(100'000), form) == canonical_error::too_deep);
    CHECK(form_of(nested(100'000, R"({"a":)", "}"), form) == canonical_error::too_deep);
    CHECK(form_of(std::string(100'000, '['), form) == canonical_error::too_deep);
    CHECK(form_of(std::string(512, '['), form) == canonical_error::not_json);
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("a block that nests as deep as is allowed has a row that gives its hash again") {
    for (const std::size_t depth : {509U, 510U, 511U, 512U, 513U, 100'000U}) {
        CAPTURE(depth);
        block raw;
        raw.type = "x";
        raw.raw = nested(depth);
        check_row(raw);
        block call;
        call.type = "tool_use";
        call.tool_input = nested(depth, R"({"a":)", "}");
        check_row(call);
    }
}

TEST_CASE("numbers of any size and length are read in bounded time, and what a double cannot carry is told") {
    const std::string digits(1'000'000, '9');
    std::string form;
    bool exact = true;
    const processor_time spent;
    for (const auto& number : std::vector<std::string>{"1e400", "-1e400", "1" + std::string(400, '0'), digits,
                                                       digits + "e9999999999"}) {
        CHECK(form_of("[" + number + "]", form) == canonical_error::number_out_of_range);
    }
    for (const auto& number :
         std::vector<std::string>{"0." + digits, "1e-400", "0." + std::string(1'000'000, '0') + "1",
                                  "1" + std::string(1'000'000, '0') + "e-1000001", digits + "e-999999"}) {
        form.clear();
        CHECK(canonicalize("[" + number + "]", form, &exact) == canonical_error::none);
        CHECK(form.size() < 30);
    }
    CHECK(spent.seconds() < bound_seconds);
    for (const auto& number : std::vector<std::string>{"1e400", "9007199254740993"}) {
        block raw;
        raw.type = "x";
        raw.raw = "{\"n\":" + number + "}";
        check_row(raw);
        raw.tool_input = raw.raw;
        check_row(raw);
    }
}

TEST_CASE("of 200,000 members with one key the last stays, in bounded time") {
    std::string same = "{";
    std::string different = "{";
    for (int i = 0; i < 200'000; ++i) {
        same.append(i == 0 ? "" : ",")
            .append(i % 2 == 0 ? R"("key":)" : R"("\u006bey":)")
            .append(std::to_string(i));
        different.append(i == 0 ? "" : ",")
            .append("\"")
            .append(std::to_string(7919 * i % 200'000))
            .append("\":1");
    }
    same.append("}");
    different.append("}");
    std::string form;
    const processor_time spent;
    CHECK(form_of(same, form) == canonical_error::none);
    CHECK(form == R"({"key":199999})");
    CHECK(form_of(different, form) == canonical_error::none);
    CHECK(form.size() == different.size());
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("NUL, lone surrogates and invalid UTF-8 in any field leave a row that gives its hash again") {
    using std::string_literals::operator""s;
    for (const std::string& text :
         {"a\0b"s, "\xff\xfe"s, "\xed\xa0\x80"s, "\xf0\x9f\x98"s, "\xc0\xaf"s, "\xf4\x90\x80\x80"s,
          "\x01\x1f\x7f"s, R"({"a":"\ud800"})"s, R"({"\udc00\u0000":"\ud800\ud800"})"s,
          "{\"\xff\":\"\xed\xa0\x80\"}"s, "\xef\xbb\xbf{}"s}) {
        block all;
        all.type = all.text = all.image_url = all.image_base64 = all.media_type = all.tool_use_id =
            all.tool_name = all.tool_input = all.tool_result_id = all.tool_output = all.thinking =
                all.signature = all.refusal = all.name = all.raw = text;
        check_row(all);
    }
}

TEST_CASE("repair and escaping of 4 MB of invalid bytes take bounded time and three times the room") {
    const std::string bytes(4'000'000, '\xff');
    std::string repaired;
    const processor_time spent;
    append_utf8(repaired, bytes);
    CHECK(repaired.size() == 3 * bytes.size());
    std::string literal;
    append_json_string(literal, std::string(4'000'000, '\0'));
    CHECK(literal.size() == 6 * 4'000'000 + 2);
    CHECK(spent.seconds() < bound_seconds);
}

}  // namespace tapes::merkle::hostile_test
