#include "json.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::llm::json_test {

using namespace tapes::llm;

namespace {

std::vector<std::string> keys_of(json_object from) {
    std::vector<std::string> keys;
    for (auto [key, value] : members_of(from)) {
        keys.emplace_back(key);
    }
    return keys;
}

}  // namespace

TEST_CASE("keys are told with their escapes undone") {
    json_reader json(R"({"plain":1,"":2,"a\"b\\":3,"\u00e9\ud83d\ude00":4,"\ud800":5,"x\q":6})");
    CHECK(keys_of(json.root()) ==
          std::vector<std::string>{"plain", "", "a\"b\\", "\u00e9\U0001F600", "\uFFFD", ""});
}

TEST_CASE("an object with long keys may be read any number of times") {
    const std::string plain(300'000, 'k');
    std::string escaped;
    for (int i = 0; i < 100'000; ++i) {
        escaped += "k\\n";
    }
    json_reader json("{\"" + plain + "\":1,\"" + escaped + "\":2}");
    json_object root = json.root();
    for (int i = 0; i < 8; ++i) {
        const auto keys = keys_of(root);
        REQUIRE(keys.size() == 2);
        CHECK(keys[0] == plain);
        CHECK(keys[1].size() == 200'000);
        rewind(root);
    }
}

}  // namespace tapes::llm::json_test
