#include <tapes/http/fields.hpp>

#include <catch2/catch.hpp>

namespace tapes::http::fields_test {

TEST_CASE("a field of a raw head is found by its name in any case") {
    const std::string_view head =
        "HTTP/1.1 200 OK\r\nX-Type: no\r\nCONTENT-type:\t text/plain \r\nContent-Type: other\r\nLast: 1";
    CHECK(find_value(head, "content-type") == "text/plain");
    CHECK(find_value(head, "Last") == "1");
    CHECK(find_value(head, "type").empty());
    CHECK(find_value(head, "http/1.1 200 ok").empty());
    CHECK(find_value("", "a").empty());
}

TEST_CASE("the values of all fields of one name are joined") {
    const std::string_view head = "GET / HTTP/1.1\r\na: 1\r\nb: 2\r\nA: 3 \r\n\r\n";
    CHECK(joined_values(head, "a") == "1, 3");
    CHECK(joined_values(head, "b") == "2");
    CHECK(joined_values(head, "c").empty());
    const std::vector<field> fields{{"a", "1", {}}, {"b", "2", {}}, {"A", "3", {}}};
    CHECK(joined_values(fields, "a") == "1, 3");
    CHECK(find_field(fields, "B") == &fields[1]);
    CHECK(find_field(fields, "c") == nullptr);
}

TEST_CASE("a token is found in a list whatever stands around it") {
    CHECK(has_token("close, Keep-Alive", "keep-alive"));
    CHECK(has_token(",, close ,", "close"));
    CHECK_FALSE(has_token("not-close", "close"));
    CHECK_FALSE(has_token("", "close"));
}

}  // namespace tapes::http::fields_test
