#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/dropped.hpp>

#include <catch2/catch.hpp>

namespace tapes::merkle::dropped_test {

namespace {

block raw(std::string type, std::string json) {
    block made;
    made.type = std::move(type);
    made.raw = std::move(json);
    return made;
}

block text(std::string said) {
    block made;
    made.type = "text";
    made.text = std::move(said);
    return made;
}

}  // namespace

TEST_CASE("a block of a type that clients drop is dropped whoever sent it") {
    for (const auto* const type :
         {"thinking", "redacted_thinking", "reasoning", "refusal", "citations", "annotation", "annotations",
          "images", "search_results", "related_questions", "audio_data", "encrypted_content", "name"}) {
        INFO(type);
        CHECK(is_dropped_type(type));
        CHECK(always_dropped(raw(type, "")));
        CHECK(always_dropped(raw(type, R"([{"type":"x"}])")));
        CHECK(is_dropped(raw(type, R"({"data":1})"), {"user", "openai"}));
    }
    CHECK(always_dropped(raw("web_search_call", R"({"type":"web_search_call"})")));
    CHECK_FALSE(always_dropped(raw("function_call", "1")));
}

TEST_CASE("an unknown part of a message came with its type, and is kept") {
    CHECK_FALSE(always_dropped(raw("citations", R"({"type":"citations","of":"a"})")));
    // As it is stored where a number is none that a double carries.
    CHECK_FALSE(always_dropped(raw("citations", R"("{\"type\":\"citations\",\"n\":9007199254740993}")")));
    CHECK_FALSE(is_dropped(raw("widget", R"({"n":1e999,"type":"widget"})"), {"assistant", "openai"}));
    CHECK(is_dropped(raw("widget", R"({"type":"gadget"})"), {"assistant", "openai"}));
    CHECK_FALSE(is_dropped(raw("widget", R"({"type":"gadget"})"), {"user", "openai"}));
}

TEST_CASE("white space is dropped from Anthropic's answers alone") {
    CHECK(is_dropped(text("\n \t"), {"assistant", "anthropic"}));
    CHECK_FALSE(is_dropped(text("\n a"), {"assistant", "anthropic"}));
    CHECK_FALSE(is_dropped(text("\n"), {"user", "anthropic"}));
    CHECK_FALSE(is_dropped(text("\n"), {"assistant", "openai"}));
}

TEST_CASE("an image that an answer brought is dropped, one of a person or of a tool is not") {
    block image;
    image.type = "image";
    image.image_url = "http://x";
    CHECK(is_dropped(image, {"assistant", "openai"}));
    CHECK_FALSE(is_dropped(image, {"user", "openai"}));
    image.tool_result_id = "t1";
    CHECK_FALSE(is_dropped(image, {"assistant", "openai"}));
}

TEST_CASE("the match form of a content hashes to the match of its node") {
    message message{"assistant", {text("a"), raw("annotation", R"({"url":"x"})"), text("b")}};
    message.content[2].thinking = "t";
    message.content[2].signature = "s";
    message.content[2].refusal = "no";
    mark_dropped(message.content, {"assistant", "openai"});
    CHECK_FALSE(message.content[0].dropped_by_clients);
    CHECK(message.content[1].dropped_by_clients);
    CHECK_FALSE(carries_dropped(message.content[0]));
    CHECK(carries_dropped(message.content[1]));
    CHECK(carries_dropped(message.content[2]));
    const identity identity{"m", "openai", ""};
    const auto made = make_node({}, identity, message);
    CHECK(made.position.match != made.position.hash);
    CHECK(hash_stored({}, identity, "assistant", event_content(match_form(message.content))) ==
          made.position.match);
}

TEST_CASE("the table of fields names every string of a block once") {
    block from;
    for (const auto& field : block_fields) {
        CHECK((from.*field.member).empty());
        from.*field.member = field.name;
    }
    for (const auto& field : block_fields) {
        CHECK(from.*field.member == field.name);
    }
}

}  // namespace tapes::merkle::dropped_test
