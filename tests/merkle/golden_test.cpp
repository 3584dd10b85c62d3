#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace tapes::merkle::golden_test {

using namespace tapes;

namespace {

std::string golden_text() {
    std::ifstream file(TAPES_TEST_DATA "/golden-hashes.json");
    return {std::istreambuf_iterator<char>(file), {}};
}

merkle::block to_block(const nlohmann::json& from) {
    merkle::block to;
    to.type = from.value("type", "");
    to.text = from.value("text", "");
    to.image_url = from.value("image_url", "");
    to.image_base64 = from.value("image_base64", "");
    to.media_type = from.value("media_type", "");
    to.tool_use_id = from.value("tool_use_id", "");
    to.tool_name = from.value("tool_name", "");
    to.tool_input = from.contains("tool_input") ? from["tool_input"].dump() : "";
    to.tool_result_id = from.value("tool_result_id", "");
    to.tool_output = from.value("tool_output", "");
    to.is_error = from.value("is_error", false);
    return to;
}

merkle::message to_message(const nlohmann::json& from) {
    merkle::message to{from.at("role").get<std::string>(), {}};
    for (const auto& block : from.at("content")) {
        to.content.push_back(to_block(block));
    }
    return to;
}

}  // namespace

TEST_CASE("every chain of the reference has the reference's hashes") {
    const auto golden = nlohmann::json::parse(golden_text());
    REQUIRE(golden.at("chains").size() >= 10);
    for (const auto& chain : golden.at("chains")) {
        INFO(chain.at("name"));
        const merkle::identity identity{chain.at("model"), chain.at("provider"),
                                        chain.value("agent_name", "")};
        std::optional<merkle::link> parent;
        for (const auto& row : chain.at("nodes")) {
            const auto made = merkle::make_node(parent, identity, to_message(row));
            CHECK(merkle::to_hex(made.position.hash) == row.at("hash").get<std::string>());
            CHECK(made.position.match == made.position.hash);
            const auto parent_hash = parent ? std::optional(parent->hash) : std::nullopt;
            CHECK(merkle::hash_stored(parent_hash, identity, made.role, made.content) == made.position.hash);
            parent = made.position;
        }
    }
}

TEST_CASE("every number of the reference has the reference's hash") {
    const auto golden = nlohmann::json::parse(golden_text());
    REQUIRE(golden.at("numbers").size() >= 30);
    for (const auto& row : golden.at("numbers")) {
        const auto literal = row.at("literal").get<std::string>();
        INFO(literal);
        merkle::block call;
        call.type = "tool_use";
        call.tool_use_id = "n";
        call.tool_name = "f";
        call.tool_input = "{\"n\": " + literal + "}";
        const auto made = merkle::make_node(std::nullopt, {"m", "p", ""}, {"assistant", {call}});
        CHECK(merkle::to_hex(made.position.hash) == row.at("hash").get<std::string>());
    }
}

}  // namespace tapes::merkle::golden_test
