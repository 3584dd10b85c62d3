#include "catalogue_support.hpp"
#include "file/lock.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>
#include <memory>

namespace tapes::catalogue::test {
namespace file_test {

namespace {

namespace fs = std::filesystem;

const said helper{"system", "You help."};

void record_some(open_store& store) {
    recorder to{store};
    for (int i = 0; i < 20; ++i) {
        const auto name = "s" + std::to_string(i % 5);
        REQUIRE(to.record(name, {helper, {"user", "Question " + std::to_string(i)}, {"assistant", "Fine"}}));
    }
}

/// Writes `bytes` into the middle of a file.
void overwrite(const std::string& path, std::streamoff at, const std::string& bytes) {
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(at);
    file << bytes;
}

void run(const std::string& path, const std::string& sql) {
    sqlite::connection db{path, SQLITE_OPEN_READWRITE};
    db.exec(sql);
}

}  // namespace

TEST_CASE("a catalogue that cannot be used is made anew, and nobody notices") {
    struct row {
        const char* name;
        std::function<void(const std::string&)> spoil;
    };
    const auto one = GENERATE_COPY(
        row{"removed", [](const std::string& path) { fs::remove(path); }},
        row{"empty", [](const std::string& path) { fs::resize_file(path, 0); }},
        row{"cut off", [](const std::string& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
        row{"cut off within a page", [](const std::string& path) { fs::resize_file(path, 5000); }},
        row{"no database", [](const std::string& path) { std::ofstream{path} << "something else"; }},
        row{"a flipped head", [](const std::string& path) { overwrite(path, 3, "x"); }},
        row{"a flipped schema", [](const std::string& path) { overwrite(path, 100, std::string(64, 'x')); }},
        row{"flipped pages",
            [](const std::string& path) {
                for (std::streamoff at = 8192; at < static_cast<std::streamoff>(fs::file_size(path));
                     at += 8192) {
                    overwrite(path, at, std::string(16, '\xff'));
                }
            }},
        row{"another program's", [](const std::string& path) { run(path, "PRAGMA application_id = 5"); }},
        row{"of a newer tapes", [](const std::string& path) { run(path, "PRAGMA user_version = 1000"); }},
        row{"of another store",
            [](const std::string& path) { run(path, "UPDATE state SET value = 'x' WHERE name = 'store'"); }},
        row{"of a store that was put back",
            [](const std::string& path) { run(path, "UPDATE state SET value = 1 WHERE name = 'at'"); }},
        row{"ahead of its store",
            [](const std::string& path) { run(path, "UPDATE state SET value = 1000 WHERE name = 'seq'"); }},
        row{"being written when the machine stopped",
            [](const std::string& path) {
                run(path, "UPDATE session SET title = ''");
                run(path, "UPDATE state SET value = 'another' WHERE name = 'boot'");
            }},
        row{"a link to somebody's file", [](const std::string& path) {
                fs::remove(path);
                std::ofstream{path + ".other"} << "precious";
                fs::create_symlink(path + ".other", path);
            }});
    CAPTURE(one.name);
    const store::test::temporary_store where;
    open_store store{where};
    record_some(store);
    bring_up(where.path());
    const auto path = path_of(where.path());
    const auto right = dump(path);
    for (const auto* const end : {"-wal", "-shm"}) {
        fs::remove(path + end);
    }
    one.spoil(path);
    bring_up(where.path());
    CHECK(dump(path) == right);
    struct stat about {};
    REQUIRE(::lstat(path.c_str(), &about) == 0);
    CHECK(S_ISREG(about.st_mode));
    CHECK((about.st_mode & 0777) == 0600);
    if (fs::exists(path + ".other")) {
        std::string precious;
        std::ifstream{path + ".other"} >> precious;
        CHECK(precious == "precious");
    }
}

TEST_CASE("damage that is found on the way has the catalogue made anew") {
    const store::test::temporary_store where;
    open_store store{where};
    record_some(store);
    bring_up(where.path());
    const auto path = path_of(where.path());
    run(path, "DROP TABLE leaf; CREATE TABLE leaf(thread INTEGER)");
    recorder to{store};
    REQUIRE(to.record("s9", {helper, {"user", "One more"}, {"assistant", "Fine"}}));
    bring_up(where.path());
    const auto brought_up = dump(path);
    fs::remove(path);
    bring_up(where.path());
    CHECK(dump(path) == brought_up);
}

TEST_CASE("of two that bring a catalogue up to date, one waits for the other") {
    const store::test::temporary_store where;
    open_store store{where};
    record_some(store);
    const auto path = path_of(where.path());
    auto lock = file_lock::take(path);
    REQUIRE(lock);
    CHECK_FALSE(file_lock::take(path));
    int looks = 0;
    catch_up({where.path(), true}, [&](const progress& now) {
        CHECK(now.done == (looks < 2 ? 0 : 20));
        CHECK(now.last == 20);
        if (++looks == 2) {
            lock.reset();
        }
        return true;
    });
    CHECK(reader{path}.seq() == 20);
}

TEST_CASE("a catalogue of a store in a directory that cannot be written is in the cache directory") {
    if (::geteuid() == 0) {
        return;  // may write everywhere
    }
    const store::test::temporary_store where;
    {
        open_store store{where};
        record_some(store);
        store.out.stop(store::test::soon());
    }
    const store::test::temporary_store cache;
    REQUIRE(::setenv("XDG_CACHE_HOME", cache.directory().c_str(), 1) == 0);
    fs::permissions(where.directory(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto path = path_of(where.path());
    CHECK(path.starts_with(cache.directory() + "/tapes/"));
    bring_up(where.path());
    CHECK(reader{path}.seq() == 20);
    fs::permissions(where.directory(), fs::perms::owner_all);
    ::unsetenv("XDG_CACHE_HOME");
}

TEST_CASE("a reader follows to a catalogue that is made anew") {
    const store::test::temporary_store where;
    open_store store{where};
    record_some(store);
    bring_up(where.path());
    const auto path = path_of(where.path());
    reader from{path};
    CHECK(from.sessions({}, 100).size() == 5);
    fs::remove(path);
    recorder to{store};
    REQUIRE(to.record("s9", {helper, {"user", "One more"}, {"assistant", "Fine"}}));
    bring_up(where.path());
    CHECK(from.sessions({}, 100).size() == 6);
}

TEST_CASE("a reader waits for a catalogue that is being made, for a moment") {
    const store::test::temporary_store where;
    open_store store{where};
    record_some(store);
    const auto path = path_of(where.path());
    std::ofstream{path}.close();
    auto opening = std::async(std::launch::async, [&] { return std::make_unique<reader>(path); });
    CHECK(opening.wait_for(std::chrono::milliseconds{50}) == std::future_status::timeout);
    bring_up(where.path());
    CHECK(opening.get()->sessions({}, 100).size() == 5);
    fs::remove(path);
    std::ofstream{path}.close();
    CHECK_THROWS_WITH(reader{path}, Catch::Contains("is none of this version"));
    fs::remove(path);
    CHECK_THROWS_WITH(reader{path}, Catch::Contains("does not exist"));
}

TEST_CASE("the text index comes and goes with its option, and nothing else changes") {
    const store::test::temporary_store where;
    open_store store{where};
    record_some(store);
    bring_up(where.path());
    const auto path = path_of(where.path());
    const auto without_state = [&] {
        const auto all = dump(path);
        return all.substr(0, all.find("-- state")) + all.substr(all.find("-- string"));
    };
    const auto tables = [&] {
        return store::test::number(path, "SELECT count(*) FROM sqlite_master WHERE name GLOB 'text_*'");
    };
    const auto right = without_state();
    CHECK(tables() > 0);
    catch_up({where.path(), false}, [](const progress&) { return true; });
    CHECK(tables() == 0);
    CHECK(without_state() == right);
    bring_up(where.path());
    CHECK(tables() > 0);
    CHECK(without_state() == right);
}

}  // namespace file_test
}  // namespace tapes::catalogue::test
