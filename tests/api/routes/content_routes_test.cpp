#include "routes/refusal.hpp"

#include <tapes/api/read_routes.hpp>
#include <tapes/api/record.hpp>
#include <tapes/store/store.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace tapes::api::content_routes_test {

using namespace tapes;

TEST_CASE("a node that is not there is 404, and what is no hash is 400") {
    std::string directory = (std::filesystem::temp_directory_path() / "tapes-nodes-XXXXXX").string();
    REQUIRE(::mkdtemp(directory.data()) != nullptr);
    {
        const store::store_lock made(
            store::open_options{directory + "/t.sqlite", store::synchronous::normal});
        api::route_table routes;
        api::add_read_routes(routes);
        api::record from{{directory + "/t.sqlite", ""}};
        const auto status = [&](const std::string& path) {
            std::string allowed;
            api::request asked{"GET", path, ""};
            const auto* const found = routes.find("GET", path, allowed, &asked.path_values);
            if (found == nullptr) {
                return 0U;
            }
            try {
                return found->read(asked, from).status;
            } catch (const api::refusal& refused) {
                return refused.answer().status;
            } catch (const std::invalid_argument&) {
                return 400U;
            }
        };
        CHECK(status("/v1/nodes/" + std::string(64, 'a')) == 404);
        CHECK(status("/v1/nodes/" + std::string(63, 'a')) == 400);
        CHECK(status("/v1/nodes/" + std::string(64, 'g')) == 400);
        CHECK(status("/v1/nodes/") == 0);
        CHECK(status("/v1/nodes") == 0);
        std::string allowed;
        CHECK(routes.find("DELETE", "/v1/nodes/" + std::string(64, 'a'), allowed) == nullptr);
        CHECK(allowed == "GET, HEAD");
        CHECK_FALSE(routes.find("HEAD", "/v1/nodes/x", allowed)->open);
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
}

}  // namespace tapes::api::content_routes_test
