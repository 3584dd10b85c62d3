// Turns that go on from stored ones: recognised by pieces, by match, by the provider's ids.
#include "turns.hpp"

#include <string>
#include <vector>

namespace tapes::record::earlier_turns_test {

using namespace tapes;
using namespace tapes::record::test;

TEST_CASE("history that is known by its pieces is neither stored nor mapped again") {
    recording on;
    std::vector<std::string> messages;
    merkle::digest last{};
    for (int turn = 0; turn < 12; ++turn) {
        messages.push_back(user("question " + std::to_string(turn) + std::string(300, 'q')));
        const auto answer = "answer " + std::to_string(turn) + std::string(300, 'a');
        const auto plain = on.make(chat_api, request(messages), say(answer), false);
        last = on.turn(chat_api, request(messages), say(answer));
        CHECK(recording::head_of(*plain) == last);
        CHECK(plain->nodes.size() == messages.size() + 1);
        if (turn > 1) {
            CHECK(on.above != 0);
            CHECK(on.added == 2);
            REQUIRE(on.pieces.size() == 2);
            CHECK(on.pieces[1].known != 0);
            CHECK(on.pieces[1].added.size() == 2);
            CHECK(on.pieces[0].added.empty());
        }
        messages.push_back(assistant(answer));
    }
    CHECK(on.count("SELECT count(*) FROM node") == 24);
    CHECK(on.forks() == 0);
    // Each is put together again as it came.
    store::wire_reader wire{on.file.path()};
    messages.pop_back();
    CHECK(wire.read(12)->request == request(messages));
}

TEST_CASE("other white space, key order, tools and settings do not fork a chain") {
    recording on;
    const std::string long_text(3000, 'x');
    std::vector<std::string> messages{user("a" + long_text), assistant("b"), user("c")};
    const auto first = on.turn(chat_api, request(messages), say("d"));
    messages.push_back(assistant("d"));
    messages.push_back(user("e"));
    const auto repeat = [&](const std::string& body) { return on.make(chat_api, body, say("f")); };
    const auto head = recording::head_of(*repeat(request(messages)));
    CHECK(recording::head_of(*repeat(request(messages, R"(,"temperature":1)"))) == head);
    auto spaced = messages;
    spaced[0] = " { \"content\" : \"a" + long_text + "\" , \"role\":\"user\" } ";
    CHECK(recording::head_of(*repeat(request(spaced))) == head);
    CHECK(recording::head_of(*repeat(R"({"model":"gpt-4o","messages":[)" + joined(messages) + "]}")) == head);
    // Another model, or another first message, is another conversation.
    auto other = request(messages);
    other.replace(other.find("gpt-4o"), 6, "gpt-4x");
    const auto made = repeat(other);
    CHECK(recording::head_of(*made) != head);
    CHECK_FALSE(made->above);
    CHECK(first != head);
}

TEST_CASE("the system prompt tells conversations with the same messages apart") {
    recording on;
    const std::string long_text(5000, 'x');
    const std::vector<std::string> one{user(long_text)};
    const std::vector<std::string> two{user(long_text), assistant("a"), user("more")};
    on.turn(messages_api, ask_claude(one, "S1"), claude(text_block("a")));
    const auto plain = on.make(messages_api, ask_claude(two, "S2"), claude(text_block("b")), false);
    const auto head = on.turn(messages_api, ask_claude(two, "S2"), claude(text_block("b")));
    CHECK(head == recording::head_of(*plain));
    CHECK(on.count("SELECT count(*) FROM node WHERE parent IS NULL") == 2);
    on.turn(messages_api, ask_claude(two, "S1"), claude(text_block("b")));
    CHECK(on.above != 0);
    CHECK(on.count("SELECT count(*) FROM node WHERE parent IS NULL") == 2);
}

TEST_CASE("thinking that a client drops does not fork a chain; what differs only in thinking stays apart") {
    recording on;
    const auto first =
        on.turn(messages_api, ask_claude({user("q")}), claude(thinking("A") + "," + text_block("yes")));
    const auto second =
        on.turn(messages_api, ask_claude({user("q")}), claude(thinking("B") + "," + text_block("yes")));
    CHECK(first != second);
    const auto parent_of_last = [&] {
        return store::test::text(
            on.file.path(),
            "SELECT lower(hex(p.hash)) FROM node n JOIN node u ON u.id = n.parent JOIN node p ON"
            " p.id = u.parent ORDER BY n.id DESC LIMIT 1");
    };
    SECTION("dropped from all turns: the newest answer is gone on from") {
        on.turn(messages_api, ask_claude({user("q"), assistant_blocks(text_block("yes")), user("r")}),
                claude(text_block("z")));
        CHECK(parent_of_last() == merkle::to_hex(second));
    }
    SECTION("a message that carries it agrees in it") {
        on.turn(messages_api,
                ask_claude({user("q"), assistant_blocks(thinking("A") + "," + text_block("yes")), user("r")}),
                claude(text_block("z")));
        CHECK(parent_of_last() == merkle::to_hex(first));
    }
    SECTION("dropped from all turns but the last") {
        const auto third = on.turn(
            messages_api,
            ask_claude({user("q"), assistant_blocks(thinking("A") + "," + text_block("yes")), user("r")}),
            claude(thinking("C") + "," + text_block("z")));
        on.turn(messages_api,
                ask_claude({user("q"), assistant_blocks(text_block("yes")), user("r"),
                            assistant_blocks(thinking("C") + "," + text_block("z")), user("s")}),
                claude(text_block("end")));
        CHECK(parent_of_last() == merkle::to_hex(third));
        on.turn(messages_api,
                ask_claude({user("q"), assistant_blocks(text_block("yes")), user("r"),
                            assistant_blocks(text_block("z")), user("s"), assistant_blocks(text_block("end")),
                            user("t")}),
                claude(text_block("really")));
        CHECK(on.count("SELECT max(depth) FROM node") == 8);
    }
    SECTION("thinking that nobody said is a conversation of its own") {
        on.turn(messages_api,
                ask_claude({user("q"), assistant_blocks(thinking("Z") + "," + text_block("yes")), user("r")}),
                claude(text_block("z")));
        CHECK(parent_of_last() != merkle::to_hex(first));
        CHECK(parent_of_last() != merkle::to_hex(second));
    }
}

TEST_CASE("of thoughts that come back in part, what does come back agrees") {
    recording on;
    const auto heads_of_next = [&](const api_case& api, const std::vector<std::string>& requests,
                                   const std::string& answer) {
        std::vector<std::string> parents;
        for (const auto& body : requests) {
            const auto made = on.make(api, body, answer);
            parents.push_back(made->above ? merkle::to_hex(made->above->position.hash) : "none");
        }
        return parents;
    };
    SECTION("Chat: the text without its signature, or the texts of several thoughts as one") {
        const auto answer = [](const std::string& thought) {
            return R"({"id":"c1","model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop","message":)"
                   R"({"role":"assistant","content":"yes","reasoning":")" +
                   thought + R"( \"and\" then","reasoning_details":[)" +
                   R"({"type":"reasoning.text","index":0,"signature":"s1","text":")" + thought +
                   R"( \"and"},{"type":"reasoning.text","index":1,"signature":"s2","text":"\" then"}]}}]})";
        };
        const auto back = [](const std::string& more) {
            return request({user("q"), R"({"role":"assistant","content":"yes",)" + more + "}", user("r")});
        };
        const auto first = on.turn(chat_api, request({user("q")}), answer("A"));
        const auto second = on.turn(chat_api, request({user("q")}), answer("B"));
        CHECK(heads_of_next(
                  chat_api,
                  {back(R"("reasoning":"A \"and\" then")"), back(R"("reasoning_content":"B \"and\" then")"),
                   back(R"("reasoning_details":[{"type":"reasoning.text","text":"A \"and"}])"),
                   back(R"("reasoning_details":[{"type":"reasoning.text","signature":"s2"}])"),
                   back(R"("reasoning":"A")"), back(R"("reasoning":"C \"and\" then")"),
                   back(R"("reasoning_details":[{"type":"reasoning.text","text":"A","signature":"s3"}])")},
                  say("z")) == std::vector<std::string>{merkle::to_hex(first), merkle::to_hex(second),
                                                        merkle::to_hex(first), merkle::to_hex(second),
                                                        merkle::to_hex(first), "none", "none"});
    }
    SECTION("Responses: the summary without what is encrypted, or the other way round") {
        const auto reasoning = [](const std::string& summary, const std::string& encrypted) {
            return R"({"type":"reasoning","id":"rs","summary":[)" +
                   (summary.empty() ? "" : R"({"type":"summary_text","text":")" + summary + "\"}") +
                   R"(],"encrypted_content":)" + (encrypted.empty() ? "null" : "\"" + encrypted + "\"") + "}";
        };
        const std::string yes =
            R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"yes"}]})";
        const auto answer = [&](const std::string& summary, const std::string& encrypted) {
            return R"({"id":"r","status":"completed","output":[)" + reasoning(summary, encrypted) + "," +
                   yes + "]}";
        };
        const auto ask = [](const std::string& items) {
            return R"({"model":"gpt-5","input":[{"role":"user","content":"q"})" + items + "]}";
        };
        const auto back = [&](const std::string& summary, const std::string& encrypted) {
            return ask("," + reasoning(summary, encrypted) + "," + yes + R"(,{"role":"user","content":"r"})");
        };
        const auto first = on.turn(responses_api, ask(""), answer("A", "gA"));
        const auto second = on.turn(responses_api, ask(""), answer("B", "gB"));
        CHECK(heads_of_next(responses_api,
                            {back("A", ""), back("B", ""), back("", "gA"), back("", "gB"), back("", ""),
                             back("C", ""), back("", "gC")},
                            answer("", "z")) ==
              std::vector<std::string>{merkle::to_hex(first), merkle::to_hex(second), merkle::to_hex(first),
                                       merkle::to_hex(second), merkle::to_hex(second), "none", "none"});
    }
}

TEST_CASE("what the provider's own tools did does not fork a chain where a client leaves it out") {
    recording on;
    const auto search = [](const std::string& query) {
        return R"({"type":"web_search_call","id":"ws","status":"completed","action":{"type":"search","query":")" +
               query + "\"}}";
    };
    const std::string found =
        R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"found"}]})";
    const auto answer = [&](const std::string& query) {
        return R"({"id":"r","status":"completed","output":[)" + search(query) + "," + found + "]}";
    };
    const auto ask = [](const std::string& items) {
        return R"({"model":"gpt-5","input":[{"role":"user","content":"q"})" + items + "]}";
    };
    const auto next = [&](const std::string& item) {
        const auto made =
            on.make(responses_api, ask("," + item + R"(,{"role":"user","content":"r"})"), answer("z"));
        return made->above ? std::optional{made->above->position.hash} : std::nullopt;
    };
    const auto first = on.turn(responses_api, ask(""), answer("a"));
    const auto second = on.turn(responses_api, ask(""), answer("b"));
    CHECK(first != second);
    CHECK(next(search("a") + "," + found) == first);
    CHECK(next(search("b") + "," + found) == second);
    CHECK(next(R"({"role":"assistant","content":"found"})") == second);
    CHECK(next(search("c") + "," + found) == std::nullopt);
}

TEST_CASE("the name that a model or a client gives to who spoke does not fork a chain") {
    recording on;
    const auto named = [](const std::string& text, const std::string& name) {
        return R"({"role":"assistant","content":")" + text + R"(","name":")" + name + "\"}";
    };
    const auto answer = [&](const std::string& text) {
        return R"({"model":"m","choices":[{"index":0,"finish_reason":"stop","message":)" +
               named(text, "MiniMax AI") + "}]}";
    };
    on.turn(chat_api, request({user("q")}), answer("a"));
    on.turn(chat_api, request({user("q"), assistant("a"), user("r")}), answer("b"));
    on.turn(chat_api,
            request({user("q"), named("a", "MiniMax AI"), user("r"), named("b", "MiniMax AI"), user("s")}),
            say("c"));
    on.turn(chat_api,
            request({user("q"), assistant("a"), user("r"), assistant("b"), user("s"), named("c", "bob"),
                     user("t")}),
            say("d"));
    CHECK(on.forks() == 0);
    CHECK(on.count("SELECT count(*) FROM node WHERE parent IS NULL") == 1);
    // But another name than the model's own is another speaker's.
    CHECK_FALSE(on.make(chat_api, request({user("q"), named("a", "bob"), user("r")}), say("z"))->above);
}

TEST_CASE("two values of what a client rewrites with every request give one chain") {
    record::settings options;
    options.volatile_system = {"^session [0-9]+$"};
    recording on{options};
    const std::string long_text(5000, 'x');
    const auto system = [](const std::string& session) {
        return R"({"role":"system","content":"session )" + session + R"("})";
    };
    on.turn(chat_api, request({system("1"), user(long_text)}), say("a"));
    on.turn(chat_api, request({system("2"), user(long_text), assistant("a"), user("b")}), say("c"));
    CHECK(on.count("SELECT count(*) FROM node") == 4);
    CHECK(on.forks() == 0);
}

TEST_CASE("an answer is gone on from by the provider's ids") {
    recording on;
    const auto answer = [](const std::string& id, const std::string& text) {
        return R"({"id":")" + id +
               R"(","object":"response","status":"completed","model":"gpt-4o","output":[)" +
               R"({"type":"message","id":"msg_)" + id +
               R"(","role":"assistant","status":"completed","content":)" +
               R"([{"type":"output_text","text":")" + text + R"(","annotations":[]}]}],"usage":null})";
    };
    const auto ask = [](const std::string& input, const std::string& more = "") {
        return R"({"model":"gpt-4o","input":)" + input + more + "}";
    };
    const auto first =
        on.turn(responses_api, ask(R"("hi")", R"(,"instructions":"Be brief.")"), answer("r1", "one"));
    SECTION("previous_response_id, with changed instructions") {
        const auto made = on.make(
            responses_api, ask(R"("more")", R"(,"previous_response_id":"r1","instructions":"Be long.")"),
            answer("r2", "two"));
        REQUIRE(made->above);
        CHECK(made->above->position.hash == first);
        CHECK(made->nodes.size() == 2);
    }
    SECTION("an unknown one is kept, under a new root") {
        on.turn(responses_api, ask(R"("more")", R"(,"previous_response_id":"r9")"), answer("r2", "two"));
        CHECK(on.count("SELECT count(*) FROM node WHERE parent IS NULL AND content LIKE '%r9%'") == 1);
    }
    SECTION("item_reference stands for what was said") {
        on.turn(responses_api,
                ask(R"([{"role":"user","content":"hi"},{"type":"item_reference","id":"msg_r1"},)"
                    R"({"role":"user","content":"more"}])",
                    R"(,"instructions":"Be brief.")"),
                answer("r2", "two"));
        CHECK(on.forks() == 0);
        CHECK(on.count("SELECT count(*) FROM node WHERE parent IS NULL") == 1);
    }
    SECTION("a request that only prepares is a turn without an answer, and is gone on from") {
        const auto prepared =
            R"({"id":"r7","object":"response","status":"completed","output":[],"usage":null})";
        on.turn(responses_api,
                ask(R"([{"role":"user","content":"hi"}])", R"(,"instructions":"Be brief.","generate":false)"),
                prepared);
        CHECK(on.count("SELECT count(*) FROM node") == 3);  // those of the first turn: nothing new was said
        const auto same =
            on.make(responses_api, ask(R"("more")", R"(,"previous_response_id":"r7")"), answer("r8", "two"));
        REQUIRE(same->above);
        CHECK(same->above->depth == 1);
        CHECK(same->nodes.size() == 2);
        // What does not say that it only prepares, and says nothing, is no turn.
        const auto silent = on.make(responses_api, ask(R"("hi")"), prepared);
        CHECK(silent->dropped == capture::drop_reason::empty_response);
    }
    SECTION("a conversation goes on from its last head") {
        const auto named = R"(,"conversation":"conv_1")";
        on.turn(responses_api, ask(R"("a")", named), answer("r3", "x"));
        const auto head = on.turn(responses_api, ask(R"("b")", named), answer("r4", "y"));
        const auto made = on.make(responses_api, ask(R"("c")", named), answer("r5", "z"));
        REQUIRE(made->above);
        CHECK(made->above->position.hash == head);
    }
}

}  // namespace tapes::record::earlier_turns_test
