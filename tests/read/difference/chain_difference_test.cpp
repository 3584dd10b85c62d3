#include "read/told_store.hpp"

#include <tapes/read/difference.hpp>
#include <tapes/read/json.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::read::chain_difference_test {

namespace {

using namespace test;
using lines = std::vector<std::string>;

const price_table& no_prices() {
    static const price_table made;
    return made;
}

std::string pieces(const shown_text& from) {
    std::string made;
    for (const auto& one : from.pieces) {
        const auto* const mark = one.kind == change::removed ? "-" : one.kind == change::added ? "+" : "=";
        made += mark + ("(" + one.text) + (one.omitted == 0 ? ")" : "…" + std::to_string(one.omitted) + ")");
    }
    return made;
}

std::string outline(const block_difference& one) {
    auto made = std::string{to_string(one.kind)} + " " + std::string{to_string(one.block)} +
                (one.tool.empty() ? "" : " " + one.tool) + ": " + pieces(one.text);
    for (const auto& value : one.values.values) {
        made += value.path + " " + std::string{to_string(value.kind)} + " " + value.left.text + ">" +
                value.right.text + pieces(value.text) + ";";
    }
    return made;
}

std::string side(const std::optional<message_side>& one) {
    return one ? std::to_string(one->node) + "/" + std::to_string(one->turn) : "-";
}

lines outline(chain_difference& from) {
    lines told;
    while (const auto one = from.next()) {
        told.push_back(std::string{to_string(one->kind)} + " " + side(one->left) + " " + side(one->right) +
                       (one->hidden ? " hidden" : ""));
        for (const auto& block : one->blocks) {
            told.push_back("  " + outline(block));
        }
    }
    return told;
}

std::int64_t node_of(sources& from, const merkle::digest& hash) {
    return from.chains.find(merkle::to_hex(hash), 1).at(0);
}

}  // namespace

TEST_CASE("two chains have a beginning in common, and differ message by message") {
    told_store store;
    const auto system = said("system", "be brief");
    const auto first = said("user", "fix the parser please");
    const merkle::message look{
        "assistant", {text_block("I look"), call_block("a", "Bash", R"({"command":"make test","n":1})")}};
    const merkle::message other{
        "assistant", {text_block("I look"), call_block("b", "Bash", R"({"command":"make all","n":1})")}};
    const merkle::message output{"tool", {result_block("a", "3 failed")}};
    const merkle::message outcome{"tool", {result_block("b", "2 failed")}};
    store.tell({system, first}, look);
    store.tell({system, first, look, output}, said("assistant", "done"));
    const auto left = store.head();
    store.tell({system, first}, other);
    store.tell({system, first, other, outcome, said("user", "and?")}, said("assistant", "done"));
    sources from{store.path(), "", no_prices()};
    difference_request request;
    request.left = node_of(from, left);
    request.right = node_of(from, store.head());
    chain_difference made{from, request};
    CHECK(made.left().nodes == 5);
    CHECK(made.right().nodes == 6);
    CHECK(made.common().node == 2);
    CHECK(made.common().turns == 0);
    const lines expected{"changed 3/1 6/1",
                         "  same text: ",
                         "  changed tool_call Bash: /command changed >=(make )-(test)+(all);",
                         "changed 4/2 7/2",
                         "  changed tool_result: -(3)+(2)=( failed)",
                         "added - 8/2",
                         "  added text: +(and?)",
                         "same 5/2 9/2"};
    CHECK(outline(made) == expected);
    std::swap(request.left, request.right);
    chain_difference turned{from, request};
    CHECK(outline(turned).at(5) == "removed 8/2 -");
    request.left = request.right;
    chain_difference none{from, request};
    CHECK(outline(none).empty());
    CHECK(none.common().node == none.left().node);
}

TEST_CASE("a difference goes on behind a message, and refuses what is no place of it") {
    told_store store;
    store.tell({said("user", "a"), said("assistant", "b"), said("user", "c")}, said("assistant", "d"));
    const auto left = store.head();
    store.tell({said("user", "a"), said("assistant", "x"), said("user", "c")}, said("assistant", "e"));
    sources from{store.path(), "", no_prices()};
    difference_request request;
    request.left = node_of(from, left);
    request.right = node_of(from, store.head());
    chain_difference whole{from, request};
    const auto told = outline(whole);
    lines paged;
    while (true) {
        chain_difference page{from, request};
        if (!page.next()) {
            break;
        }
        request.after = page.place();
        paged.push_back(request.after);
    }
    CHECK(paged == lines{"2.5", "3.6", "4.7"});
    CHECK(told.at(0) == "changed 2/1 5/1");
    request.after = "3.5";
    CHECK_THROWS_AS((chain_difference{from, request}), std::invalid_argument);
}

TEST_CASE("chains that have nothing in common are compared all the same") {
    told_store store;
    store.tell({said("system", "one"), said("user", "hi")}, said("assistant", "hello"));
    const auto left = store.head();
    store.tell({said("system", "two"), said("user", "hi")}, said("assistant", "hello"));
    sources from{store.path(), "", no_prices()};
    difference_request request;
    request.left = node_of(from, left);
    request.right = node_of(from, store.head());
    chain_difference made{from, request};
    CHECK(made.common().node == 0);
    CHECK(outline(made) ==
          lines{"changed 1/1 4/1", "  changed text: -(one)+(two)", "same 2/1 5/1", "same 3/1 6/1"});
}

TEST_CASE("images and base64 are told by size and digest") {
    told_store store;
    const auto image = [](char c) {
        merkle::block made;
        made.type = "image";
        made.media_type = "image/png";
        made.image_base64 = std::string(4000, c);
        return made;
    };
    store.tell({{"user", {image('A'), text_block("see " + std::string(400, 'A') + ".")}}},
               said("assistant", "x"));
    const auto left = store.head();
    store.tell({{"user", {image('B'), text_block("see " + std::string(500, 'B') + ".")}}},
               said("assistant", "x"));
    sources from{store.path(), "", no_prices()};
    difference_request request;
    request.left = node_of(from, left);
    request.right = node_of(from, store.head());
    chain_difference made{from, request};
    const auto one = made.next();
    REQUIRE(one->blocks.size() == 2);
    CHECK(one->blocks[0].kind == change::changed);
    CHECK(one->blocks[0].left->bytes == 3000);
    CHECK(one->blocks[0].left->digest == merkle::to_hex(merkle::sha256(std::string(4000, 'A'))));
    CHECK(one->blocks[0].right->digest == merkle::to_hex(merkle::sha256(std::string(4000, 'B'))));
    CHECK(pieces(one->blocks[1].text) == "=(see )-(…400)+(…500)=(.)");
    CHECK(one->blocks[1].text.pieces[1].digest == merkle::to_hex(merkle::sha256(std::string(400, 'A'))));
    const auto json = message_difference_json(*one);
    CHECK(json["blocks"][0]["left"]["sha256"] == one->blocks[0].left->digest);
    CHECK(json["blocks"][1]["text"][2]["omitted"] == 500);
    CHECK(chain_difference_json(made)["common"] == nullptr);
}

TEST_CASE("each image of a message has its own digest, whatever stands between them") {
    told_store store;
    const auto image = [](char c) {
        merkle::block made;
        made.type = "image";
        made.media_type = "image/png";
        made.image_base64 = std::string(4000, c);
        return made;
    };
    const auto tell = [&](char first, char second) {
        store.tell({{"user", {text_block("[{\"a\"}"), image(first), text_block(",}]"), image(second)}}},
                   said("assistant", "x"));
        return store.head();
    };
    const auto left = tell('A', 'B');
    sources from{store.path(), "", no_prices()};
    difference_request request;
    request.left = node_of(from, left);
    request.right = node_of(from, tell('C', 'D'));
    chain_difference made{from, request};
    const auto one = made.next();
    std::vector<std::string> digests;
    for (const auto& block : one->blocks) {
        if (block.kind == change::changed) {
            digests.push_back(block.left->digest);
            digests.push_back(block.right->digest);
        }
    }
    std::vector<std::string> wanted;
    for (const char c : {'A', 'C', 'B', 'D'}) {
        wanted.push_back(merkle::to_hex(merkle::sha256(std::string(4000, c))));
    }
    CHECK(digests == wanted);
}

TEST_CASE("messages that differ behind what was read say so") {
    told_store store;
    const auto text = std::string(3000, ' ');
    store.tell({said("user", text + "a")}, said("assistant", "x"));
    const auto left = store.head();
    store.tell({said("user", text + "b")}, said("assistant", "x"));
    sources from{store.path(), "", no_prices()};
    difference_request request;
    request.left = node_of(from, left);
    request.right = node_of(from, store.head());
    request.limits.text_bytes = 1000;
    chain_difference made{from, request};
    const auto one = made.next();
    CHECK(one->kind == change::changed);
    CHECK(one->hidden);
    CHECK(one->blocks.at(0).left->cut);
}

}  // namespace tapes::read::chain_difference_test
