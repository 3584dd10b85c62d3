// Nodes that no row of the log tells of: an import leaves them so unless it is announced.
#include "catalogue_support.hpp"

#include <tapes/store/import.hpp>

#include <catch2/catch.hpp>

namespace tapes::catalogue::test {
namespace imported_test {

namespace {

/// A chain of another program's, as it stands in its file.
std::vector<store::import_row> old_chain(const std::string& question) {
    std::vector<store::import_row> made;
    std::optional<merkle::link> above;
    std::int64_t at_us = 1'700'000'000'000'000;
    for (const auto& [role, text] : {std::pair<std::string, std::string>{"user", question},
                                     {"assistant", "An answer of old to " + question}}) {
        merkle::block block;
        block.type = "text";
        block.text = text;
        const merkle::identity identity{"gpt-4o", "openai", ""};
        const auto node = merkle::make_node(above, identity, {role, {block}});
        store::import_row row;
        row.hash = node.position.hash;
        row.parent = above ? std::optional{above->hash} : std::nullopt;
        row.node = {identity,      role, node.content, role == "assistant" ? "stop" : "",
                    "old project", {},   at_us};
        if (role == "assistant") {
            row.node.used.prompt_tokens = 5;
            row.node.used.completion_tokens = 2;
        }
        made.push_back(std::move(row));
        above = node.position;
        at_us += 1'000'000;
    }
    return made;
}

void import_silently(open_store& to, const std::string& path, const std::string& question) {
    const auto target = store::make_import_target(path, to.out, store::import_alone);
    REQUIRE(target->take(old_chain(question), false) == 2);
    target->end();
}

std::vector<std::string> titles(const std::string& store) {
    reader from{path_of(store)};
    std::vector<std::string> made;
    for (const auto& one : from.sessions({}, 10)) {
        made.push_back(one.title);
    }
    std::ranges::sort(made);
    return made;
}

void record(open_store& to, recorder& by, const std::string& name) {
    REQUIRE(by.record(name, {{"user", "Question of " + name}, {"assistant", "Fine"}}));
    REQUIRE(to.settled());
}

}  // namespace

TEST_CASE("nodes of an import that was not announced are sessions like others") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder by{store};
    import_silently(store, where.path(), "first");
    bring_up(where.path());
    CHECK(titles(where.path()) == std::vector<std::string>{"first"});
    record(store, by, "s");
    import_silently(store, where.path(), "between");
    record(store, by, "t");
    bring_up(where.path());
    import_silently(store, where.path(), "last");
    bring_up(where.path());
    CHECK(titles(where.path()) ==
          std::vector<std::string>{"Question of s", "Question of t", "between", "first", "last"});

    reader from{path_of(where.path())};
    CHECK(from.node() == 10);
    session_filter old;
    old.project = "old project";
    const auto found = from.sessions(old, 10);
    REQUIRE(found.size() == 3);
    for (const auto& one : found) {
        CHECK(one.turns == 1);
        CHECK(one.exchanges == 0);
        CHECK(one.tokens.input == 5);
        CHECK(one.tokens.output == 2);
        CHECK_FALSE(one.named_by_client);
    }
    // In one go it is the same.
    const auto in_pieces = dump(path_of(where.path()));
    std::filesystem::remove(path_of(where.path()));
    std::filesystem::remove(path_of(where.path()) + "-wal");
    bring_up(where.path());
    CHECK(dump(path_of(where.path())) == in_pieces);
}

TEST_CASE("a keeper takes what is imported beside it") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder by{store};
    record(store, by, "s");
    const keeper keeping{{where.path(), true}};
    import_silently(store, where.path(), "imported");
    bring_up(where.path());  // waits for the keeper
    CHECK(titles(where.path()) == std::vector<std::string>{"Question of s", "imported"});
}

}  // namespace imported_test
}  // namespace tapes::catalogue::test
