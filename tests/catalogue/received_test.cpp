#include "catalogue_support.hpp"

#include <tapes/store/reader.hpp>
#include <tapes/store/received.hpp>

#include <catch2/catch.hpp>

namespace tapes::catalogue::test {
namespace received_test {

namespace {

const said helper{"system", "You help."};

std::vector<store::received_item> sent_by_another() {
    const store::test::temporary_store where;
    {
        open_store store{where};
        recorder to{store};
        const std::vector<said> chain{
            helper, {"user", "Question"}, {"assistant", "A"}, {"user", "More"}, {"assistant", "B"}};
        REQUIRE(to.record("s", {chain.begin(), chain.begin() + 3}));
        REQUIRE(to.record("s", chain));
        store.out.stop(store::test::soon());
    }
    std::vector<store::received_item> made;
    store::reader in{where.path()};
    for (const auto& row : in.read_log(0, 1 << 30)) {
        for (const auto& node : row.nodes) {
            store::received_item one;
            one.node = {node.hash,
                        node.parent,
                        node.root,
                        node.role,
                        node.content,
                        "",
                        {node.model, node.provider, node.agent_name},
                        node.role == "assistant" ? "stop" : "",
                        node.project,
                        {},
                        node.created_at_us};
            if (node.role == "assistant") {
                one.node.used.prompt_tokens = 5;
                one.node.used.completion_tokens = 2;
            }
            made.push_back(std::move(one));
        }
    }
    return made;
}

}  // namespace

TEST_CASE("nodes that came without exchanges are a session for each tree") {
    const auto items = sent_by_another();
    REQUIRE(items.size() == 5);
    const store::test::temporary_store where;
    open_store store{where};
    REQUIRE(store::store_received(store.out, items).each.size() == 5);
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto all = from.sessions({}, 10);
    REQUIRE(all.size() == 1);
    CHECK_FALSE(all[0].named_by_client);
    CHECK(all[0].name == merkle::to_hex(items.front().node.hash));
    CHECK(all[0].title == "Question");
    CHECK(all[0].exchanges == 0);
    CHECK(all[0].turns == 2);
    CHECK(all[0].tokens.input == 10);
    CHECK(all[0].head == 5);
    CHECK(all[0].model == "gpt-4o");
    const auto threads = from.threads(all[0].id);
    REQUIRE(threads.size() == 1);
    CHECK(from.leaves(threads[0].id) == std::vector<std::int64_t>{5});
    const auto path = path_of(where.path());
    const auto kept = dump(path);
    std::filesystem::remove(path);
    bring_up(where.path());
    CHECK(dump(path) == kept);
}

TEST_CASE("a session that names its parent hangs below the call that began it") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    const said calls{"assistant",
                     std::vector{call("call_0123456789", "task", R"({"prompt":"Read all of it"})")}};
    REQUIRE(to.record("parent", {helper, {"user", "Do it"}, calls}));
    auto below =
        to.turn("child", {{"system", "You read."}, {"user", "Read all of it"}, {"assistant", "Read"}});
    below->sender.parent_session = "parent";
    REQUIRE(store.commit(std::move(below)));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto child = from.sessions_by_name("child").at(0);
    const auto parent = from.sessions_by_name("parent").at(0);
    CHECK(child.parent_name == "parent");
    CHECK(child.title == "Read all of it");
    const auto threads = from.threads(child.id);
    REQUIRE(threads.size() == 1);
    CHECK(threads[0].kind == thread_kind::subagent);
    CHECK(threads[0].parent == from.threads(parent.id).at(0).id);
    CHECK(threads[0].call_id == "call_0123456789");
    CHECK(child.head == threads[0].head);
}

TEST_CASE("a session is found by its whole name, however many newer ones begin with it") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    for (const auto* const name : {"run-1", "run-10", "run-11", "run-12"}) {
        REQUIRE(to.record(name, {helper, {"user", std::string{"Do "} + name}, {"assistant", "Done"}}));
    }
    bring_up(where.path());
    reader from{path_of(where.path())};
    CHECK(from.sessions_by_name("run-1", 1).at(0).name == "run-1");
    const auto two = from.sessions_by_name("run-1", 2);
    REQUIRE(two.size() == 2);
    CHECK(two[0].name == "run-1");
    CHECK(two[1].name == "run-12");
}

}  // namespace received_test
}  // namespace tapes::catalogue::test
