#include "support.hpp"

#include <tapes/store/exchange_view.hpp>
#include <tapes/store/reading_place.hpp>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string_view>

namespace tapes::store::file_reading_place_test {

using namespace tapes::store;
using namespace tapes::store::test;

namespace {

namespace fs = std::filesystem;

/// Runs in a process of a user that may write nothing. Modes do not stop root.
int as_nobody(const std::function<int()>& work) {
    const auto child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
            ::_exit(99);
        }
        int code = 98;
        try {
            code = work();
        } catch (const std::exception& failure) {
            (void)std::fprintf(stderr, "%s\n", failure.what());
        }
        ::_exit(code);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a store that may be written to is read where it is") {
    temporary_store where;
    {
        open_store store{where};
        REQUIRE(store.commit(make_turn({"a", "b"})));
        CHECK(reading_place{where.path()}.path() == where.path());
    }
    CHECK(reading_place{where.path()}.path() == where.path());
    CHECK_THROWS_AS(reading_place{where.path() + "-none"}, open_error);
}

TEST_CASE("a store in a read-only directory is read with its log, from a copy that is gone at the end") {
    const bool with_log = GENERATE(false, true);
    CAPTURE(with_log);
    temporary_store where;
    const auto kept = where.directory() + "/kept";
    {
        open_store store{where};
        REQUIRE(store.commit(make_turn({"a", "b"})));
        REQUIRE(store.commit(make_turn({"c", "d"})));
        if (with_log) {  // as a killed process leaves it
            fs::create_directory(kept);
            for (const auto* const end : {"", "-wal"}) {
                fs::copy_file(where.path() + end, kept + "/tapes.sqlite" + end);
            }
        }
        store.out.stop(soon());
    }
    if (!with_log) {
        fs::create_directory(kept);
        fs::copy_file(where.path(), kept + "/tapes.sqlite");
    }
    REQUIRE(fs::exists(kept + "/tapes.sqlite-wal") == with_log);
    for (const auto& one : fs::directory_iterator{kept}) {
        ::chmod(one.path().c_str(), 0444);
    }
    ::chmod(kept.c_str(), 0555);
    ::chmod(where.directory().c_str(), 0755);
    const auto code = as_nobody([&] {
        std::string copy;
        int found = 0;
        {
            const reading_place place{kept + "/tapes.sqlite"};
            copy = place.path();
            found = static_cast<int>(exchange_view{copy}.list({}).size());
        }
        return copy == kept + "/tapes.sqlite" ? 97 : fs::exists(copy) ? 96 : found;
    });
    ::chmod(kept.c_str(), 0755);
    CHECK(code == 2);
}

TEST_CASE("where a copy cannot be made, the reason of that is told") {
    temporary_store where;
    {
        open_store store{where};
        REQUIRE(store.commit(make_turn({"a", "b"})));
        store.out.stop(soon());
    }
    ::chmod(where.directory().c_str(), 0777);
    ::chmod(where.path().c_str(), 0666);
    const auto code = as_nobody([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit size{512, 512};
        if (::setrlimit(RLIMIT_FSIZE, &size) != 0) {
            return 95;
        }
        try {
            const reading_place place{where.path()};
            return 94;
        } catch (const open_error& error) {
            const std::string_view told = error.what();
            const bool names_both = told.find("no room for the index of its log") != std::string_view::npos &&
                                    told.ends_with(": File too large");
            (void)std::fprintf(stderr, "%s\n", names_both ? "" : error.what());
            return names_both ? 0 : 93;
        }
    });
    CHECK(code == 0);
}

}  // namespace tapes::store::file_reading_place_test
