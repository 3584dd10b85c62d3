#include "support.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>

namespace tapes::store::file_lock_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

std::string why(const open_options& options) {
    try {
        store_lock lock{options};
        return "";
    } catch (const open_error& error) {
        return error.what();
    }
}

unsigned mode_of(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 ? about.st_mode & 0777 : 0;
}

std::set<std::string> names_in(const std::string& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        names.insert(entry.path().filename().string());
    }
    return names;
}

std::string bytes_of(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void sql(const std::string& path, const std::string& text) {
    connection db{path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    db.exec(text);
}

}  // namespace

TEST_CASE("a new store has our application id, schema version and one redaction key for good") {
    temporary_store where;
    std::string key;
    {
        store_lock lock{where.options()};
        key = lock.redaction_key();
        CHECK(key.size() == 32);
    }
    store_lock again{where.options()};
    CHECK(again.redaction_key() == key);
    CHECK(number(where.path(), "PRAGMA application_id") == 0x74617065);
    CHECK(number(where.path(), "PRAGMA user_version") == 7);
    CHECK(text(where.path(), "PRAGMA journal_mode") == "wal");
}

TEST_CASE("files of a store are for their owner alone, whatever the umask") {
    temporary_store where;
    const auto before = ::umask(0);
    const auto directory = where.directory() + "/a/b";
    {
        store_lock lock{{directory + "/t.sqlite", synchronous::normal}};
        tapes::capture::ledger account;
        writer out{lock, account, {}};
        out.save_note("a", "b");
        test_lane lane;
        auto turn = make_turn({"q", "a"});
        turn->exchange->waiter = std::make_shared<test_receipt>(lane);
        account.accept();
        out.submit(one(std::move(turn)));
        REQUIRE(lane.wait_for(1));
        CHECK(mode_of(where.directory() + "/a") == 0700);
        CHECK(mode_of(directory) == 0700);
        for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
            CHECK(mode_of(directory + "/t.sqlite" + suffix) == 0600);
        }
    }
    ::umask(before);
}

TEST_CASE("a second process is told the pid of the first, and may go on when that is gone") {
    temporary_store where;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const auto child = ::fork();
    if (child == 0) {
        store_lock lock{where.options()};
        (void)!::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    CHECK(why(where.options()) == "store " + where.path() + " is in use by process " + std::to_string(child));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(why(where.options()).empty());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("a store has one lock, whether it is reached by its name or by links to it") {
    temporary_store where;
    const auto near = where.directory() + "/near.sqlite";
    const auto far = where.directory() + "/far.sqlite";
    std::filesystem::create_symlink("near.sqlite", far);
    std::filesystem::create_symlink(where.path(), near);
    const store_lock lock{{far, synchronous::normal}};  // makes what it leads to
    CHECK(std::filesystem::exists(where.path() + ".lock"));
    for (const auto& name : {where.path(), near, far}) {
        CHECK_THAT(why({name, synchronous::normal}), Contains("is in use by process"));
        CHECK(find_lock_holder(name));
    }
}

TEST_CASE("a file that is not ours is refused in one line and left as it is") {
    temporary_store where;
    const auto path = where.path();
    SECTION("no SQLite file") {
        std::ofstream{path} << "this is a text of more than sixteen bytes";
        CHECK_THAT(why(where.options()), Contains(path + " is not an SQLite file"));
    }
    SECTION("a short file") {
        std::ofstream{path} << "abc";
        CHECK_THAT(why(where.options()), Contains("is not an SQLite file"));
    }
    SECTION("another program's") {
        sql(path, "CREATE TABLE t(x)");
        CHECK_THAT(why(where.options()), Contains("another program"));
        CHECK(number(path, "SELECT count(*) FROM sqlite_master") == 1);
    }
    SECTION("another program's application id") {
        sql(path, "PRAGMA application_id = 7; PRAGMA user_version = 2");
        CHECK_THAT(why(where.options()), Contains("another program"));
    }
    SECTION("the reference's") {
        sql(path, "CREATE TABLE nodes(hash TEXT PRIMARY KEY, bucket TEXT)");
        CHECK_THAT(why(where.options()), Contains("`tapes import " + path + "`"));
    }
    SECTION("a newer version's") {
        { store_lock lock{where.options()}; }
        sql(path, "PRAGMA user_version = 99");
        CHECK_THAT(why(where.options()), Contains("schema version 99"));
    }
    SECTION("another program's, with a WAL") {
        const auto was = std::make_unique<connection>(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        was->exec("PRAGMA journal_mode = WAL; CREATE TABLE t(x); PRAGMA wal_checkpoint");
        was->exec("INSERT INTO t VALUES(1)");
        // As a process leaves it that was killed.
        const auto copy = where.directory() + "/killed";
        std::filesystem::copy_file(path, copy);
        std::filesystem::copy_file(path + "-wal", copy + "-wal");
        CHECK_THAT(why({copy, synchronous::normal}), Contains("another program"));
        CHECK(std::filesystem::file_size(copy + "-wal") > 0);
        CHECK(names_in(where.directory()) == std::set<std::string>{"killed", "killed-wal", "tapes.sqlite",
                                                                   "tapes.sqlite-shm", "tapes.sqlite-wal"});
    }
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    const auto names = names_in(where.directory());
    const auto bytes = bytes_of(path);
    CHECK(why(where.options()).find('\n') == std::string::npos);
    CHECK(mode_of(path) == 0644);
    CHECK(names_in(where.directory()) == names);
    CHECK(bytes_of(path) == bytes);
    std::ofstream{path + ".lock"} << "somebody else's";
    CHECK_FALSE(why(where.options()).empty());
    CHECK(bytes_of(path + ".lock") == "somebody else's");
}

TEST_CASE("a directory that cannot be written is named with the reason") {
    temporary_store where;
    std::ofstream{where.directory() + "/file"} << "x";
    const auto message = why({where.directory() + "/file/sub/t.sqlite", synchronous::normal});
    CHECK_THAT(message, Contains(where.directory() + "/file"));
    CHECK_THAT(message, Contains("Not a directory"));

    const auto child = ::fork();
    if (child == 0) {
        // Root may write anywhere.
        const bool plain = ::getuid() != 0 || ::setuid(65534) == 0;
        const auto said = why({"/tapes.sqlite", synchronous::normal});
        ::_exit(plain && said.find("Permission denied") != std::string::npos ? 0 : 1);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
}

TEST_CASE("a file that is no lock of ours is not overwritten, however it came to the lock's name") {
    temporary_store where;
    const auto lock = where.path() + ".lock";
    const auto victim = where.directory() + "/victim";
    const auto content =
        GENERATE(as<std::string>{}, "", "precious", "12\nprecious\n", "12\nhttp://x\nmore\n");
    std::ofstream{victim} << content;
    SECTION("a symbolic link") {
        std::filesystem::create_symlink(victim, lock);
        CHECK_THAT(why(where.options()), Contains(lock) && Contains("symbolic link"));
        CHECK(!find_lock_holder(where.path()));
    }
    SECTION("a link that leads nowhere") {
        std::filesystem::create_symlink(where.directory() + "/none", lock);
        CHECK_THAT(why(where.options()), Contains("symbolic link"));
        CHECK(!std::filesystem::exists(where.directory() + "/none"));
    }
    SECTION("a hard link") {
        std::filesystem::create_hard_link(victim, lock);
        CHECK_THAT(why(where.options()), Contains(lock) && Contains("hard links"));
    }
    SECTION("a file of its own") {
        std::filesystem::copy_file(victim, lock);
        if (content.empty()) {
            CHECK(why(where.options()).empty());
        } else {
            CHECK_THAT(why(where.options()), Contains(lock) && Contains("tapes has not written"));
            CHECK(bytes_of(lock) == content);
        }
    }
    SECTION("a pipe") {
        REQUIRE(::mkfifo(lock.c_str(), 0600) == 0);
        CHECK_THAT(why(where.options()), Contains("no regular file"));
    }
    SECTION("a directory") {
        std::filesystem::create_directory(lock);
        CHECK_THAT(why(where.options()), Contains(lock));
    }
    CHECK(bytes_of(victim) == content);
}

TEST_CASE("a lock file that a killed process has left is taken") {
    temporary_store where;
    std::ofstream{where.path() + ".lock"}
        << GENERATE("4711\n", "4711\nhttp://127.0.0.1:8081\n", "4711\nhttps://[::1]:8081\n");
    CHECK(why(where.options()).empty());
}

}  // namespace tapes::store::file_lock_test
