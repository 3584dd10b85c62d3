#include "support.hpp"

#include <tapes/store/wire_reader.hpp>

#include <catch2/catch.hpp>
#include <zstd.h>

#include <string>

namespace tapes::store::kept_body_test {

using namespace tapes::store::test;

namespace {

std::string packed(const std::string& bytes) {
    std::string made(ZSTD_compressBound(bytes.size()), '\0');
    made.resize(ZSTD_compress(made.data(), made.size(), bytes.data(), bytes.size(), 3));
    return made;
}

/// Bytes that do not become few.
std::string noise(std::size_t size) {
    std::string made(size, '\0');
    std::uint32_t state = 1;
    for (auto& one : made) {
        state = state * 1664525 + 1013904223;
        one = static_cast<char>(state >> 24);
    }
    return made;
}

std::string read_in_pieces(wire_reader& from, kept_body body, std::size_t piece) {
    std::string all;
    while (body.left() > 0) {
        const auto before = all.size();
        const auto left = body.left();
        from.read(body, all, piece);
        REQUIRE(all.size() > before);
        REQUIRE(all.size() - before <= piece);
        REQUIRE(body.left() == left - (all.size() - before));
    }
    return all;
}

}  // namespace

TEST_CASE("a body is read in pieces as it is read whole") {
    const bool compressed = GENERATE(false, true);
    const auto bytes = GENERATE(std::string{}, std::string{"x"}, noise(300'000), std::string(300'000, 'y'));
    const temporary_store where;
    open_store store{where};
    auto turn = make_turn({"hi", "hello"});
    turn->wire.response = {compressed ? packed(bytes) : bytes, compressed, bytes.size()};
    REQUIRE(store.commit(std::move(turn)));
    wire_reader from{where.path()};
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20}) {
        auto body = from.answer_body(1);
        REQUIRE(body);
        CHECK(body->head == "HTTP/1.1 200 OK");
        CHECK(body->left() == bytes.size());
        CHECK(read_in_pieces(from, *std::move(body), piece) == bytes);
    }
    CHECK_FALSE(from.answer_body(2));
    CHECK_FALSE(from.request_body(2));
}

TEST_CASE("a request is read in pieces with all that it shares") {
    const temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"hi", "hello"})));
    const auto large = noise(200'000);
    {
        connection db{where.path(), SQLITE_OPEN_READWRITE};
        statement add{
            db, "INSERT INTO piece(id, digest, parent, zstd, size, bytes) VALUES(?1, x'00', ?2, ?3, ?4, ?5)"};
        const auto put = [&](std::int64_t id, std::int64_t parent, bool compressed,
                             const std::string& bytes) {
            const auto kept = compressed ? packed(bytes) : bytes;
            add.integer(1, id);
            parent == 0 ? add.null(2) : add.integer(2, parent);
            add.integer(3, compressed ? 1 : 0);
            add.integer(4, static_cast<std::int64_t>(bytes.size()));
            add.blob(5, kept.data(), kept.size());
            add.run();
        };
        put(1, 0, false, "[one]");
        put(2, 1, true, large);
        put(3, 0, false, "[three]");
        db.exec("UPDATE wire SET request_parts = '[[0,3],[2,2],[7,0]]'");
    }
    wire_reader from{where.path()};
    const auto whole = from.body_of(*from.read_request(1));
    CHECK(whole == "[three]re[one]" + large + "quest");
    for (const std::size_t piece : {std::size_t{3}, std::size_t{4096}, std::size_t{1} << 20}) {
        auto body = from.request_body(1);
        REQUIRE(body);
        CHECK(body->left() == whole.size());
        CHECK(read_in_pieces(from, *std::move(body), piece) == whole);
    }
    CHECK(from.about(1)->request.body_bytes == whole.size());
}

TEST_CASE("a body that is not what it should be, or changes meanwhile, is not read on") {
    const temporary_store where;
    open_store store{where};
    const auto bytes = noise(300'000);
    auto turn = make_turn({"hi", "hello"});
    turn->wire.response = {bytes, false, bytes.size()};
    REQUIRE(store.commit(std::move(turn)));
    wire_reader from{where.path()};
    connection db{where.path(), SQLITE_OPEN_READWRITE};
    std::string all;
    auto body = from.answer_body(1);
    from.read(*body, all, 1000);
    db.exec("UPDATE wire SET response = x'00', response_size = 1");
    CHECK_THROWS_WITH(from.read(*body, all, 1 << 20), Catch::Contains("has changed while it was read"));
    for (const auto* const change :
         {"response_size = 2", "response_zstd = 1", "response = zeroblob(0), response_size = 4"}) {
        CAPTURE(change);
        db.exec(std::string{"UPDATE wire SET "} + change);
        body = from.answer_body(1);
        CHECK_THROWS_WITH(from.read(*body, all, 1 << 20), Catch::Contains("exchange 1: its response"));
    }
    db.exec("UPDATE wire SET request_parts = '[[1,77]]'");
    CHECK_THROWS_WITH(from.request_body(1), Catch::Contains("piece 77 is missing"));
}

}  // namespace tapes::store::kept_body_test
