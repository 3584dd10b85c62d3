#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace tapes::merkle::chain_test {

using namespace tapes;

namespace {

const merkle::identity identity{"gpt-4o", "openai", "codex"};

merkle::block text(std::string said) {
    merkle::block made;
    made.type = "text";
    made.text = std::move(said);
    return made;
}

merkle::block with(std::string type, std::string merkle::block::*member, std::string value) {
    merkle::block made;
    made.type = std::move(type);
    made.*member = std::move(value);
    return made;
}

merkle::digest hash_of(const merkle::block& said) {
    return merkle::make_node(std::nullopt, identity, {"assistant", {said}}).position.hash;
}

std::string random_text(std::mt19937& random) {
    static const std::string parts[] = {"",
                                        "a",
                                        "\"",
                                        "\xFF",
                                        "€",
                                        "\n",
                                        "{\"n\": 1}",
                                        "null",
                                        "{\"a\":[1.0,{}]}",
                                        "9007199254740993",
                                        "{}",
                                        "\xED\xA0\x80",
                                        "\"\"",
                                        "[1,"};
    return parts[random() % std::size(parts)];
}

}  // namespace

TEST_CASE("a node's hash is recomputed from its stored form, whatever its blocks hold") {
    std::mt19937 random(3);
    std::string merkle::block::*const members[] = {
        &merkle::block::type,         &merkle::block::text,       &merkle::block::image_url,
        &merkle::block::image_base64, &merkle::block::media_type, &merkle::block::tool_use_id,
        &merkle::block::tool_name,    &merkle::block::tool_input, &merkle::block::tool_result_id,
        &merkle::block::tool_output,  &merkle::block::thinking,   &merkle::block::signature,
        &merkle::block::refusal,      &merkle::block::name,       &merkle::block::raw};
    std::optional<merkle::link> parent;
    for (int round = 0; round < 2000; ++round) {
        merkle::message said{random_text(random), {}};
        for (auto n = random() % 4; n > 0; --n) {
            merkle::block& made = said.content.emplace_back();
            for (const auto member : members) {
                made.*member = random_text(random);
            }
            made.is_error = random() % 2 == 0;
        }
        const auto made = merkle::make_node(parent, identity, said);
        const auto parent_hash = parent ? std::optional(parent->hash) : std::nullopt;
        INFO(made.content);
        REQUIRE(merkle::hash_stored(parent_hash, identity, made.role, made.content) == made.position.hash);
        REQUIRE(merkle::event_content(said.content) == made.content);
        REQUIRE(nlohmann::json::accept(made.content));
        parent = made.position;
    }
}

TEST_CASE("the event form has the fields in their order, empty ones and a false is_error omitted") {
    merkle::block call = with("tool_use", &merkle::block::tool_use_id, "c1");
    call.tool_name = "f";
    call.tool_input = R"({ "b": 1.0, "a": "x" })";
    merkle::block result = with("tool_result", &merkle::block::tool_result_id, "c1");
    result.tool_output = "boom";
    result.is_error = true;
    CHECK(merkle::event_content({text("hi"), call, result}) ==
          R"([{"type":"text","text":"hi"},)"
          R"({"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":"x","b":1}},)"
          R"({"type":"tool_result","tool_result_id":"c1","tool_output":"boom","is_error":true}])");
    CHECK(merkle::event_content({}) == "[]");
}

TEST_CASE("raw is a JSON value where that loses nothing, else a string") {
    CHECK(merkle::event_content({with("x", &merkle::block::raw, R"({"b":1, "a":2})")}) ==
          R"([{"type":"x","raw":{"a":2,"b":1}}])");
    CHECK(merkle::event_content({with("x", &merkle::block::raw, "{\"a\":")}) ==
          R"([{"type":"x","raw":"{\"a\":"}])");
    CHECK(merkle::event_content({with("x", &merkle::block::raw, "9007199254740993")}) ==
          R"([{"type":"x","raw":"9007199254740993"}])");
    CHECK(hash_of(with("x", &merkle::block::raw, R"({"b":1, "a":2})")) ==
          hash_of(with("x", &merkle::block::raw, R"({"a":2.0,"b":1})")));
    CHECK(hash_of(with("x", &merkle::block::raw, "9007199254740993")) !=
          hash_of(with("x", &merkle::block::raw, "9007199254740992")));
}

TEST_CASE("each field changes the hash, and an empty tool input does not") {
    const auto plain = hash_of(text("hi"));
    CHECK(plain == hash_of(text("hi")));
    for (const auto member : {&merkle::block::thinking, &merkle::block::signature, &merkle::block::refusal,
                              &merkle::block::name, &merkle::block::raw, &merkle::block::tool_output}) {
        merkle::block other = text("hi");
        other.*member = "x";
        CHECK(hash_of(other) != plain);
    }
    merkle::block other = text("hi");
    other.is_error = true;
    CHECK(hash_of(other) != plain);
    other = text("hi");
    other.tool_input = " { } ";
    CHECK(hash_of(other) == plain);
    CHECK(merkle::event_content({other}) == R"([{"type":"text","text":"hi"}])");
}

TEST_CASE("the match leaves out what clients drop, in a node and in its ancestors") {
    merkle::block thought = with("thinking", &merkle::block::thinking, "hm");
    thought.dropped_by_clients = true;
    const auto root = merkle::make_node(std::nullopt, identity, {"user", {text("q")}}).position;
    CHECK(root.hash == root.match);

    const auto plain = merkle::make_node(root, identity, {"assistant", {text("a")}}).position;
    const auto thoughtful = merkle::make_node(root, identity, {"assistant", {thought, text("a")}}).position;
    CHECK(thoughtful.hash != plain.hash);
    CHECK(thoughtful.match == plain.hash);

    const auto after_plain = merkle::make_node(plain, identity, {"user", {text("r")}}).position;
    const auto after_thought = merkle::make_node(thoughtful, identity, {"user", {text("r")}}).position;
    CHECK(after_thought.hash != after_plain.hash);
    CHECK(after_thought.match == after_plain.hash);
    CHECK(after_plain.match == after_plain.hash);
}

TEST_CASE("the match of a block that stays is its hash without thinking, signature and refusal") {
    merkle::block signed_text = text("a");
    signed_text.signature = "s";
    signed_text.thinking = "t";
    signed_text.refusal = "r";
    const auto made = merkle::make_node(std::nullopt, identity, {"assistant", {signed_text}}).position;
    CHECK(made.match == hash_of(text("a")));
    CHECK(made.hash != made.match);
}

TEST_CASE("content that is no array of objects has no hash") {
    for (const auto* content : {"", "{}", "[1]", "[{}", "[[]]", "null"}) {
        CHECK_FALSE(merkle::hash_stored(std::nullopt, identity, "user", content));
    }
}

}  // namespace tapes::merkle::chain_test
