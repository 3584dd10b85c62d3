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

TEST_CASE("text of white space alone says nothing in an answer") {
    CHECK(is_dropped(text("\n \t"), {"assistant", "anthropic"}));
    CHECK_FALSE(is_dropped(text("\n a"), {"assistant", "anthropic"}));
    CHECK_FALSE(is_dropped(text("\n"), {"user", "anthropic"}));
    CHECK(is_dropped(text("\n"), {"assistant", "openai"}));
    CHECK(is_dropped(text(" "), {"model", "gemini"}));
}

TEST_CASE("an item that holds little but what is sealed is compared, not matched") {
    CHECK(always_dropped(raw("compaction", R"({"encrypted_content":"x","type":"compaction"})")));
    CHECK(always_dropped(raw("program", R"({"fingerprint":"x","type":"program"})")));
    CHECK_FALSE(always_dropped(raw("compaction", R"({"other":"x"})")));  // of Anthropic's
}

TEST_CASE("what a known client writes anew when it resumes is in the hash and not in the match") {
    const identity identity{"claude", "anthropic", ""};
    const auto node_of = [&](std::vector<std::string> said) {
        message system{"system", {}};
        for (auto& one : said) {
            system.content.push_back(text(std::move(one)));
        }
        return make_node({}, identity, system).position;
    };
    const auto plain = node_of({"You are Claude Code."});
    CHECK(plain.match == plain.hash);
    struct pair {
        std::vector<std::string> before;
        std::vector<std::string> after;
    };
    const pair pairs[] = {
        {{"Be brief.", "Env\n\ngitStatus: clean\nCurrent branch: main"},
         {"Be brief.", "Env\n\ngitStatus: dirty"}},
        {{"Be brief.\n\ngitStatus: a"}, {"Be brief."}},
        {{"Be brief.", "gitStatus: a"}, {"Be brief."}},
        {{"a\n - You are powered by the model named Opus 4.6. The exact model ID is opus-4-6.\nb"},
         {"a\n - You are powered by the model named Opus 4.6 (with 1M context). The exact model ID is "
          "opus-4-6[1m].\nb"}},
        {{"You run on Opus 4.6 today."}, {"You run on Opus 4.6 (1M context) today."}},
        {{"You are Sonnet 4.5 and kind."}, {"You are Sonnet 4.5 (200k context window) and kind."}},
        {{"Two (1M context) (1M context) here [1m]."}, {"Two here ."}},
        {{"Model: opus-4-6"}, {"Model: opus-4-6[1m]"}},
        {{"<env>\nToday's date: 2026-11-28\n</env>"}, {"<env>\nToday's date: 2026-11-29\n</env>"}},
    };
    for (const auto& [before, after] : pairs) {
        INFO(before.back());
        CHECK(node_of(before).hash != node_of(after).hash);
        CHECK(node_of(before).match == node_of(after).match);
    }
    CHECK(node_of({"The line gitStatus: a"}).match == node_of({"The line gitStatus: a"}).hash);
    CHECK(node_of({"(see the context)"}).match == node_of({"(see the context)"}).hash);
    message user{"user", {text("gitStatus: a")}};
    const auto said = make_node({}, identity, user).position;
    CHECK(said.match == said.hash);
}

TEST_CASE("what may change in a system text is looked for in linear time") {
    std::string said;
    for (int i = 0; i < 200000; ++i) {
        said += "(1M context)[1m]";
    }
    const auto position = make_node({}, {"m", "p", ""}, {"system", {text("a" + said)}}).position;
    CHECK(position.match == make_node({}, {"m", "p", ""}, {"system", {text("a")}}).position.hash);
}

TEST_CASE("texts of an answer that stand side by side are one in the match, and in the match alone") {
    const identity identity{"claude", "anthropic", ""};
    const auto position = [&](const std::string& role, std::vector<block> content) {
        mark_dropped(content, {role, "anthropic"});
        return make_node({}, identity, {role, std::move(content)}).position;
    };
    const auto one = position("assistant", {text("one two")});
    CHECK(one.match == one.hash);
    const auto thought = raw("redacted_thinking", R"({"data":"x"})");
    for (const auto& divided : std::vector<std::vector<block>>{{text("one "), text("two")},
                                                               {text("one"), text(" "), text("two")},
                                                               {text("one "), thought, text("two")},
                                                               {text("o"), text("ne t"), text("wo")}}) {
        const bool blank = divided.size() == 3 && divided[1].text == " ";
        const auto made = position("assistant", divided);
        CHECK(made.hash != one.hash);
        CHECK((made.match == one.hash) == !blank);  // text of white space alone says nothing
    }
    const auto call = raw("function_call", R"({"name":"f"})");
    CHECK(position("assistant", {text("one "), call, text("two")}).match !=
          position("assistant", {text("one two"), call}).match);
    const auto asked = position("user", {text("one "), text("two")});
    CHECK(asked.match == asked.hash);
}

TEST_CASE("the match form is what the match hashes, whatever it leaves out") {
    const identity identity{"claude", "anthropic", ""};
    block call;
    call.type = "server_tool_use";
    call.tool_use_id = "srvtoolu_1";
    call.tool_input = R"({"command":"ls"})";
    auto typed = call;
    typed.tool_input = R"({"type":"bash_code_execution","command":"ls"})";
    auto nested = call;
    nested.tool_input = R"({"command":{"type":"x"}})";
    const auto position = [&](const block& one) {
        return make_node({}, identity, {"assistant", {one}}).position;
    };
    CHECK(position(call).match != position(call).hash);
    CHECK(position(typed).match == position(call).match);
    CHECK(position(nested).match == position(call).match);
    auto item = raw("computer_call", R"({"action":{"type":"click"},"type":"computer_call"})");
    CHECK(position(item).match == position(item).hash);  // without an id it is known by what it holds
    item.tool_use_id = "call_1";
    auto other = item;
    other.raw = R"({"type":"computer_call"})";
    CHECK(position(item).match == position(other).match);
    other.tool_use_id = "call_2";
    CHECK(position(item).match != position(other).match);
    block usual = call;
    usual.type = "tool_use";
    CHECK(position(usual).match == position(usual).hash);
    for (const message& one : {message{"assistant", {typed}}, message{"system", {text("a\ngitStatus: b")}}}) {
        CHECK(is_reshaped(one));
        CHECK(hash_stored({}, identity, one.role, event_content(match_form(one))) ==
              make_node({}, identity, one).position.match);
    }
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
    CHECK(hash_stored({}, identity, "assistant", event_content(match_form(message))) == made.position.match);
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
