#include "support.hpp"

#include <tapes/store/chain_reader.hpp>
#include <tapes/store/event_reader.hpp>
#include <tapes/store/exchange_outlines.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/exchange_view.hpp>
#include <tapes/store/log_scan.hpp>
#include <tapes/store/log_tail.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/received.hpp>
#include <tapes/store/taken_ids.hpp>
#include <tapes/store/turn_reader.hpp>
#include <tapes/store/wire_reader.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <string>

namespace tapes::store::foreign_file_test {

using namespace tapes::store;
using namespace tapes::store::test;

namespace {

template <class Reader>
std::string refusal_of(const std::string& path) {
    try {
        const Reader opened{path};
        return "it was opened";
    } catch (const open_error& error) {
        return error.what();
    } catch (const std::exception& error) {
        return std::string{"no open_error: "} + error.what();
    }
}

}  // namespace

TEMPLATE_TEST_CASE("a file that is no store is refused as such by whatever reads it", "", chain_reader,
                   event_reader, exchange_outlines, exchange_reader, exchange_view, log_scan, log_tail,
                   orphan_reader, reader, taken_ids, turn_reader, wire_reader) {
    temporary_store where;
    const auto name = "store " + where.path() + " ";
    SECTION("empty") {
        std::ofstream{where.path()};
        CHECK(refusal_of<TestType>(where.path()) == name + "is no tapes store");
    }
    SECTION("another database") {
        {
            connection db{where.path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
            db.exec("CREATE TABLE t(x)");
        }
        CHECK(refusal_of<TestType>(where.path()) == name + "is no tapes store");
    }
    SECTION("a text") {
        std::ofstream{where.path()} << std::string(5000, 'x');
        CHECK(refusal_of<TestType>(where.path()) == name + "cannot be read: file is not a database");
    }
    SECTION("none") {
        CHECK_THAT(refusal_of<TestType>(where.path()), Catch::StartsWith(name + "does not exist"));
    }
}

}  // namespace tapes::store::foreign_file_test
