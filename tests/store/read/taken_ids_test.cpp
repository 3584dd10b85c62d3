#include "support.hpp"

#include <tapes/store/taken_ids.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::store::taken_ids_test {

using namespace tapes::store;
using namespace tapes::store::test;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t first_ms = 1'750'000'000'000;

/// A UUID that begins with a time.
capture::uuid id_at(std::int64_t ms, std::uint8_t last) {
    capture::uuid made{};
    for (std::size_t i = 0; i < 6; ++i) {
        made[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    }
    made[6] = 0x70;
    made[15] = last;
    return made;
}

/// Adds rows, each committed an hour behind the one before, and a second behind the time of its UUID unless
/// that is given.
void add_rows(const std::string& path, std::int64_t first, std::int64_t count,
              const capture::uuid* id = nullptr) {
    connection db{path, SQLITE_OPEN_READWRITE};
    statement add{
        db,
        "INSERT INTO exchange(id, uuid, accepted_at, committed_at, path, streamed, end_reason,"
        " mapping_version, request_bytes, response_bytes) VALUES(?1, ?2, ?3, ?3, '/', 0, 0, 1, 0, 0)"};
    db.exec("BEGIN");
    for (auto row = first; row < first + count; ++row) {
        const auto ms = first_ms + row * hour_ms;
        const auto made = id != nullptr ? *id : id_at(ms - 1000, 1);
        add.integer(1, row);
        add.blob(2, made.data(), made.size());
        add.integer(3, ms * 1000);
        add.run();
    }
    db.exec("COMMIT");
}

}  // namespace

TEST_CASE("ids are found among the newest exchanges and among those of their time") {
    temporary_store where;
    { const open_store made{where}; }
    constexpr std::int64_t many = 40'000;
    const auto brought = id_at(first_ms - 1000 * hour_ms, 7);  // of long before its row
    add_rows(where.path(), 1, 10);
    taken_ids ids{where.path()};
    CHECK(ids.find(id_at(first_ms + hour_ms - 1000, 1)));
    CHECK_FALSE(ids.find(id_at(first_ms + hour_ms - 1000, 2)));
    CHECK_FALSE(ids.find(brought));
    add_rows(where.path(), 11, 1, &brought);
    CHECK(ids.find(brought));
    CHECK(ids.find_end_of(id_at(first_ms, 7)));
    CHECK_FALSE(ids.find_end_of(id_at(first_ms, 8)));
    add_rows(where.path(), 12, many);
    for (const bool anew : {false, true}) {
        CAPTURE(anew);
        taken_ids fresh{where.path()};
        auto& looked_in = anew ? fresh : ids;
        CHECK(looked_in.find(id_at(first_ms + hour_ms - 1000, 1)));
        CHECK(looked_in.find(id_at(first_ms + many * hour_ms - 1000, 1)));
        CHECK_FALSE(looked_in.find(id_at(first_ms + many * hour_ms - 1000, 2)));
        CHECK(looked_in.find(id_at(first_ms + 5000 * hour_ms - 1000, 1)));
        CHECK_FALSE(looked_in.find_end_of(brought));
    }
}

}  // namespace tapes::store::taken_ids_test
