#include "told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/ids.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/read/usage.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tapes::read::transcript_test {

namespace {

using namespace test;

const price_table& no_prices() {
    static const price_table made;
    return made;
}

std::string outline(const block& one) {
    std::string text{to_string(one.kind)};
    text += "(" + (one.summary.empty() ? one.text.text : one.summary);
    for (const auto& result : one.results) {
        text += " -> " + result.text.text + (result.error ? "!" : "");
    }
    return text + ")";
}

/// "1 user: text(hi)", a line for each entry.
std::vector<std::string> outline(sources& from, const transcript_request& request) {
    std::vector<std::string> lines;
    transcript told{from, request};
    while (const auto entry = told.next()) {
        if (const auto* const one = std::get_if<message>(&*entry)) {
            auto line = std::to_string(one->turn) + " " + one->role + ":";
            for (const auto& block : one->said.blocks) {
                line += " " + outline(block);
            }
            lines.push_back(std::move(line));
        } else if (const auto* const seen = std::get_if<exchange>(&*entry)) {
            lines.push_back("exchange " + std::to_string(seen->seq) + " " + seen->end_reason +
                            seen->drop_reason);
        }
    }
    return lines;
}

transcript_request of_head(sources& from, const told_store& store) {
    transcript_request request;
    request.head = from.chains.find(merkle::to_hex(store.head())).at(0);
    return request;
}

}  // namespace

TEST_CASE("a transcript tells messages from the root on, with the exchanges that gave the answers") {
    told_store store;
    const auto system = said("system", "be brief");
    const auto first = said("user", "hi");
    const auto answer = said("assistant", "hello");
    store.tell({system, first}, answer);
    store.tell({system, first, answer, said("user", "more")}, said("assistant", "no"));
    sources from{store.path(), "", no_prices()};
    const std::vector<std::string> expected{"1 system: text(be brief)", "1 user: text(hi)",
                                            "1 assistant: text(hello)", "exchange 1 complete",
                                            "2 user: text(more)",       "2 assistant: text(no)",
                                            "exchange 2 complete"};
    auto request = of_head(from, store);
    CHECK(outline(from, request) == expected);
    request.first_turn = request.last_turn = 2;
    CHECK(outline(from, request) == std::vector<std::string>{expected.begin() + 4, expected.end()});
    CHECK(transcript{from, request}.turns() == 2);
    request.first_turn = request.last_turn = 3;
    CHECK(outline(from, request).empty());
}

TEST_CASE("of very many exchanges with one answer the newest are told, and how many more there are") {
    told_store store;
    const auto ask = said("user", "hi");
    const auto answer = said("assistant", "hello");
    for (int i = 0; i < 20; ++i) {
        store.tell({ask}, answer);
    }
    sources from{store.path(), "", no_prices()};
    transcript told{from, of_head(from, store)};
    std::vector<std::int64_t> seqs;
    std::uint64_t more = 0;
    while (const auto entry = told.next()) {
        if (const auto* const seen = std::get_if<exchange>(&*entry)) {
            seqs.push_back(seen->seq);
        } else if (const auto* const one = std::get_if<message>(&*entry)) {
            more += one->more_exchanges;
        }
    }
    CHECK(seqs == std::vector<std::int64_t>{5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
    CHECK(more == 4);
    const auto node = from.chains.find(merkle::to_hex(store.head())).at(0);
    CHECK(from.answers_of(node, 3) == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("results of tools stand with their calls, also with those of the turn that is asked for") {
    told_store store;
    const auto ask = said("user", "count");
    const merkle::message calls{"assistant",
                                {text_block("I look"), call_block("a", "Bash", R"({"command":"ls"})"),
                                 call_block("b", "Read", R"({"file_path":"x"})")}};
    auto failed = result_block("b", "none");
    failed.is_error = true;
    merkle::message mixed{"user", {failed, text_block("and hurry"), result_block("?", "whose")}};
    const merkle::message output{"tool", {result_block("a", "1 2 3")}};
    store.tell({ask}, calls);
    store.tell({ask, calls, output, mixed}, said("assistant", "three"));
    sources from{store.path(), "", no_prices()};
    auto request = of_head(from, store);
    const std::vector<std::string> expected{
        "1 user: text(count)",      "1 assistant: text(I look) tool_call(ls -> 1 2 3) tool_call(x -> none!)",
        "exchange 1 complete",      "2 user: text(and hurry) tool_result(whose)",
        "2 assistant: text(three)", "exchange 2 complete"};
    CHECK(outline(from, request) == expected);
    request.last_turn = 1;
    CHECK(outline(from, request) == std::vector<std::string>{expected.begin(), expected.begin() + 3});
}

TEST_CASE("results without an id belong to the next call of their tool") {
    told_store store;
    const auto ask = said("user", "count");
    const merkle::message calls{"assistant",
                                {call_block("", "add", R"({"q":"1"})"), call_block("", "sub", R"({"q":"2"})"),
                                 call_block("", "add", R"({"q":"3"})")}};
    merkle::message output{"tool",
                           {result_block("", "one"), result_block("", "two"), result_block("", "three")}};
    output.content[0].tool_name = "sub";
    output.content[1].tool_name = "add";
    store.tell({ask}, calls);
    store.tell({ask, calls, output}, said("assistant", "done"));
    sources from{store.path(), "", no_prices()};
    CHECK(outline(from, of_head(from, store)).at(1) ==
          "1 assistant: tool_call(1 -> two) tool_call(2 -> one) tool_call(3 -> three)");
}

TEST_CASE("what a client put around a prompt stands apart") {
    told_store store;
    store.tell({said("user", "<system-reminder>\nToday is Monday\n</system-reminder>\nFix it\n"),
                said("user", "<system-reminder>be brief</system-reminder>"), said("user", "  as it is\n")},
               said("assistant", "<system-reminder>mine</system-reminder>"));
    sources from{store.path(), "", no_prices()};
    CHECK(
        outline(from, of_head(from, store)) ==
        std::vector<std::string>{
            "1 user: text(Fix it) injected(<system-reminder>\nToday is Monday\n</system-reminder>\nFix it\n)",
            "1 user: injected(<system-reminder>be brief</system-reminder>)", "1 user: text(  as it is\n)",
            "1 assistant: text(<system-reminder>mine</system-reminder>)", "exchange 1 complete"});
}

TEST_CASE("an image is told by its kind and size, not by its data") {
    told_store store;
    merkle::block image;
    image.type = "image";
    image.media_type = "image/png";
    image.image_base64 = std::string(4000, 'A');
    merkle::block url;
    url.type = "image";
    url.image_url = "data:image/jpeg;base64," + std::string(40'000, 'A');
    merkle::block link;
    link.type = "image";
    link.image_url = "https://example.org/a.png";
    store.tell({{"user", {image, url, link}}}, said("assistant", "nice"));
    sources from{store.path(), "", no_prices()};
    transcript told{from, of_head(from, store)};
    const auto shown = std::get<message>(told.next().value());
    REQUIRE(shown.said.blocks.size() == 3);
    CHECK(shown.said.blocks[0].media_type == "image/png");
    CHECK(shown.said.blocks[0].image_bytes == 3000);
    CHECK(shown.said.blocks[1].media_type == "image/jpeg");
    CHECK(shown.said.blocks[1].image_bytes == 30'000);
    CHECK(shown.said.blocks[1].text.text.empty());
    CHECK(shown.said.blocks[2].text.text == "https://example.org/a.png");
}

TEST_CASE("a request whose answer said nothing ends its chain, with its exchange") {
    told_store store;
    store.tell({said("user", "hi")}, std::nullopt);
    sources from{store.path(), "", no_prices()};
    CHECK(outline(from, of_head(from, store)) ==
          std::vector<std::string>{"1 user: text(hi)", "exchange 1 complete"});
}

TEST_CASE("a chain of ten thousand nodes and a field of megabytes are read in bounded memory") {
    told_store store;
    std::vector<merkle::message> all;
    all.reserve(10'000);
    for (int i = 0; i < 10'000; ++i) {
        all.push_back(said(i % 2 == 0 ? "user" : "assistant", "message " + std::to_string(i)));
    }
    all.push_back(said("user", std::string(8 << 20, 'a')));
    store.tell(all, said("assistant", "long"));
    sources from{store.path(), "", no_prices()};
    transcript told{from, of_head(from, store)};
    CHECK(told.turns() == 5001);
    std::size_t count = 0;
    std::size_t longest = 0;
    while (const auto entry = told.next()) {
        ++count;
        if (const auto* const one = std::get_if<message>(&*entry)) {
            longest = std::max(longest, one->said.blocks.at(0).text.text.size());
        }
    }
    CHECK(count == 10'003);
    CHECK(longest == std::size_t{1} << 20);
}

TEST_CASE("names lead to nodes and exchanges, whole or by their beginning") {
    told_store store;
    store.tell({said("user", "hi")}, said("assistant", "hello"));
    const auto first = store.exchange_id();
    const auto answer = merkle::to_hex(store.head());
    store.tell({said("user", "ho")}, said("assistant", "hello"));
    sources from{store.path(), "", no_prices()};
    const auto find = [&](std::string_view name) { return find_named(from, name); };
    for (const auto& name : {answer, answer.substr(0, 12)}) {
        const auto found = find(name);
        REQUIRE(found.size() == 1);
        CHECK(found[0].kind == named_kind::node);
        CHECK(found[0].name == answer);
        CHECK(found[0].about == "assistant");
    }
    REQUIRE(find(first).size() == 1);
    CHECK(find(first)[0].kind == named_kind::exchange);
    CHECK(find(first)[0].about == "POST /v1/chat/completions gpt-4o");
    CHECK(find("2").at(0).id == 2);
    CHECK(find(first.substr(0, 6)).size() == 2);  // both of one minute
    CHECK(find(answer.substr(0, 3)).empty());     // too short for a hash
    CHECK(find("no such thing").empty());
    CHECK(find("").empty());
    CHECK(find(first.substr(0, 8)).size() == 2);
    auto unknown = first;
    unknown.back() = unknown.back() == '9' ? '8' : '9';
    CHECK(find(unknown).empty());
    CHECK(find("@").empty());
    CHECK(find("@x").empty());
    CHECK(find(std::string(100'000, 'a')).empty());
}

TEST_CASE("sessions are found by their place, their name and its beginning") {
    told_store store;
    turn_options options;
    for (const auto* const name : {"alpha-1", "alpha-2", "beta"}) {
        options.session = name;
        store.tell({said("user", name)}, said("assistant", "hello"), options);
    }
    options.session = "";
    store.tell({said("user", "nameless")}, said("assistant", "hello"), options);
    catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    sources from{store.path(), catalogue::path_of(store.path()), no_prices()};
    const auto name = [&](std::string_view id) {
        const auto found = find_named(from, id);
        return found.size() == 1 && found[0].kind == named_kind::session ? found[0].name : "";
    };
    const auto nameless = name("@");
    CHECK(nameless.size() == 64);
    CHECK(name("@0") == nameless);
    CHECK(name("@1") == "beta");
    CHECK(name("@3") == "alpha-1");
    CHECK(find_named(from, "@4").empty());
    CHECK(name("be") == "beta");
    CHECK(name("alpha-2") == "alpha-2");
    CHECK(find_named(from, "alpha").size() == 2);
    CHECK(name(nameless.substr(0, 8)) == nameless);  // not its root's node beside it
    CHECK(from.catalogue->count_names("alpha-") == 2);
    CHECK(from.catalogue->count_names("alpha-1") == 1);
    CHECK(from.catalogue->count_names("gamma") == 0);
}

TEST_CASE("a whole name goes before what begins with it") {
    told_store store;
    turn_options options;
    for (const auto* const name : {"run", "run-2"}) {
        options.session = name;
        store.tell({said("user", name)}, said("assistant", "hello"), options);
    }
    catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    sources from{store.path(), catalogue::path_of(store.path()), no_prices()};
    REQUIRE(find_named(from, "run").size() == 1);
    CHECK(find_named(from, "run")[0].name == "run");
    CHECK(find_named(from, "ru").size() == 2);
}

TEST_CASE("sums are made over all sessions that a name stands for") {
    told_store store;
    turn_options options;
    for (int i = 0; i < 12; ++i) {
        options.session = "job-" + std::to_string(i);
        store.tell({said("user", options.session)}, said("assistant", "hello"), options);
    }
    catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    sources from{store.path(), catalogue::path_of(store.path()), no_prices()};
    CHECK(sessions_named(from, "job-", 100).size() == 12);
    CHECK(sessions_named(from, "job-", 7).size() == 7);
    CHECK(sessions_named(from, "job-1", 100).size() == 1);  // not job-10 and job-11
    CHECK(sessions_named(from, "@2", 100) == sessions_named(from, "job-9", 100));
    CHECK(sessions_named(from, "@12", 100).empty());
    CHECK(sessions_named(from, "", 100).empty());
    CHECK(sessions_named(from, "work", 100).empty());
}

TEST_CASE("sums of a session and of days cost what their turns do") {
    told_store store;
    turn_options options;
    options.provider = "anthropic";
    options.model = "claude-sonnet-4-5";
    options.used.prompt_tokens = 1'000'000;
    options.used.completion_tokens = 100'000;
    store.tell({said("user", "one")}, said("assistant", "hello"), options);
    options.day = 1;
    options.model = "nobody's";
    store.tell({said("user", "two")}, said("assistant", "hello"), options);
    catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    sources from{store.path(), catalogue::path_of(store.path()), no_prices()};
    const auto exchange = from.find_exchange(1);
    REQUIRE(exchange);
    CHECK(exchange->price.priced == 1);
    CHECK(exchange->price.total() > 0);
    catalogue::usage_parts by;
    by.day = true;
    const auto days = usage_by(*from.catalogue, no_prices(), by, {});
    REQUIRE(days.size() == 2);
    CHECK(days[0].sum.key.day == "2025-06-30");
    CHECK(days[0].sum.key.model.empty());
    CHECK(days[0].price == exchange->price);
    CHECK(days[1].price.priced == 0);
    CHECK(days[1].unpriced_models == std::map<std::string, std::uint64_t>{{"nobody's", 1}});
    const auto sessions = from.catalogue->sessions({}, 9);
    REQUIRE(sessions.size() == 1);
    const auto used = usage_of_sessions(*from.catalogue, no_prices(), {sessions[0].id});
    REQUIRE(used.size() == 1);
    CHECK(used.begin()->second.price.partial());
    CHECK(used.begin()->second.price.total() == exchange->price.total());
    CHECK(usage_of_sessions(*from.catalogue, no_prices(), {}).empty());
}

}  // namespace tapes::read::transcript_test
