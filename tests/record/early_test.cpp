// What is made of a request while its answer is still to come is what would be made of it at the end.
#include "early_work.hpp"
#include "turns.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace tapes::record::early_test {

namespace tapes::record {

using namespace test;
using capture::drop_reason;

namespace {

const std::string long_text(3000, 'x');

std::unique_ptr<capture::exchange> exchange_of(const api_case& api, std::string_view request,
                                               std::string_view answer, capture::budget& budget = limits()) {
    auto made = chat(request, answer, budget);
    made->path = made->target = api.path;
    made->provider = api.provider;
    return made;
}

/// As a worker does while the answer is still to come.
void prepare(recording& on, capture::exchange& running) {
    auto work = std::make_shared<early_work>(running, running.request_body.view());
    REQUIRE(work->begin());
    on.maker.prepare(*work, &*on.earlier);
    running.prepared = std::move(work);
}

/// Every row that turns have left, in one text each; ids, but no times.
std::vector<std::string> rows(const recording& in) {
    std::vector<std::string> all;
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open_v2(in.file.path().c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
    for (const auto* const query :
         {"SELECT 'node', id, hash, match, parent, root, depth, role, model, provider, agent, stop_reason,"
          " total_tokens, content FROM node ORDER BY id",
          "SELECT 'piece', id, digest, parent, node, leading, zstd, size, bytes FROM piece ORDER BY id",
          "SELECT 'exchange', id, target, session, agent, api, model, response_model, response_id, streamed,"
          " stop_reason, drop_reason, head, request_bytes, response_bytes FROM exchange ORDER BY id",
          "SELECT 'wire', * FROM wire ORDER BY exchange",
          "SELECT 'log', seq, kind, ref, first_node, last_node"
          " FROM log ORDER BY seq",
          "SELECT 'answer', * FROM exchange_node ORDER BY exchange, choice",
          "SELECT 'response', * FROM response ORDER BY id", "SELECT 'item', * FROM response_item ORDER BY id",
          "SELECT 'conversation', * FROM conversation ORDER BY id"}) {
        sqlite3_stmt* each = nullptr;
        REQUIRE(sqlite3_prepare_v2(db, query, -1, &each, nullptr) == SQLITE_OK);
        while (sqlite3_step(each) == SQLITE_ROW) {
            auto& row = all.emplace_back();
            for (int column = 0; column < sqlite3_column_count(each); ++column) {
                const auto* const bytes = static_cast<const char*>(sqlite3_column_blob(each, column));
                const auto size = static_cast<std::size_t>(sqlite3_column_bytes(each, column));
                row.append(bytes == nullptr ? "-" : std::string{bytes, size}).append(1, '\x1f');
            }
        }
        sqlite3_finalize(each);
    }
    sqlite3_close(db);
    return all;
}

struct scenario {
    std::string name;
    std::function<void(recording&)> before;   ///< turns that are stored when the request comes
    std::function<void(recording&)> between;  ///< turns that are committed until its answer has ended
    std::function<std::unique_ptr<capture::exchange>()> turn;
    settings options = {};
};

std::vector<std::string> outcome(const scenario& scene, bool early) {
    recording on{scene.options};
    scene.before(on);
    auto running = scene.turn();
    if (early) {
        prepare(on, *running);
    }
    scene.between(on);
    REQUIRE(on.store.commit(on.maker.make(std::move(running), &*on.earlier)));
    return rows(on);
}

void nothing(recording& /*on*/) {}

std::string thought(const std::string& text) {
    return claude(thinking(text) + "," + text_block("yes"));
}

std::string response(const std::string& id, const std::string& text) {
    return R"({"id":")" + id + R"(","object":"response","status":"completed","model":"gpt-4o","output":[)" +
           R"({"type":"message","id":"msg_)" + id +
           R"(","role":"assistant","status":"completed","content":)" + R"([{"type":"output_text","text":")" +
           text + R"(","annotations":[]}]}],"usage":null})";
}
std::string ask_responses(const std::string& input, const std::string& more = "") {
    return R"({"model":"gpt-4o","instructions":")" + long_text + R"(","input":)" + input + more + "}";
}

const std::vector<std::string> one_question{user(long_text + "a")};
const std::vector<std::string> two_questions{user(long_text + "a"), assistant("b"), user("c")};
const std::vector<std::string> three_questions{user(long_text + "a"), assistant("b"), user("c"),
                                               assistant("d"), user("e")};

void first_turn(recording& on) {
    on.turn(chat_api, request(one_question), say("b"));
}
void second_turn(recording& on) {
    on.turn(chat_api, request(two_questions), say("d"));
}
auto third_turn = [] { return exchange_of(chat_api, request(three_questions), say("f")); };

std::vector<scenario> plain_histories() {
    return {
        {"nothing is known", nothing, nothing, third_turn},
        {"no answer is in the history", nothing, nothing,
         [] { return exchange_of(chat_api, request(one_question), say("b")); }},
        {"the same request at the same time", nothing, first_turn,
         [] { return exchange_of(chat_api, request(one_question), say("b")); }},
        {"all of the history is known",
         [](recording& on) {
             first_turn(on);
             second_turn(on);
         },
         nothing, third_turn},
        {"the last turn of the history is committed meanwhile", first_turn, second_turn, third_turn},
        {"all of the history is committed meanwhile", nothing,
         [](recording& on) {
             first_turn(on);
             second_turn(on);
         },
         third_turn},
        {"the same request is answered otherwise meanwhile",
         [](recording& on) {
             first_turn(on);
             second_turn(on);
         },
         [](recording& on) { on.turn(chat_api, request(three_questions), say("g")); }, third_turn},
        {"another model comes to the same pieces meanwhile",
         [](recording& on) {
             first_turn(on);
             second_turn(on);
         },
         [](recording& on) {
             auto other = request(two_questions);
             other.replace(other.find("gpt-4o"), 6, "gpt-4x");
             on.turn(chat_api, other, say("d"));
         },
         third_turn},
    };
}

std::vector<scenario> histories_that_lost_something() {
    const auto asked = ask_claude({user(long_text)});
    const auto back = [] {
        return exchange_of(messages_api,
                           ask_claude({user(long_text), assistant_blocks(text_block("yes")), user("r")}),
                           claude(text_block("z")));
    };
    const auto back_with_thinking = [] {
        return exchange_of(messages_api,
                           ask_claude({user(long_text),
                                       assistant_blocks(thinking("A") + "," + text_block("yes")), user("r")}),
                           claude(text_block("z")));
    };
    const auto answered = [asked](const std::string& text) {
        return [asked, text](recording& on) { on.turn(messages_api, asked, thought(text)); };
    };
    return {
        {"a dropped thought is known", answered("A"), nothing, back},
        {"a dropped thought is committed meanwhile", nothing, answered("A"), back},
        {"a newer one is committed meanwhile", answered("A"), answered("B"), back},
        {"one that agrees is committed meanwhile", answered("B"), answered("A"), back_with_thinking},
        {"one that does not agree is committed meanwhile", answered("A"), answered("B"), back_with_thinking},
    };
}

std::vector<scenario> named_histories() {
    const auto stored = [](recording& on) {
        on.turn(responses_api, ask_responses(R"("hi")"), response("r1", "one"));
    };
    const auto by_response = [] {
        return exchange_of(responses_api, ask_responses(R"("more")", R"(,"previous_response_id":"r1")"),
                           response("r2", "two"));
    };
    const auto by_item = [] {
        return exchange_of(responses_api,
                           ask_responses(R"([{"role":"user","content":"hi"},{"type":"item_reference","id":)"
                                         R"("msg_r1"},{"role":"user","content":"more"}])"),
                           response("r2", "two"));
    };
    const auto in_conversation = [](const std::string& input, const std::string& id) {
        return exchange_of(responses_api, ask_responses(input, R"(,"conversation":"c1")"),
                           response(id, "in " + id));
    };
    const auto talked = [in_conversation](recording& on) {
        REQUIRE(on.store.commit(on.maker.make(in_conversation(R"("a")", "r7"), &*on.earlier)));
    };
    const auto goes_on = [in_conversation] { return in_conversation(R"("b")", "r8"); };
    return {{"an answer is named that is known", stored, nothing, by_response},
            {"an answer is named that is committed meanwhile", nothing, stored, by_response},
            {"an answer is named that is never known", nothing, nothing, by_response},
            {"an item is named that is known", stored, nothing, by_item},
            {"an item is named that is committed meanwhile", nothing, stored, by_item},
            {"a conversation goes on", talked, nothing, goes_on},
            {"a conversation is begun meanwhile", nothing, talked, goes_on}};
}

std::vector<scenario> odd_requests() {
    const auto changed = [](const std::function<void(capture::exchange&)>& change) {
        return [change] {
            auto made = third_turn();
            change(*made);
            return made;
        };
    };
    const auto body = [](const std::string& text) {
        return [text] { return exchange_of(chat_api, text, say("f")); };
    };
    const auto encoded = [](std::size_t cut_off) {
        return [cut_off] {
            const auto whole = gzip(request(three_questions));
            auto made = exchange_of(chat_api, whole.substr(0, whole.size() - cut_off), say("f"));
            made->request_encoding = "gzip";
            return made;
        };
    };
    settings all;
    all.wire = wire_policy::all;
    settings none;
    none.wire = wire_policy::none;
    settings rewritten;
    rewritten.volatile_system = {"^session [0-9]+$"};
    return {
        {"it holds its own credential", first_turn, second_turn,
         body(request({user(long_text + secret), assistant("b"), user("c")}))},
        {"it holds a credential of the answer's head", first_turn, second_turn,
         changed([](auto& made) { made.response_head += "Set-Cookie: s=" + long_text + "a\r\n"; })},
        {"the answer's head brings the request's credential again", first_turn, second_turn,
         changed([](auto& made) { made.response_head += "Set-Cookie: s=" + secret + "\r\n"; })},
        {"it is encoded", first_turn, second_turn, encoded(0)},
        {"it breaks off in its coding", first_turn, second_turn, encoded(200)},
        {"it is no JSON", first_turn, second_turn, body("{\"messages\":[" + long_text)},
        {"it is of no turn", nothing, nothing, changed([](auto& made) { made.path = "/v1/models"; })},
        {"its agent's name is no text", first_turn, second_turn,
         changed([](auto& made) { made.agent_name = "a\xff"; })},
        {"it is answered with an error", first_turn, second_turn,
         changed([](auto& made) { made.status = 500; })},
        {"it is never answered", first_turn, second_turn, changed([](auto& made) { made.status = 0; })},
        {"it becomes a tunnel", first_turn, second_turn, changed([](auto& made) { made.tunnel = true; })},
        {"it is answered by a stream", first_turn, second_turn,
         [] { return stream(request(three_questions), event("f") + last_event); }},
        {"all bytes are kept", first_turn, second_turn, third_turn, all},
        {"no bytes are kept", first_turn, second_turn, third_turn, none},
        {"some of it is rewritten with every request", nothing, first_turn,
         body(request({R"({"role":"system","content":"session 7"})", user(long_text + "a"), assistant("b"),
                       user("c")})),
         rewritten},
    };
}

}  // namespace

TEST_CASE("what is made early is what is made at the end, whatever is committed in between") {
    for (const auto& group :
         {plain_histories(), histories_that_lost_something(), named_histories(), odd_requests()}) {
        for (const auto& one : group) {
            INFO(one.name);
            const auto late = outcome(one, false);
            CHECK(outcome(one, true) == late);
            CHECK(late.size() > 1);
        }
    }
    CHECK(limits().memory_bytes() == 0);
}

namespace {

/// A client of many conversations that branch: answers have thoughts, which come back or do not.
class talker {
public:
    explicit talker(unsigned seed) : random_{seed} {}

    std::unique_ptr<capture::exchange> ask() {
        const auto from =
            histories_.empty() || below(6) == 0 ? history{} : histories_[below(histories_.size())];
        auto messages = from;
        messages.push_back({user("q" + std::to_string(below(4)) + long_text), {}});
        std::vector<std::string> bodies;
        bodies.reserve(messages.size());
        const bool drops = below(2) == 0;
        for (const auto& each : messages) {
            bodies.push_back(each.thoughtless.empty() || !drops ? each.full : each.thoughtless);
        }
        const auto text = "a" + std::to_string(below(3));
        const auto thought = thinking("t" + std::to_string(below(3)));
        messages.push_back(
            {assistant_blocks(thought + "," + text_block(text)), assistant_blocks(text_block(text))});
        histories_.push_back(std::move(messages));
        return exchange_of(messages_api, ask_claude(bodies), claude(thought + "," + text_block(text)));
    }
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>{0, end - 1}(random_);
    }

private:
    struct message {
        std::string full;
        std::string thoughtless;
    };
    using history = std::vector<message>;

    std::mt19937 random_;
    std::vector<history> histories_;
};

std::vector<std::string> talk(unsigned seed, bool early) {
    recording on;
    talker client{seed};
    std::vector<std::unique_ptr<capture::exchange>> running;
    for (int turn = 0; turn < 60; ++turn) {
        running.push_back(client.ask());
        if (early) {
            prepare(on, *running.back());
        }
        while (running.size() > client.below(5)) {
            const auto next = running.begin() + static_cast<std::ptrdiff_t>(client.below(running.size()));
            auto ended = std::move(*next);
            running.erase(next);
            REQUIRE(on.store.commit(on.maker.make(std::move(ended), &*on.earlier)));
        }
    }
    return rows(on);
}

}  // namespace

TEST_CASE("turns that overlap in any order are recorded as without preparation") {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        INFO(seed);
        CHECK(talk(seed, true) == talk(seed, false));
    }
}

TEST_CASE("what was made early is not made again") {
    recording on;
    first_turn(on);
    const auto late = on.maker.make(third_turn(), &*on.earlier);
    auto running = third_turn();
    prepare(on, *running);
    // Nobody looks at the text of these messages any more.
    const auto body = running->request_body.view();
    const auto at = body.find("xxx");
    REQUIRE(at != std::string_view::npos);
    auto* const captured = const_cast<char*>(body.data());
    std::fill_n(captured + at, long_text.size(), 'y');
    std::fill_n(captured + body.find("\"e\"") + 1, 1, 'z');
    const auto made = on.maker.make(std::move(running), &*on.earlier);
    REQUIRE(made->nodes.size() == late->nodes.size());
    for (std::size_t i = 0; i < late->nodes.size(); ++i) {
        CHECK(made->nodes[i].node.position.hash == late->nodes[i].node.position.hash);
        CHECK(made->nodes[i].node.content == late->nodes[i].node.content);
    }
    REQUIRE(made->wire.pieces.size() == late->wire.pieces.size());
    for (std::size_t i = 0; i < late->wire.pieces.size(); ++i) {
        REQUIRE(made->wire.pieces[i].added.size() == late->wire.pieces[i].added.size());
        for (std::size_t j = 0; j < late->wire.pieces[i].added.size(); ++j) {
            CHECK(made->wire.pieces[i].added[j].bytes.bytes == late->wire.pieces[i].added[j].bytes.bytes);
        }
    }
}

TEST_CASE("what is prepared is paid for as long as it is held, and paid back") {
    capture::budget budget{4U << 20, 0};
    recording on;
    const auto body = request({user(std::string(200'000, 'q'))});
    auto running = exchange_of(chat_api, body, say("a"), budget);
    const auto before = budget.memory_bytes();
    prepare(on, *running);
    const auto held = budget.memory_bytes() - before;
    CHECK(held >= 2 * 200'000);  // the message and its node
    CHECK(held < 3 * 200'000);
    SECTION("until the turn is made") {
        const auto made = on.maker.make(std::move(running), &*on.earlier);
        CHECK(made->dropped == drop_reason::none);
        CHECK(budget.memory_bytes() == made->exchange->held_bytes());
    }
    SECTION("until the exchange is given up") {
        running.reset();
        CHECK(budget.memory_bytes() == 0);
    }
}

TEST_CASE("without half of the memory nothing is prepared, and the turn is made all the same") {
    capture::budget budget{4U << 20, 0};
    recording on;
    const bool encoded = GENERATE(false, true);
    const auto body = request({user(std::string(200'000, 'q'))});
    auto running = exchange_of(chat_api, encoded ? gzip(body) : body, say("a"), budget);
    running->request_encoding = encoded ? "gzip" : "";
    REQUIRE(budget.reserve_work(2U << 20));
    const auto before = budget.memory_bytes();
    prepare(on, *running);
    CHECK(budget.memory_bytes() == before);
    CHECK(on.maker.make(std::move(running), &*on.earlier)->dropped == drop_reason::none);
    budget.release_memory(2U << 20);
    CHECK(budget.memory_bytes() == 0);
}

TEST_CASE("a failure ahead of time is none at the end") {
    recording on;
    auto running = third_turn();
    {
        // A store that cannot be asked.
        const store::test::temporary_store elsewhere;
        std::optional<earlier_turns> gone;
        {
            const store::test::open_store other{elsewhere};
            gone.emplace(elsewhere.path());
        }
        store::connection spoiler{elsewhere.path(), SQLITE_OPEN_READWRITE};
        spoiler.exec("DROP TABLE piece_by_digest");
        spoiler.exec("DROP TABLE node_by_hash");
        auto work = std::make_shared<early_work>(*running, running->request_body.view());
        REQUIRE(work->begin());
        on.maker.prepare(*work, &*gone);
        running->prepared = std::move(work);
    }
    const auto made = on.maker.make(std::move(running), &*on.earlier);
    CHECK(made->dropped == drop_reason::none);
    CHECK(made->nodes.size() == 6);
}

}  // namespace tapes::record

}  // namespace tapes::record::early_test
