#include <tapes/api/orphan_routes.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/store/store.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace tapes::api::orphan_routes_test {

using namespace tapes;
using nlohmann::json;

namespace {

store::received_item orphan(std::uint8_t number) {
    store::received_item made;
    made.node.hash.fill(number);
    made.node.parent.emplace().fill(static_cast<std::uint8_t>(number + 1));
    made.node.root.fill(0xee);
    made.node.content = "[]";
    made.from = {"machine", "nodes", 3, number};
    return made;
}

api::response ask(const api::route_table& routes, const std::string& query) {
    std::string allowed;
    const auto* const found = routes.find("GET", "/v1/orphans", allowed);
    REQUIRE(found != nullptr);
    return found->handle({"GET", "/v1/orphans", query});
}

}  // namespace

TEST_CASE("orphans are listed in the order in which they came, with what they wait for") {
    std::string directory = (std::filesystem::temp_directory_path() / "tapes-orphans-XXXXXX").string();
    REQUIRE(::mkdtemp(directory.data()) != nullptr);
    {
        capture::ledger account;
        const store::store_lock lock{{directory + "/s.sqlite", store::synchronous::normal}};
        store::writer out{lock, account, {}};
        const std::array items{orphan(5), orphan(1), orphan(2)};  // 2 waits for 3, 1 for 2
        (void)store::store_received(out, items);
        api::route_table routes;
        api::add_orphan_routes(routes, directory + "/s.sqlite");
        const auto all = json::parse(ask(routes, "").body);
        CHECK(all.at("total") == 3);
        CHECK(all.at("missing") == 2);
        REQUIRE(all.at("orphans").size() == 3);
        const auto& first = all.at("orphans").at(0);
        CHECK(first.at("hash") == "0505050505050505050505050505050505050505050505050505050505050505");
        CHECK(first.at("parent_hash") == "0606060606060606060606060606060606060606060606060606060606060606");
        CHECK(first.at("source") == "machine");
        CHECK(first.at("topic") == "nodes");
        CHECK(first.at("partition") == 3);
        CHECK(first.at("offset") == 5);
        CHECK_FALSE(first.contains("problem"));
        const auto page =
            json::parse(ask(routes, "limit=1&after=" + std::to_string(first.at("id").get<int>())).body);
        REQUIRE(page.at("orphans").size() == 1);
        CHECK(page.at("orphans").at(0).at("offset") == 1);
        for (const auto* const bad : {"limit=0", "limit=x", "after=", "limit=10001"}) {
            INFO(bad);
            CHECK(ask(routes, bad).status == 400);
        }
        out.stop(std::chrono::steady_clock::now() + std::chrono::seconds{60});
    }
    std::filesystem::remove_all(directory);
}

}  // namespace tapes::api::orphan_routes_test
