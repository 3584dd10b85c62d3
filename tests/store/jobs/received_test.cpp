#include "support.hpp"

#include <tapes/store/received.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

namespace tapes::store::jobs_received_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

namespace {

/// Nodes as another machine's store has them, parents first.
std::vector<received_item> sent_by_another(int turns, const std::string& tag = "q") {
    const temporary_store where;
    {
        open_store store{where};
        std::vector<std::string> said;
        for (int i = 0; i < turns; ++i) {
            said.push_back(tag + " " + std::to_string(i));
            said.push_back("answer " + std::to_string(i));
            REQUIRE(store.commit(make_turn(said)));
        }
        store.out.stop(soon());
    }
    std::vector<received_item> made;
    reader in{where.path()};
    for (const auto& row : in.read_log(0, 1 << 30)) {
        for (const auto& node : row.nodes) {
            received_item one;
            one.node = {node.hash,
                        node.parent,
                        node.root,
                        node.role,
                        node.content,
                        "",
                        {node.model, node.provider, node.agent_name},
                        node.stop_reason,
                        node.project,
                        node.used,
                        node.created_at_us};
            one.from = {"machine-1", "nodes", 3, static_cast<std::int64_t>(made.size())};
            made.push_back(std::move(one));
        }
    }
    return made;
}

std::vector<std::string> findings_of(const temporary_store& where, verify_figures* seen = nullptr) {
    findings wrong;
    const auto figures = verify({where.path(), 1, {}}, wrong);
    if (seen != nullptr) {
        *seen = figures;
    }
    return wrong.lines();
}

std::vector<std::string> hashes(const std::string& path) {
    std::vector<std::string> made;
    connection db{path, SQLITE_OPEN_READONLY};
    statement query{db, "SELECT hash FROM nodes ORDER BY hash"};
    while (query.step()) {
        made.emplace_back(query.text_at(0));
    }
    return made;
}

}  // namespace

TEST_CASE("received nodes are stored once, with what their sender said of them, and where they came from") {
    const auto items = sent_by_another(3);
    const temporary_store where;
    open_store store{where};
    const auto first = store_received(store.out, items);
    CHECK(std::ranges::count(first.each, reception::added) == 6);
    const auto again = store_received(store.out, items);
    CHECK(std::ranges::count(again.each, reception::known) == 6);
    reader in{where.path()};
    for (const auto& item : items) {
        const auto node = in.find_node(item.node.hash);
        REQUIRE(node);
        CHECK(node->parent == item.node.parent);
        CHECK(node->root == item.node.root);
        CHECK(node->content == item.node.content);
        CHECK(node->created_at_us == item.node.created_at_us);
        CHECK(node->stop_reason == item.node.stop_reason);
        CHECK(node->project == item.node.project);
        CHECK(node->used.total_tokens == item.node.used.total_tokens);
    }
    CHECK(in.find_node(items[5].node.hash)->depth == 5);
    CHECK(text(where.path(),
               "SELECT group_concat(s.value || partition || \"offset\") FROM received r"
               " JOIN string s ON s.id = r.source WHERE node = 2") == "machine-131");
    verify_figures seen;
    CHECK(findings_of(where, &seen).empty());
    CHECK(seen.unlogged_nodes == 0);
}

TEST_CASE("received nodes are rows of the log, by which others hear of them") {
    const auto items = sent_by_another(2);
    const temporary_store where;
    open_store store{where};
    (void)store_received(store.out, items);
    (void)store_received(store.out, items);
    reader in{where.path()};
    const auto rows = in.read_log(0, 1 << 20);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].kind == log_kind::imported);
    REQUIRE(rows[0].nodes.size() == 4);
    CHECK(rows[0].nodes[3].hash == items[3].node.hash);
}

TEST_CASE("a node without its parent waits as an orphan, and joins when the parent comes") {
    const auto items = sent_by_another(1);
    const temporary_store where;
    open_store store{where};
    const std::vector<received_item> child{items[1]};
    CHECK(store_received(store.out, child).each == std::vector{reception::orphan});
    CHECK(store_received(store.out, child).each == std::vector{reception::known});
    {
        orphan_reader orphans{where.path()};
        CHECK(orphans.totals().nodes == 1);
        CHECK(orphans.totals().missing == 1);
        const auto listed = orphans.list(0, 10);
        REQUIRE(listed.size() == 1);
        CHECK(listed[0].hash == items[1].node.hash);
        CHECK(listed[0].parent == items[0].node.hash);
        CHECK(listed[0].from.source == "machine-1");
    }
    verify_figures seen;
    CHECK(findings_of(where, &seen).empty());
    CHECK(seen.orphans == 1);
    const std::vector<received_item> parent{items[0]};
    const auto joined = store_received(store.out, parent);
    CHECK(joined.each == std::vector{reception::added});
    CHECK(joined.joined == 1);
    CHECK(orphan_reader{where.path()}.count() == 0);
    CHECK(hashes(where.path()).size() == 2);
    CHECK(number(where.path(), "SELECT count(*) FROM received") == 2);
    CHECK(findings_of(where).empty());
}

TEST_CASE("a long chain that comes from its end joins as a whole") {
    auto items = sent_by_another(150);
    const temporary_store where;
    open_store store{where};
    std::reverse(items.begin(), items.end());
    const auto all = store_received(store.out, items);
    CHECK(all.joined == 299);
    CHECK(hashes(where.path()).size() == 300);
    CHECK(number(where.path(), "SELECT max(depth) FROM node") == 299);
    CHECK(findings_of(where).empty());
}

TEST_CASE("in whatever order nodes come, and in whatever groups, the store holds the same") {
    auto items = sent_by_another(12, "a");
    for (auto& one : sent_by_another(12, "b")) {
        items.push_back(std::move(one));
    }
    std::minstd_rand random{7};
    std::vector<std::string> expected;
    for (int run = 0; run < 4; ++run) {
        const temporary_store where;
        open_store store{where};
        for (std::size_t at = 0; at < items.size();) {
            const auto size = std::min<std::size_t>(1 + random() % 7, items.size() - at);
            (void)store_received(store.out, std::span{items}.subspan(at, size));
            at += size;
        }
        const auto found = hashes(where.path());
        CHECK(found.size() == 48);
        expected = expected.empty() ? found : expected;
        CHECK(found == expected);
        CHECK(orphan_reader{where.path()}.count() == 0);
        CHECK(findings_of(where).empty());
        std::shuffle(items.begin(), items.end(), random);
    }
}

TEST_CASE("a node that names a root that is not its parent's is refused, or stays an orphan that says why") {
    auto items = sent_by_another(1);
    items[1].node.root.fill(9);
    const temporary_store where;
    open_store store{where};
    const auto refused = store_received(store.out, items);
    CHECK(refused.each == std::vector{reception::added, reception::wrong_root});

    const temporary_store other;
    open_store later{other};
    std::reverse(items.begin(), items.end());
    const auto kept = store_received(later.out, items);
    CHECK(kept.each == std::vector{reception::orphan, reception::added});
    CHECK(kept.joined == 0);
    orphan_reader orphans{other.path()};
    REQUIRE(orphans.count() == 1);
    CHECK_FALSE(orphans.list(0, 1)[0].problem.empty());
    CHECK(findings_of(other).empty());
    auto alone = items[1];
    alone.node.root.fill(9);
    const temporary_store third;
    open_store last{third};
    const std::vector<received_item> root{alone};
    CHECK(store_received(last.out, root).each == std::vector{reception::wrong_root});
}

TEST_CASE("what clients drop is left out of the match of a received node, and of those behind it") {
    merkle::message said{"assistant", {}};
    merkle::block thought;
    thought.type = "thinking";
    thought.thinking = "hm";
    thought.dropped_by_clients = true;
    merkle::block answer;
    answer.type = "text";
    answer.text = "yes";
    said.content = {thought, answer};
    const merkle::identity identity{"m", "p", ""};
    const auto root = merkle::make_node({}, identity, said);
    const auto child = merkle::make_node(root.position, identity, {"user", {answer}});
    received_item first;
    first.node.hash = first.node.root = root.position.hash;
    first.node.role = root.role;
    first.node.content = root.content;
    first.node.match_content = merkle::event_content({answer});
    first.node.identity = identity;
    received_item second;
    second.node.hash = child.position.hash;
    second.node.parent = second.node.root = root.position.hash;
    second.node.role = child.role;
    second.node.content = child.content;
    second.node.identity = identity;
    const temporary_store where;
    open_store store{where};
    const std::vector<received_item> both{second, first};  // an orphan keeps what its match needs
    CHECK(store_received(store.out, both).joined == 1);
    CHECK(text(where.path(), "SELECT lower(hex(match)) FROM node WHERE depth = 0") ==
          hex(root.position.match));
    CHECK(text(where.path(), "SELECT lower(hex(match)) FROM node WHERE depth = 1") ==
          hex(child.position.match));
    CHECK(findings_of(where).empty());
}

TEST_CASE("verify finds an orphan that was changed, and one whose parent is there") {
    const auto items = sent_by_another(2);
    const temporary_store where;
    open_store store{where};
    const std::vector<received_item> some{items[0], items[2]};
    (void)store_received(store.out, some);
    CHECK(findings_of(where).empty());
    connection db{where.path(), SQLITE_OPEN_READWRITE};
    db.exec("UPDATE orphan SET content = '[]'");
    CHECK(findings_of(where).size() == 1);
    db.exec("UPDATE orphan SET parent = (SELECT hash FROM node WHERE id = 1)");
    CHECK(findings_of(where).size() == 2);
}

TEST_CASE("orphans whose parent came some other way join when they are told to, or come again") {
    const auto items = sent_by_another(2);
    const auto all_but_the_root = std::span{items}.subspan(1);
    for (const bool again : {false, true}) {
        const temporary_store where;
        open_store store{where};
        (void)store_received(store.out, all_but_the_root);
        CHECK(join_orphans(store.out) == 0);
        REQUIRE(store.commit(make_turn({"q 0", "answer 0"})));  // here, by itself
        CHECK_FALSE(findings_of(where).empty());
        if (again) {
            (void)store_received(store.out, all_but_the_root.subspan(1));
        } else {
            CHECK(join_orphans(store.out) == 2);
        }
        CHECK(hashes(where.path()).size() == 4);
        CHECK(join_orphans(store.out) == 0);
        CHECK(orphan_reader{where.path()}.count() == 0);
        CHECK(findings_of(where).empty());
    }
}

TEST_CASE("nodes that come while turns are recorded stand in the log between them") {
    const auto items = sent_by_another(3);
    const temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"here", "yes"})));
    (void)store_received(store.out, items);
    REQUIRE(store.commit(make_turn({"here", "yes", "more", "well"})));
    CHECK(hashes(where.path()).size() == 10);
    CHECK(findings_of(where).empty());
}

}  // namespace tapes::store::jobs_received_test
