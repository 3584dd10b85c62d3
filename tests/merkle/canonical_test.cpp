#include <tapes/merkle/canonical.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace tapes::merkle::canonical_test {

using namespace tapes;
using merkle::canonical_error;

namespace {

std::string canonical(std::string_view json) {
    std::string out;
    REQUIRE(merkle::canonicalize(json, out) == canonical_error::none);
    return out;
}

canonical_error error_of(std::string_view json) {
    std::string out = "kept";
    const auto failed = merkle::canonicalize(json, out);
    CHECK((failed == canonical_error::none || out == "kept"));
    return failed;
}

bool exact(std::string_view json) {
    std::string out;
    bool is_exact = false;
    REQUIRE(merkle::canonicalize(json, out, &is_exact) == canonical_error::none);
    return is_exact;
}

std::string number(std::uint64_t bits) {
    std::string out;
    merkle::append_json_number(out, std::bit_cast<double>(bits));
    return out;
}

// A JSON value with the members of every object in random order, spaced and escaped at random.
class scrambler {
public:
    explicit scrambler(std::uint32_t seed) : random_(seed) {}

    nlohmann::json value(int depth) {
        switch (below(depth > 4 ? 5 : 7)) {
            case 0:
                return nullptr;
            case 1:
                return below(2) == 0;
            case 2:
                return static_cast<double>(random_()) / 1024 - 1e6;
            case 3:
                return static_cast<int>(below(1000)) - 500;
            case 4:
                return text();
            case 5: {
                auto list = nlohmann::json::array();
                for (auto n = below(5); n > 0; --n) {
                    list.push_back(value(depth + 1));
                }
                return list;
            }
            default: {
                auto object = nlohmann::json::object();
                for (auto n = below(6); n > 0; --n) {
                    object[text()] = value(depth + 1);
                }
                return object;
            }
        }
    }

    std::string scrambled(const nlohmann::json& from) {
        std::string out = space();
        if (from.is_object()) {
            std::vector<std::string> members;
            for (const auto& [key, value] : from.items()) {
                members.push_back(space() + literal(key) + space() + ":" + scrambled(value));
            }
            std::shuffle(members.begin(), members.end(), random_);
            out += "{" + joined(members) + space() + "}";
        } else if (from.is_array()) {
            std::vector<std::string> elements;
            for (const auto& value : from) {
                elements.push_back(scrambled(value));
            }
            out += "[" + joined(elements) + space() + "]";
        } else if (from.is_string()) {
            out += literal(from.get<std::string>());
        } else {
            out += from.dump();
        }
        return out + space();
    }

private:
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_()) % limit; }
    std::string space() { return std::string(below(4) == 0 ? " \n\t\r" : ""); }

    std::string text() {
        static const std::vector<std::string> parts{"a", "B", "\"", "\\",     "\n",     std::string(1, '\0'),
                                                    "é", "€", "😀", "\uFB33", "\u007F", "plain words"};
        std::string out;
        for (auto n = below(4); n > 0; --n) {
            out += parts[below(static_cast<std::uint32_t>(parts.size()))];
        }
        return out;
    }

    std::string literal(const std::string& from) { return nlohmann::json(from).dump(-1, ' ', below(2) == 0); }

    static std::string joined(const std::vector<std::string>& parts) {
        std::string out;
        for (const auto& part : parts) {
            out += (out.empty() ? "" : ",") + part;
        }
        return out;
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("numbers have the forms of RFC 8785 appendix B") {
    CHECK(number(0x0000000000000000) == "0");
    CHECK(number(0x8000000000000000) == "0");
    CHECK(number(0x0000000000000001) == "5e-324");
    CHECK(number(0x8000000000000001) == "-5e-324");
    CHECK(number(0x7fefffffffffffff) == "1.7976931348623157e+308");
    CHECK(number(0xffefffffffffffff) == "-1.7976931348623157e+308");
    CHECK(number(0x4340000000000000) == "9007199254740992");
    CHECK(number(0xc340000000000000) == "-9007199254740992");
    CHECK(number(0x4430000000000000) == "295147905179352830000");
    CHECK(number(0x44b52d02c7e14af5) == "9.999999999999997e+22");
    CHECK(number(0x44b52d02c7e14af6) == "1e+23");
    CHECK(number(0x44b52d02c7e14af7) == "1.0000000000000001e+23");
    CHECK(number(0x444b1ae4d6e2ef4e) == "999999999999999700000");
    CHECK(number(0x444b1ae4d6e2ef4f) == "999999999999999900000");
    CHECK(number(0x444b1ae4d6e2ef50) == "1e+21");
    CHECK(number(0x3eb0c6f7a0b5ed8c) == "9.999999999999997e-7");
    CHECK(number(0x3eb0c6f7a0b5ed8d) == "0.000001");
    CHECK(number(0x41b3de4355555553) == "333333333.3333332");
    CHECK(number(0x41b3de4355555554) == "333333333.33333325");
    CHECK(number(0x41b3de4355555555) == "333333333.3333333");
    CHECK(number(0x41b3de4355555556) == "333333333.3333334");
    CHECK(number(0x41b3de4355555557) == "333333333.33333343");
    CHECK(number(0xbecbf647612f3696) == "-0.0000033333333333333333");
    CHECK(number(0x43143ff3c1cb0959) == "1424953923781206.2");
}

TEST_CASE("a written number reads back as the same double") {
    std::mt19937_64 random(7);
    for (int i = 0; i < 20000; ++i) {
        const std::uint64_t bits = random();
        const auto value = std::bit_cast<double>(bits);
        if (value - value != 0) {
            continue;  // no number
        }
        CHECK(std::strtod(number(bits).c_str(), nullptr) == value);
    }
}

TEST_CASE("the sample of RFC 8785 section 3.2.2 has its canonical form") {
    CHECK(canonical(R"({"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]})") ==
          "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
          "\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST_CASE("keys sort by UTF-16 code units") {
    CHECK(canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})") ==
          "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}");
    CHECK(canonical(R"({"ab":1,"a":2,"":3})") == R"({"":3,"a":2,"ab":1})");
}

TEST_CASE("of a repeated key the last one wins, however it is escaped") {
    CHECK(canonical(R"({"a":1,"b":2,"\u0061":3})") == R"({"a":3,"b":2})");
    CHECK(canonical(R"({"\ud800":1,"\ufffd":2})") == "{\"\uFFFD\":2}");
}

TEST_CASE("lone surrogates and invalid UTF-8 become U+FFFD, one per maximal subpart") {
    CHECK(canonical(R"("\ud800x\udc00\ud83d\u0041")") == "\"\uFFFDx\uFFFD\uFFFDA\"");
    CHECK(canonical("\"a\xF0\x9F\x98z\xC0\xAF\xE2\x82\"") == "\"a\uFFFDz\uFFFD\uFFFD\uFFFD\"");
    std::string out;
    merkle::append_json_string(out, "\xED\xA0\x80|\xF4\x90\x80\x80|\xE0\x80|ok");
    CHECK(out == "\"\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|ok\"");
}

TEST_CASE("NUL and the other controls are escaped, DEL and HTML are not") {
    std::string out;
    merkle::append_json_string(out, std::string_view("\0\x1f\x7f</a>&\b\f\n\r\t", 13));
    CHECK(out == "\"\\u0000\\u001f\x7f</a>&\\b\\f\\n\\r\\t\"");
}

TEST_CASE("an escape anywhere in a long string is found") {
    for (std::size_t at = 0; at < 70; ++at) {
        std::string text(70, 'x');
        text[at] = '"';
        std::string out;
        merkle::append_json_string(out, text);
        CHECK(out.size() == 73);
        CHECK(out.substr(at + 1, 2) == "\\\"");
        std::string back;
        CHECK(merkle::decode_json_string(out, back) == out.size());
        CHECK(back == text);
    }
}

TEST_CASE("what is no JSON has no canonical form") {
    for (const auto* json : {"",
                             " ",
                             "{",
                             "[",
                             "[1",
                             "[1,]",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{a:1}",
                             "'a'",
                             "\"a",
                             "\"\x01\"",
                             "\"\\x\"",
                             "\"\\u12g4\"",
                             "\"\\u12\"",
                             "01",
                             "1.",
                             ".5",
                             "+1",
                             "-",
                             "1e",
                             "1e+",
                             "nul",
                             "truee",
                             "1 2",
                             "[1]x",
                             "NaN",
                             "Infinity",
                             "\"\\",
                             "\xFF",
                             "{\"a\":1 \"b\":2}",
                             "[1 2]",
                             "\xEF\xBB\xBF{}"}) {
        INFO(json);
        CHECK(error_of(json) == canonical_error::not_json);
    }
    CHECK(error_of(std::string_view("1\0", 2)) == canonical_error::not_json);
}

TEST_CASE("a number beyond the largest double has no canonical form, one below the smallest is 0") {
    CHECK(error_of("1e309") == canonical_error::number_out_of_range);
    CHECK(error_of("-1e99999999999999999999") == canonical_error::number_out_of_range);
    CHECK(error_of("1" + std::string(400, '0')) == canonical_error::number_out_of_range);
    CHECK(error_of("[1e309,{\"a\":1}]") == canonical_error::number_out_of_range);
    CHECK(error_of("{\"a\":1e309\"b\",\"c\":1}") == canonical_error::not_json);
    CHECK(error_of("[1e309") == canonical_error::not_json);
    CHECK(error_of("1e309 1") == canonical_error::not_json);
    CHECK(canonical("1e-400") == "0");
    CHECK(canonical("0e999999") == "0");
    CHECK(canonical("0." + std::string(400, '0') + "1e401") == "1");
}

TEST_CASE("nesting of 512 is taken and of 513 refused, in bounded time") {
    CHECK(error_of(std::string(512, '[') + std::string(512, ']')) == canonical_error::none);
    CHECK(error_of(std::string(513, '[') + std::string(513, ']')) == canonical_error::too_deep);
    CHECK(error_of(std::string(5'000'000, '[')) == canonical_error::too_deep);
}

TEST_CASE("it is told whether a double carries every number of the source") {
    for (const auto* json :
         {"0", "-0", "1.0", "0.1", "1e23", "[1.50,-2e3]", "9007199254740992", "100000000000000000000",
          "0.30000000000000004", "5e-324", "0e-9999", "123456789012345680000"}) {
        INFO(json);
        CHECK(exact(json));
    }
    for (const auto* json : {"9007199254740993", "[0,12345678901234567890]", "0.1000000000000000055",
                             "1e-400", "4.9e-324", "3.14159265358979323846", "1152921504606846976"}) {
        INFO(json);
        CHECK_FALSE(exact(json));
    }
}

TEST_CASE("the canonical form is idempotent, and any key order, spacing and escaping gives one form") {
    for (std::uint32_t seed = 0; seed < 400; ++seed) {
        scrambler random(seed);
        const auto value = random.value(0);
        const std::string first = canonical(random.scrambled(value));
        INFO(first);
        CHECK(canonical(random.scrambled(value)) == first);
        CHECK(canonical(first) == first);
        CHECK(nlohmann::json::parse(first) == value);
    }
}

}  // namespace tapes::merkle::canonical_test
