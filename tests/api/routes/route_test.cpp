#include <tapes/api/route.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::api::route_test {

namespace {

api::route_table table_of(const std::vector<std::pair<std::string, std::string>>& entries) {
    api::route_table table;
    for (const auto& [method, path] : entries) {
        table.add({method, path, [](const api::request&) { return api::response{}; }});
    }
    return table;
}

}  // namespace

TEST_CASE("a path finds its most exact route, and what stands in the place of names") {
    const auto table = table_of({{"GET", "/v1/things/"},
                                 {"GET", "/v1/sessions/{id}"},
                                 {"GET", "/v1/sessions/{id}/transcript"},
                                 {"GET", "/v1/sessions/{id}/threads/{thread}"},
                                 {"GET", "/v1/sessions"},
                                 {"GET", "/v1/sessions/summary"},
                                 {"GET", "/v1/{kind}/all"},
                                 {"GET", "/v1/things/deep/"}});
    struct row {
        std::string path, found;
        api::name_values values;
    };
    const std::vector<row> rows{
        {"/v1/sessions", "/v1/sessions", {}},
        {"/v1/sessions/abc", "/v1/sessions/{id}", {{"id", "abc"}}},
        {"/v1/sessions/a%2Fb%20c", "/v1/sessions/{id}", {{"id", "a/b c"}}},
        {"/v1/sessions/%00", "/v1/sessions/{id}", {{"id", std::string(1, '\0')}}},
        {"/v1/sessions/%zz", "/v1/sessions/{id}", {{"id", "%zz"}}},
        {"/v1/sessions/summary", "/v1/sessions/summary", {}},
        {"/v1/sessions/all", "/v1/sessions/{id}", {{"id", "all"}}},
        {"/v1/others/all", "/v1/{kind}/all", {{"kind", "others"}}},
        {"/v1/sessions/a/transcript", "/v1/sessions/{id}/transcript", {{"id", "a"}}},
        {"/v1/sessions/a/threads/2", "/v1/sessions/{id}/threads/{thread}", {{"id", "a"}, {"thread", "2"}}},
        {"/v1/things/a/b", "/v1/things/", {}},
        {"/v1/things/deep/b", "/v1/things/deep/", {}},
        {"/v1/sessions/", "", {}},
        {"/v1/sessions//transcript", "", {}},
        {"/v1/sessions/a/", "", {}},
        {"/v1/sessions/a/b", "", {}},
        {"/v1/sessions/a/transcript/x", "", {}},
        {"/v1", "", {}},
        {"", "", {}},
        {"*", "", {}},
    };
    for (const auto& [path, wanted, values] : rows) {
        INFO(path);
        std::string allowed;
        api::name_values found_values;
        const auto* found = table.find("GET", path, allowed, &found_values);
        CHECK((found == nullptr ? "" : found->path) == wanted);
        CHECK(found_values == values);
    }
}

TEST_CASE("methods that a path does not take are told from paths that are not there") {
    const auto table = table_of({{"GET", "/a/{x}"}, {"PUT", "/a/{x}"}, {"POST", "/a/b"}});
    std::string allowed;
    CHECK(table.find("DELETE", "/a/c", allowed) == nullptr);
    CHECK(allowed == "GET, HEAD, PUT");
    CHECK(table.find("GET", "/a/b", allowed) == nullptr);
    CHECK(allowed == "POST");
    CHECK(table.find("HEAD", "/a/c", allowed) != nullptr);
    CHECK(table.find("GET", "/b", allowed) == nullptr);
    CHECK(allowed.empty());
}

TEST_CASE("an error is a problem of RFC 9457 with the member of before") {
    const auto plain = api::error_response(404, "no \"such\" \xff thing");
    CHECK(plain.content_type == "application/problem+json");
    CHECK(plain.body ==
          "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
          "\"detail\":\"no \\\"such\\\" \xef\xbf\xbd thing\",\"error\":\"no \\\"such\\\" \xef\xbf\xbd "
          "thing\"}\n");
    CHECK(api::error_response(409, "x", R"("candidates":[])").body ==
          "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"detail\":\"x\",\"error\":\"x\","
          "\"candidates\":[]}\n");
}

}  // namespace tapes::api::route_test
