#include "statement_guard.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace tapes::store::file_statement_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;
using tapes::test::problem_of_plan;

TEST_CASE("a statement that pages through a table from its start, or looks for a key, is refused") {
    temporary_store where;
    const store_lock lock{where.options()};
    connection db{where.path(), SQLITE_OPEN_READONLY};
    const auto [sql, problem] = GENERATE(table<const char*, const char*>({
        {"SELECT id FROM response WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2", "whole table"},
        {"SELECT id FROM node WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT ?2", "whole table"},
        {"SELECT id FROM node WHERE hash = ?1", "whole table"},
        {"SELECT seq FROM log WHERE at > ?1 ORDER BY seq LIMIT 1", "whole table"},
        {"SELECT r.id FROM (SELECT id FROM response WHERE +id > ?1 LIMIT 9) r", "whole table"},
        {"SELECT value FROM node_variant WHERE node = ?1 ORDER BY value + 1 LIMIT 1", "sorts"},
        {"SELECT id FROM node WHERE id > ?1 ORDER BY id LIMIT ?2", ""},
        {"SELECT r.id FROM (SELECT id FROM response WHERE id > ?1 ORDER BY id LIMIT 9) r", ""},
        {"SELECT count(*) FROM node", ""},
    }));
    CAPTURE(sql);
    const auto found = problem_of_plan(db.handle(), sql);
    if (std::string{problem}.empty()) {
        CHECK(found.empty());
        CHECK_NOTHROW(statement{db, sql});
    } else {
        CHECK_THAT(found, Contains(problem));
        CHECK_THROWS_AS((statement{db, sql}), std::logic_error);
    }
}

TEST_CASE("every statement goes through the class that has them explained") {
    const auto root = std::filesystem::path{TAPES_TEST_DATA}.parent_path().parent_path() / "src";
    std::set<std::string> users;
    for (const auto& one : std::filesystem::recursive_directory_iterator{root}) {
        if (!one.is_regular_file()) {
            continue;
        }
        std::ifstream file{one.path()};
        const std::string text{std::istreambuf_iterator<char>{file}, {}};
        for (const auto* const call : {"sqlite3_prepare", "sqlite3_exec(", "sqlite3_get_table"}) {
            if (text.find(call) != std::string::npos) {
                users.insert(one.path().lexically_relative(root).string());
            }
        }
    }
    CHECK(users == std::set<std::string>{"sqlite/connection.cpp"});
}

}  // namespace tapes::store::file_statement_test
