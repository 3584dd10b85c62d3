#include "read/search/search_support.hpp"

#include <tapes/sqlite/connection.hpp>

#include <algorithm>
#include <set>

namespace tapes::read::search_test {

namespace {

using test::call_block;
using test::result_block;
using test::said;
using test::searched_store;
using test::text_block;
using test::turn_options;

using strings = std::vector<std::string>;

turn_options in_session(std::string name) {
    turn_options made;
    made.session = std::move(name);
    return made;
}

}  // namespace

TEST_CASE("what looks like syntax is text, and what is syntax works") {
    searched_store here;
    here.tell("a multi-agent run, std::move it, don't, see a.b and café", "An answer");
    here.tell("agents move; dont; a b, multi agent tasks", "Another answer");
    here.tell("the multi task agent", "No more");
    CHECK(here.found("multi-agent") == strings{"agents move; dont; a b, |multi agent| tasks",
                                               "a |multi-agent| run, std::move it, don't, see a.b and café"});
    CHECK(here.found("std::move") == strings{"a multi-agent run, |std::move| it, don't, see a.b and café"});
    CHECK(here.found("don't") == strings{"a multi-agent run, std::move it, |don't|, see a.b and café"});
    CHECK(here.found("a.b").size() == 2);
    CHECK(here.found("multi agent").size() == 3);
    CHECK(here.found("\"multi agent\"").size() == 2);
    CHECK(here.found("multi -tasks").size() == 2);
    CHECK(here.found("CAFE") == strings{"a multi-agent run, std::move it, don't, see a.b and |café|"});
    CHECK(here.found("answ*") == strings{"Another |answer|", "An |answer|"});
    CHECK(here.found("another OR café").size() == 2);
    CHECK(here.found("NEAR(multi task)").empty());
    CHECK(here.found("text : multi").empty());
}

TEST_CASE("what was said once is one hit, however many histories have it") {
    searched_store here;
    std::vector<merkle::message> chain{said("user", "the needle in it")};
    for (int turn = 0; turn < 100; ++turn) {
        here.store.tell(chain, said("assistant", "answer " + std::to_string(turn)));
        chain.push_back(said("assistant", "answer " + std::to_string(turn)));
        chain.push_back(said("user", "go on " + std::to_string(turn)));
    }
    const auto hits = here.hits("needle");
    REQUIRE(hits.size() == 1);
    CHECK(hits[0].turn == 1);
    CHECK(hits[0].seq == 1);
    CHECK(hits[0].session_name == "session-1");
    CHECK(hits[0].session_title == "the needle in it");
    const auto late = here.hits("\"answer 99\"");
    REQUIRE(late.size() == 1);
    CHECK(late[0].turn == 100);
    CHECK(late[0].exchange == here.store.exchange_id());
    CHECK(late[0].hash == here.store.head());
    CHECK(late[0].thread == 1);
}

TEST_CASE("a hit tells its part, its block and its tool") {
    searched_store here;
    merkle::block thought;
    thought.type = "thinking";
    thought.thinking = "a secret thought of the word";
    auto failed = result_block("call-000000002", "cannot word it");
    failed.is_error = true;
    const merkle::message answer{"assistant",
                                 {thought, text_block("I say another"),
                                  call_block("call-000000001", "Bash", R"({"command":"grep word"})"),
                                  call_block("call-000000002", "Read", R"({"file":"b"})")}};
    here.store.tell({said("user", "begin")}, answer);
    here.store.tell(
        {said("user", "begin"), answer, {"tool", {result_block("call-000000001", "found the word"), failed}}},
        said("assistant", "the word at last"));
    search_request of;
    of.newest = true;
    const auto hits = here.hits("word", of);
    REQUIRE(hits.size() == 3);
    CHECK(hits[0].part == catalogue::text_part::text);
    CHECK(hits[1].part == catalogue::text_part::tool_results);
    CHECK(hits[1].tool == "Bash");
    CHECK(hits[1].place == 0);
    CHECK(hits[1].role == "tool");
    CHECK(hits[2].part == catalogue::text_part::tool_arguments);
    CHECK(hits[2].place == 2);
    CHECK(hits[2].tool == "Bash");
    of.parts = 8;
    CHECK(here.found("word", of) == strings{"a secret thought of the |word|"});
    CHECK(here.found("word tool:Bash") == strings{"found the |word|", "Bash\ngrep |word|"});
    CHECK(here.found("word tool:Read") == strings{"cannot |word| it"});
    CHECK(here.found("word tool:Read is:error") == strings{"cannot |word| it"});
    CHECK(here.found("word tool:Bash is:error").empty());
    CHECK(here.found("word is:error") == strings{"cannot |word| it"});
    CHECK(here.found("word -tool:Bash role:tool") == strings{"cannot |word| it"});
    CHECK(here.found("cannot found role:tool").size() == 1);
    CHECK(here.found("cannot found tool:Read").empty());
}

TEST_CASE("filters choose by what a node, its exchange and its session are") {
    searched_store here;
    auto options = in_session("alpha-1");
    options.model = "claude-sonnet-4-5";
    options.provider = "anthropic";
    here.tell("word one", "word two", options);
    options = in_session("beta-2");
    options.day = 10;
    here.tell("word three", "word four", options);
    options.day = 20;
    options.client = "";
    options.ended = capture::end_reason::client_closed;
    here.tell("word five", "word six", options);
    options.status = 500;
    here.store.tell({said("user", "word five"), said("assistant", "word six"), said("user", "word seven")},
                    said("assistant", "word eight"), options);
    here.date_nodes();
    const auto count = [&](const char* filter) { return here.hits("word " + std::string{filter}).size(); };
    CHECK(count("") == 8);
    CHECK(count("model:claude-sonnet-4-5") == 2);
    CHECK(count("model:gpt-4o") == 6);
    CHECK(count("model:gpt-4o model:claude-sonnet-4-5") == 8);
    CHECK(count("-model:gpt-4o") == 2);
    CHECK(count("model:none") == 0);
    CHECK(count("provider:anthropic role:user") == 1);
    CHECK(count("project:project") == 8);
    CHECK(count("project:other") == 0);
    CHECK(count("session:alpha-1") == 2);
    CHECK(count("session:alpha") == 2);
    CHECK(count("-session:alpha") == 6);
    CHECK(count("session:@") == 6);
    CHECK(count("session:none") == 0);
    CHECK(count("since:2025-07-05") == 6);
    CHECK(count("until:2025-07-05") == 2);
    CHECK(count("since:2025-07-05 until:2025-07-15") == 2);
    CHECK(count("-since:2025-07-15") == 4);
    CHECK(count("error:yes") == 2);
    CHECK(count("error:no") == 6);
    CHECK(count("is:fork") == 0);
    CHECK(count("since:2025-07-05 session:alpha") == 0);
    CHECK(count("session:beta until:2025-07-15") == 2);
}

TEST_CASE("a search in a session that is not there tells so") {
    searched_store here;
    here.tell("a needle", "an answer", in_session("one"));
    struct row {
        const char* typed;
        const char* unknown;
    };
    for (const auto& [typed, unknown] :
         {row{"needle", ""}, row{"session:one needle", ""}, row{"session:o needle", ""},
          row{"session:@ needle", ""}, row{"-session:two needle", ""}, row{"session:@99 needle", "@99"},
          row{"session:two needle", "two"}, row{"session:one session:two nothing", "two"}}) {
        CAPTURE(typed);
        const auto page = here.page(typed);
        CHECK(page.problem.empty());
        CHECK(page.unknown_session == unknown);
    }
}

TEST_CASE("messages with which branches begin are told by is:fork") {
    searched_store here;
    const std::vector<merkle::message> begun{said("user", "word begins")};
    here.store.tell(begun, said("assistant", "word answer"));
    for (const auto* const next : {"word left", "word right"}) {
        here.store.tell({begun[0], said("assistant", "word answer"), said("user", next)},
                        said("assistant", std::string{next} + " answered"));
    }
    here.tell("word elsewhere", "word nothing", in_session("other"));
    CHECK(here.found("word is:fork") == strings{"|word| right", "|word| left"});
    CHECK(here.found("word -is:fork").size() == 6);
    CHECK(here.found("word is:fork session:other").empty());
}

TEST_CASE("a rare filter is found behind any number of newer nodes with the word, at once") {
    searched_store here;
    auto options = in_session("rare");
    options.model = "rare-model";
    options.provider = "rare-provider";
    const merkle::message called{"assistant", {call_block("call-000000001", "RareTool", R"({"a":"word"})")}};
    auto failed = result_block("call-000000001", "word failed");
    failed.is_error = true;
    here.store.tell({said("user", "word")}, called, options);
    here.store.tell({said("user", "word"), called, {"tool", {failed}}}, said("assistant", "fine"), options);
    here.store.tell({said("user", "word"), called, said("user", "word once more")}, said("assistant", "word"),
                    options);
    for (int i = 0; i < 300; ++i) {
        options = in_session("many-" + std::to_string(i % 50));
        options.day = 10;
        here.tell("word " + std::to_string(i), "word", options);
    }
    here.date_nodes();
    search_request request;
    request.limits.ranked_nodes = request.limits.ranked_hits = 64;
    for (const auto& [filter, count] :
         std::vector<std::pair<std::string, std::size_t>>{{"session:rare", 5},
                                                          {"model:rare-model", 5},
                                                          {"provider:rare-provider", 5},
                                                          {"tool:RareTool", 2},
                                                          {"error:yes", 1},
                                                          {"until:2025-07-05", 5},
                                                          {"is:fork", 2},
                                                          {"is:fork role:user", 1},
                                                          {"model:rare-model role:assistant", 2}}) {
        CAPTURE(filter);
        const auto page = here.page("word " + filter, request);
        CHECK(page.problem == "");
        CHECK(page.hits.size() == count);
        CHECK(page.next == "");
        CHECK_FALSE(page.partial);
    }
    // One that many sessions have is looked for node by node.
    CHECK(here.page("word model:gpt-4o", request).partial);
}

TEST_CASE("hits are ranked by their words and their age, or the newest come first") {
    searched_store here;
    auto options = in_session("old");
    here.tell("needle needle needle", "x", options);
    options.day = 90;
    options.model = "another";
    here.tell("needle needle needle", "y", options);
    here.tell("needle and very much else that was said around it, of no use to anybody, at great length", "z",
              options);
    here.date_nodes();
    const auto hits = here.hits("needle");
    REQUIRE(hits.size() == 3);
    CHECK(hits[0].snippet.text == hits[2].snippet.text);
    CHECK(hits[0].created_at_us > hits[2].created_at_us);
    CHECK(hits[0].score > hits[1].score);
    CHECK(hits[2].score / hits[0].score == Approx(0.625).margin(0.01));  // three months
    search_request newest;
    newest.newest = true;
    const auto in_order = here.hits("needle", newest);
    CHECK(std::ranges::is_sorted(in_order, std::ranges::greater{}, &search_hit::node));
    CHECK(in_order[0].score == 0);
}

TEST_CASE("pages hold while nodes are added, in portions of any size") {
    searched_store here;
    for (int i = 0; i < 60; ++i) {
        here.tell("question " + std::to_string(i) + (i % 3 == 0 ? " word" : " word word"),
                  "answer " + std::string(static_cast<std::size_t>(i % 5), 'x') + " word",
                  in_session("s" + std::to_string(i % 7)));
    }
    for (const bool newest : {false, true}) {
        for (const std::size_t most : {1U, 7U, 50U}) {
            for (const std::size_t portion : {1U, 10U, 1000U}) {
                CAPTURE(newest, most, portion);
                search_request request;
                request.newest = newest;
                request.most = most;
                request.limits.ranked_hits = portion;
                std::vector<std::int64_t> nodes;
                while (true) {
                    const auto page = here.page("word", request);
                    REQUIRE(page.problem == "");
                    CHECK((page.partial == (!newest && portion < 120) || page.next.empty()));
                    for (const auto& hit : page.hits) {
                        nodes.push_back(hit.node);
                    }
                    if (page.next.empty()) {
                        break;
                    }
                    request.after = page.next;
                    if (most == 50) {
                        here.tell("a newer word", "and a word", in_session("new"));
                    }
                }
                const std::set<std::int64_t> unique{nodes.begin(), nodes.end()};
                CHECK(unique.size() == nodes.size());
                CHECK(nodes.size() >= 120);
                CHECK((!newest || std::ranges::is_sorted(nodes, std::ranges::greater{})));
            }
        }
    }
}

TEST_CASE("what is gone is no hit, and what was added is") {
    searched_store here;
    here.tell("a word to stay", "fine", in_session("stays"));
    here.tell("a word to go", "gone", in_session("goes"));
    CHECK(here.hits("word").size() == 2);
    {
        sqlite::connection catalogue{catalogue::path_of(here.store.path()), SQLITE_OPEN_READWRITE};
        catalogue.exec("DELETE FROM session WHERE name = 'goes'");
        const auto hits = here.hits("go");
        REQUIRE(hits.size() == 1);  // the node is there, and its session is not known
        CHECK(hits[0].session_name == "");
        CHECK(here.hits("word session:goes").empty());
    }
    here.store.end_writer();
    sqlite::connection store{here.store.path(), SQLITE_OPEN_READWRITE};
    store.exec("PRAGMA foreign_keys = OFF; DELETE FROM node WHERE content LIKE '%to go%'");
    CHECK(here.found("word") == strings{"a |word| to stay"});
}

TEST_CASE("an index that is not whole yet finds what it has") {
    searched_store here;
    for (int i = 0; i < 20; ++i) {
        here.tell("word " + std::to_string(i), "x", in_session("s"));
    }
    catalogue::catch_up({here.store.path(), true}, [](const catalogue::progress&) { return false; });
    price_table prices;
    sources early{here.store.path(), catalogue::path_of(here.store.path()), prices};
    search_request request;
    request.query = read_search_query("word");
    CHECK(search(early, request).problem == "");
    CHECK(here.hits("word").size() == 20);
}

TEST_CASE("it is searched while the catalogue is kept") {
    searched_store here;
    here.tell("word", "first");
    auto& from = here.from();
    const catalogue::keeper keeper{{here.store.path(), true}};
    std::size_t found = 0;
    for (int i = 0; i < 200; ++i) {
        here.store.tell({said("user", "word " + std::to_string(i))}, said("assistant", "x"));
        search_request request;
        request.query = read_search_query("word");
        request.most = 500;
        request.limits.time = std::chrono::minutes{5};
        const auto page = search(from, request);
        REQUIRE(page.problem == "");
        CHECK(page.hits.size() >= found);
        found = page.hits.size();
    }
    CHECK(here.hits("word").size() == 201);
}

TEST_CASE("queries without a word, too long, or of another search's cursor are told so") {
    searched_store here;
    here.tell("word and \xe2\x9c\x85 done", "x");
    const auto problem = [&](std::string_view typed) { return here.page(typed).problem; };
    const std::string no_word =
        "the query names no word that is to be there; write one, such as error, or error -test";
    CHECK(problem("") == no_word);
    CHECK(problem("  ") == no_word);
    CHECK(problem("... :: --") == no_word);
    CHECK(problem("-word") == no_word);
    CHECK(problem("role:user") == no_word);
    CHECK(problem("\xe2\x9c\x85 \xe3\x80\x82") ==
          "the query has no letter and no digit that is to be there; write a word, such as error");
    CHECK(problem(std::string(20'000, 'x')).find("longer than") != std::string::npos);
    std::string many;
    for (int i = 0; i < 64; ++i) {
        many += "word ";
    }
    CHECK(problem(many) == "");
    CHECK(problem(many + "word").find("more than 64 terms") != std::string::npos);
    for (const std::string& typed :
         {std::string{"wo\0rd", 5}, std::string{"\xff\xfe word"}, std::string{"\"word"},
          std::string{"NEAR(word done, 5)"}, std::string{"{text}: word"}, std::string{"^word"},
          std::string{"word*\""}, std::string(16'000, '(')}) {
        CHECK_NOTHROW(here.page(typed));
    }
    search_request request;
    for (const auto* const cursor : {"x", "0-0-0-0-0-0", "1-2-3", "ffffffffffffffffff-0-0-0-0-0"}) {
        request.after = cursor;
        CHECK(here.page("word", request).problem.find("cursor") != std::string::npos);
    }
    request = {};
    request.most = 1;
    here.tell("word again", "x");
    request.after = here.page("word", request).next;
    CHECK(request.after != "");
    CHECK(here.page("other", request).problem.find("cursor") != std::string::npos);
    CHECK(here.page("word", request).hits.size() == 1);
}

TEST_CASE("a catalogue without a text index says how to get one") {
    searched_store here;
    here.tell("word", "x");
    catalogue::catch_up({here.store.path(), false}, [](const catalogue::progress&) { return true; });
    price_table prices;
    sources from{here.store.path(), catalogue::path_of(here.store.path()), prices};
    search_request request;
    request.query = read_search_query("word");
    CHECK(search(from, request).problem == no_text_index);
}

}  // namespace tapes::read::search_test
