#include "eventually.hpp"
#include "support.hpp"

#include <tapes/store/history.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>

namespace tapes::store::write_place_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

constexpr const char* ends[] = {"", "-wal", "-shm"};

void remove_all_of(const std::string& path) {
    for (const auto* const end : ends) {
        fs::remove(path + end);
    }
}

void move_all_of(const std::string& from, const std::string& to) {
    for (const auto* const end : ends) {
        fs::rename(from + end, to + end);
    }
}

bool until(const std::function<bool()>& holds) {
    return tapes::test::eventually(holds, 60s, 2ms);
}

std::int64_t exchanges(const std::string& path) {
    return number(path, "SELECT count(*) FROM exchange");
}

/// The one file of the directory whose name has `part` in it.
std::string file_with(const std::string& directory, const std::string& part) {
    for (const auto& one : fs::directory_iterator{directory}) {
        if (one.path().filename().string().find(part) != std::string::npos) {
            return one.path().string();
        }
    }
    return {};
}

writer::settings never_anew() {
    writer::settings made;
    made.retry = 5ms;
    made.absence = 1h;
    return made;
}

/// A writer that has committed one turn, and then lost its store in some way.
struct lost_store {
    temporary_store where;
    const std::string path = where.path();
    const std::string aside = where.directory() + "/aside.sqlite";
    std::unique_ptr<open_store> open;

    lost_store(writer::settings settings, const std::function<void(lost_store&)>& lose) {
        open = std::make_unique<open_store>(where, std::move(settings));
        REQUIRE(open->commit(make_turn({"before", "answer"})));
        lose(*this);
    }
    /// True when the loss is noticed within a second, with nothing to write.
    bool noticed() {
        const auto before = std::chrono::steady_clock::now();
        return until([&] { return open->out.failing(); }) && std::chrono::steady_clock::now() - before < 1s;
    }
    void keep_one() { open->submit(one(make_turn({"before", "answer", "kept", "other"}))); }
};

}  // namespace

TEST_CASE("a store that is moved away is noticed, and written to again when it is back") {
    const auto what = GENERATE("the files", "the database alone", "the directory", "the log");
    CAPTURE(what);
    const std::string chosen{what};
    std::string from;
    std::string to;
    lost_store lost{never_anew(), [&](lost_store& all) {
                        const auto beside = all.where.directory() + "-aside";
                        if (chosen == "the files") {
                            move_all_of(all.path, all.aside);
                            return;
                        }
                        from = chosen == "the directory" ? all.where.directory()
                               : chosen == "the log"     ? all.path + "-wal"
                                                         : all.path;
                        to = chosen == "the directory" ? beside : all.aside;
                        fs::rename(from, to);
                    }};
    CHECK(lost.noticed());
    CHECK_THAT(lost.open->out.status().error, Contains(lost.path));
    lost.keep_one();
    const auto told = lost.open->lane.told();
    CHECK(!tapes::test::eventually([&] { return lost.open->lane.told() != told; }, 50ms, 5ms));
    CHECK(lost.open->out.status().queued == 1);
    if (from.empty()) {
        move_all_of(lost.aside, lost.path);
    } else {
        fs::rename(to, from);
    }
    CHECK(lost.open->settled());
    CHECK(until([&] { return !lost.open->out.failing(); }));
    lost.open->out.stop(soon());
    CHECK(exchanges(lost.path) == 2);
    CHECK(number(lost.path, "SELECT count(*) FROM node") == 4);
}

TEST_CASE("a store that was removed is written anew, with all that it held") {
    const auto what = GENERATE("its files", "its directory", "its log", "its database", "its index");
    CAPTURE(what);
    const std::string chosen{what};
    auto settings = never_anew();
    settings.absence = 20ms;
    std::unique_ptr<history> looks;
    lost_store lost{
        settings, [&](lost_store& all) {
            looks = std::make_unique<history>(all.path, all.open->out);
            if (chosen == "its directory") {
                fs::remove_all(all.where.directory());
            } else if (chosen == "its files") {
                remove_all_of(all.path);
            } else {
                fs::remove(all.path + (chosen == "its log" ? "-wal" : chosen == "its index" ? "-shm" : ""));
            }
        }};
    lost.keep_one();
    CHECK(lost.open->settled());
    CHECK(until([&] { return !lost.open->out.failing(); }));
    CHECK(exchanges(lost.path) == 2);
    // Readers follow to the new file.
    const auto last = make_turn({"before", "answer", "kept", "other"})->nodes.back().node.position.hash;
    CHECK(looks->find(last).has_value());
    CHECK(lost.open->commit(make_turn({"later", "answer"})));
    CHECK(exchanges(lost.path) == 3);
    looks.reset();
    lost.open->out.stop(soon());
    CHECK(text(lost.path, "PRAGMA integrity_check") == "ok");
    CHECK(exchanges(lost.path) == 3);
    lost.open.reset();
    CHECK_NOTHROW(store_lock{lost.where.options()});
}

TEST_CASE("a store that was removed is written anew at the end, whatever was waited for") {
    lost_store lost{never_anew(), [](lost_store& all) { remove_all_of(all.path); }};
    const bool with_turn = GENERATE(false, true);
    if (with_turn) {
        lost.keep_one();
        CHECK(lost.noticed());
    }
    lost.open->out.stop(soon());
    CHECK(lost.open->settled());
    CHECK(exchanges(lost.path) == (with_turn ? 2 : 1));
}

TEST_CASE("another file at the path is left alone, and what was kept is written beside it at the end") {
    const bool store = GENERATE(false, true);
    const bool old_has_name = GENERATE(false, true);
    CAPTURE(store, old_has_name);
    temporary_store other;
    if (store) {
        open_store made{other};
        REQUIRE(made.commit(make_turn({"of the other", "answer"})));
        made.out.stop(soon());
    } else {
        std::ofstream{other.path()} << "some text";
    }
    const auto size = fs::file_size(other.path());
    lost_store lost{never_anew(), [&](lost_store& all) {
                        if (old_has_name) {
                            move_all_of(all.path, all.aside);
                        }
                        fs::rename(other.path(), all.path);
                    }};
    CHECK(lost.noticed());
    lost.keep_one();
    lost.open->out.stop(soon());
    CHECK(lost.open->settled());
    CHECK(fs::file_size(lost.path) == size);
    const auto found = old_has_name ? lost.aside : file_with(lost.where.directory(), "displaced");
    REQUIRE(!found.empty());
    CHECK(exchanges(found) == 2);
    CHECK(text(found, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("a lock file that was removed is made anew, so that no second process gets the store") {
    temporary_store where;
    open_store open{where};
    open.lock.tell_address("http://127.0.0.1:8081");
    REQUIRE(open.commit(make_turn({"a", "b"})));
    fs::remove(where.path() + ".lock");
    CHECK(until([&] { return fs::exists(where.path() + ".lock"); }));
    // It is held before it says by whom.
    CHECK(until([&] {
        const auto holder = find_lock_holder(where.path());
        return holder && holder->address == "http://127.0.0.1:8081";
    }));
    CHECK_THROWS_WITH(store_lock{where.options()}, Contains("is in use by process"));
}

}  // namespace tapes::store::write_place_test
