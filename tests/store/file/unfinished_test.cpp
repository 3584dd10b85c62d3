#include "support.hpp"

#include <tapes/store/unfinished.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

namespace tapes::store::file_unfinished_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

std::set<std::string> names_beside(const temporary_store& where) {
    std::set<std::string> names;
    for (const auto& one : fs::directory_iterator{where.directory()}) {
        names.insert(one.path().filename().string());
    }
    return names;
}

void fill(const unfinished_store& to, int turns) {
    const store_lock lock{{to.path(), synchronous::normal}};
    capture::ledger account;
    writer out{to.marked(lock, "rederive"), account, {}};
    for (int i = 0; i < turns; ++i) {
        account.accept();
        out.submit(one(make_turn({"turn " + std::to_string(i), "answer"})));
    }
    out.stop(soon());
}

std::vector<std::string> findings_of(const std::string& path) {
    findings wrong;
    verify({path, 1, {}}, wrong);
    return wrong.lines();
}

}  // namespace

TEST_CASE("a store that a command makes has its name only when it is whole") {
    temporary_store where;
    {
        unfinished_store made{where.path()};
        fill(made, 3);
        CHECK(!fs::exists(where.path()));
        const auto wrong = findings_of(made.path());
        REQUIRE(wrong.size() == 1);
        CHECK_THAT(wrong.front(), Contains("unfinished") && Contains("tapes rederive"));
        made.finish();
    }
    CHECK(names_beside(where) == std::set<std::string>{"tapes.sqlite"});
    CHECK(findings_of(where.path()).empty());
    CHECK_THROWS_WITH(unfinished_store{where.path()}, Contains("is there already"));
}

TEST_CASE("a store that a command gives up leaves nothing") {
    temporary_store where;
    {
        unfinished_store made{where.path()};
        fill(made, 1);
    }
    CHECK(names_beside(where).empty());
}

TEST_CASE("what a killed command has left is found by verify, and begun anew by the next") {
    const int turns = GENERATE(0, 1, 40);
    temporary_store where;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        unfinished_store made{where.path()};
        const store_lock lock{{made.path(), synchronous::normal}};
        capture::ledger account;
        writer out{made.marked(lock, "rederive"), account, {}};
        for (int i = 0; i < turns; ++i) {
            account.accept();
            out.submit(one(make_turn({"turn " + std::to_string(i), "answer"})));
        }
        (void)out.wait_past(static_cast<std::uint64_t>(turns) - (turns > 0 ? 1 : 0), 500ms);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(!fs::exists(where.path()));
    const auto left = where.path() + ".unfinished";
    const auto wrong = findings_of(left);
    CHECK(std::any_of(wrong.begin(), wrong.end(),
                      [](const auto& line) { return line.find("unfinished") != std::string::npos; }));
    unfinished_store again{where.path()};
    fill(again, 2);
    again.finish();
    CHECK(findings_of(where.path()).empty());
    CHECK(number(where.path(), "SELECT count(*) FROM exchange") == 2);
}

TEST_CASE("a file that stands where an unfinished store would be is not removed") {
    temporary_store where;
    const auto left = where.path() + ".unfinished";
    const auto victim = where.directory() + "/victim";
    std::ofstream{victim} << "precious";
    SECTION("a link") {
        fs::create_symlink(victim, left);
        CHECK_THROWS_AS(unfinished_store{where.path()}, open_error);
    }
    SECTION("a hard link") {
        fs::create_hard_link(victim, left);
        CHECK_THROWS_WITH(unfinished_store{where.path()}, Contains("hard links"));
    }
    SECTION("the store of a process that is at work") {
        const store_lock lock{{left, synchronous::normal}};
        CHECK_THROWS_WITH(unfinished_store{where.path()}, Contains("in use by process"));
    }
    CHECK(fs::exists(left));
    CHECK(fs::file_size(victim) == 8);
}

}  // namespace tapes::store::file_unfinished_test
