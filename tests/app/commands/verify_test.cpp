#include "store/support.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/app/verify.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

namespace tapes::app::commands_verify_test {

using namespace tapes;

namespace {

struct report {
    int code = 0;
    std::string text;
};

report verified(const store::test::temporary_store& where, bool json) {
    config::settings settings;
    settings.storage.sqlite_path = where.path();
    std::ostringstream written;
    report made;
    {
        printer out{written};
        made.code = verify_store(settings, json, out);
    }
    made.text = written.str();
    return made;
}

/// As builds before schema version 4 left an exchange.
void take_digest(const store::test::temporary_store& where, int exchange) {
    store::connection db{where.path(), SQLITE_OPEN_READWRITE};
    db.exec("UPDATE exchange SET digest = NULL, mapping_version = 1 WHERE id = " + std::to_string(exchange));
}

}  // namespace

TEST_CASE("verify tells how many exchanges have no digest, and calls nothing wrong for it") {
    store::test::temporary_store where;
    {
        store::test::open_store store{where};
        for (const std::string number : {"1", "2", "3"}) {
            auto turn = store::test::make_turn({"question " + number, "answer"});
            turn->keep_wire = false;
            REQUIRE(store.commit(std::move(turn)));
        }
        store.out.stop(store::test::soon());
    }
    struct expected {
        int count;
        std::string words;
    };
    for (const auto& one :
         {expected{0, ""}, expected{1, "; 1 exchange of an earlier build, without a digest"},
          expected{2, "; 2 exchanges of an earlier build, without a digest"}}) {
        if (one.count != 0) {
            take_digest(where, one.count);
        }
        const auto text = verified(where, false);
        INFO(text.text);
        CHECK(text.code == 0);
        CHECK(text.text.find("3 log rows" + one.words + ": all is well\n") != std::string::npos);
        const auto json = verified(where, true);
        CHECK(json.code == 0);
        const auto told = nlohmann::json::parse(json.text);
        CHECK(told["clean"] == true);
        CHECK(told["checked"]["exchanges"] == 3);
        CHECK(told["checked"]["exchanges_without_digest"] == one.count);
    }
}

TEST_CASE("verify tells how many rows nothing proves where no bytes are kept") {
    store::test::temporary_store where;
    {
        store::test::open_store store{where};
        auto turn = store::test::make_turn({"question", "answer"});
        turn->keep_wire = false;
        turn->stateful = true;
        turn->item_ids = {"msg_1", "msg_2"};
        REQUIRE(store.commit(std::move(turn)));
        store.out.stop(store::test::soon());
    }
    const auto text = verified(where, false);
    CHECK(text.text.find("; 2 rows without bytes to prove them: all is well\n") != std::string::npos);
    CHECK(nlohmann::json::parse(verified(where, true).text)["checked"]["rows_not_proved"] == 2);
}

}  // namespace tapes::app::commands_verify_test
