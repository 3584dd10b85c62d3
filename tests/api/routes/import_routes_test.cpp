#include "temporary_store.hpp"

#include <tapes/api/import_routes.hpp>
#include <tapes/store/reader.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

namespace tapes::api::import_routes_test {

using namespace tapes;
using Catch::Matchers::Contains;

namespace {

store::import_row make_row(const store::import_row* parent, const std::string& content) {
    store::import_row made;
    made.node.identity = {"m \"1\"", "openai", "agent"};
    made.node.role = parent == nullptr ? "user" : "assistant";
    made.node.content = content;
    made.node.created_at_us = 1'700'000'000'000'000;
    if (parent != nullptr) {
        made.parent = parent->hash;
    }
    made.hash = merkle::hash_stored(made.parent, made.node.identity, made.node.role, content).value();
    return made;
}

/// The routes over a store that is open for writing, and a client of them.
class served {
public:
    served() { api::add_import_routes(routes_, store.path(), store.out); }

    api::response ask(const api::request& request) const {
        std::string allowed;
        const auto* const found = routes_.find(request.method, request.path, allowed);
        REQUIRE(found != nullptr);
        CHECK(found->max_body_bytes == api::largest_import);
        return found->handle(request);
    }
    unsigned status(const std::string& name, const std::string& body) const {
        return ask({"POST", "/v1/import/" + name, "", {}, body}).status;
    }
    std::unique_ptr<store::import_target> client() const {
        return api::make_import_client([this](const api::request& request) {
            auto answer = ask(request);
            if (answer.status != 200) {
                throw std::runtime_error{answer.body};
            }
            return answer.body;
        });
    }

    store::test::written_store store;

private:
    api::route_table routes_;
};

}  // namespace

TEST_CASE("nodes that a client hands over are stored with all that is known of them") {
    served here;
    const auto root = make_row(nullptr, R"([{"type":"text","text":"q \"é\" \n"}])");
    auto answer = make_row(&root, R"([{"text":"a","type":"text","extra":1.50}])");
    answer.node.project = "old";
    answer.node.stop_reason = "stop";
    answer.node.used.prompt_tokens = 7;
    answer.node.used.total_duration_ns = -1;
    const auto client = here.client();
    const std::array rows{root, answer};
    const std::array hashes{root.hash, answer.hash};
    CHECK(client->known(hashes) == std::vector<bool>{false, false});
    CHECK(client->take(rows, true) == 2);
    CHECK(client->known(hashes) == std::vector<bool>{true, true});
    CHECK(client->take(rows, true) == 0);
    client->end();

    store::reader in{here.store.path()};
    const auto node = in.find_node(answer.hash);
    REQUIRE(node);
    CHECK(node->parent == root.hash);
    CHECK(node->role == "assistant");
    CHECK(node->model == "m \"1\"");
    CHECK(node->agent_name == "agent");
    CHECK(node->project == "old");
    CHECK(node->stop_reason == "stop");
    CHECK(node->used.prompt_tokens == 7);
    CHECK(node->used.total_duration_ns == -1);
    CHECK(!node->used.completion_tokens);
    CHECK(node->created_at_us == 1'700'000'000'000'000);
    const merkle::identity identity{node->model, node->provider, node->agent_name};
    CHECK(merkle::hash_stored(node->parent, identity, node->role, node->content) == answer.hash);
    const auto log = in.read_log(0, 1 << 20);
    REQUIRE(log.size() == 1);
    CHECK(log[0].nodes.size() == 2);
}

TEST_CASE("what a client says of a node is proved, and nothing is stored where it is not so") {
    served here;
    const auto root = make_row(nullptr, R"([{"type":"text","text":"q"}])");
    auto changed = make_row(&root, R"([{"type":"text","text":"a"}])");
    changed.node.content = R"([{"type":"text","text":"b"}])";
    const auto client = here.client();
    CHECK_THROWS_WITH(client->take(std::array{root, changed}, false),
                      Contains("what node " + merkle::to_hex(changed.hash) + " says has another hash"));
    const auto child = make_row(&changed, R"([{"type":"text","text":"c"}])");
    CHECK_THROWS_WITH(client->take(std::array{root, child}, false), Contains("is not in the store"));
    CHECK(client->known(std::vector{root.hash}) == std::vector<bool>{false});
}

TEST_CASE("bodies of an import that cannot be read are refused") {
    const served here;
    const std::string hash(64, 'a');
    for (const auto* const body :
         {"", "[]", "{}", R"({"hashes":1})", R"({"hashes":[1]})", R"({"hashes":["abc"]})"}) {
        CAPTURE(body);
        CHECK(here.status("known", body) == 400);
    }
    for (const auto& body :
         {std::string{}, std::string{"[]"}, std::string{"{}"}, std::string{R"({"nodes":[]})"},
          std::string{R"({"announce":1,"nodes":[]})"}, std::string{R"({"announce":true,"nodes":[1]})"},
          std::string{R"({"announce":true,"nodes":[{}]})"},
          R"({"announce":true,"nodes":[{"hash":")" + hash + R"(","parent":"x"}]})",
          R"({"announce":true,"nodes":[{"hash":")" + hash + R"(","role":1}]})",
          R"({"announce":true,"nodes":[{"hash":")" + hash + R"(","usage":[]}]})",
          R"({"announce":true,"nodes":[{"hash":")" + hash + R"(","usage":{"total_tokens":1.5}}]})",
          R"({"announce":true,"nodes":[{"hash":")" + hash + R"(","created_at_us":"x"}]})",
          R"({"announce":true,"nodes":[{"hash":")" + hash + R"(","content":")" + std::string(9000, '[') +
              "\"}]}"}) {
        CAPTURE(body);
        CHECK(here.status("nodes", body) == 400);
    }
    const auto nested = [](const std::string& opening, char closing) {
        std::string made = R"({"announce":false,"hashes":[],"nodes":[],"x":)";
        for (int i = 0; i < 100'000; ++i) {
            made += opening;
        }
        return made + "0" + std::string(100'000, closing) + "}";
    };
    for (const auto& deep : {nested("[", ']'), nested("{\"a\":", '}')}) {
        CHECK(here.status("nodes", deep) == 400);
        CHECK(here.status("known", deep) == 400);
    }
    CHECK(here.status("nodes", R"({"announce":false,"nodes":[]})") == 200);
    CHECK(here.status("known", R"({"x":"[[[[[[\"[[[{{{{","hashes":[]})") == 200);
}

}  // namespace tapes::api::import_routes_test
