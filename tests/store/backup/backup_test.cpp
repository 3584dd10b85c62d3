#include "support.hpp"

#include <tapes/store/backup.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tapes::store::backup_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

/// A store with a writer.
class told_writer {
public:
    void tell(int turns, const std::string& text = "turn ") {
        for (int i = 0; i < turns; ++i) {
            const auto before = out_.last_seq();
            account_.accept();
            out_.submit(one(make_turn({text + std::to_string(++told_), "answer"})));
            while (out_.wait_past(before, 20s) == before) {
            }
        }
    }
    std::uint64_t last() const { return out_.last_seq(); }
    void end() { out_.stop(soon()); }
    std::string path() const { return where_.path(); }
    std::string beside(const std::string& name) const { return where_.directory() + "/" + name; }

private:
    temporary_store where_;
    store_lock lock_{where_.options()};
    capture::ledger account_;
    writer out_{lock_, account_, {}};
    int told_ = 0;
};

std::uint64_t wrong_in(const std::string& path) {
    findings wrong;
    verify({path, 1, {}}, wrong);
    return wrong.count();
}

}  // namespace

TEST_CASE("a copy is the store as it was when it began, whatever is written meanwhile") {
    told_writer here;
    here.tell(200, std::string(20'000, 'x'));
    const auto to = here.beside("copy");
    const auto before = here.last();
    bool checked = false;
    backup_options options{here.path(), to};
    options.on_progress = [&](std::string_view, std::uint64_t, std::uint64_t) { here.tell(1, "meanwhile "); };
    options.check = [&](const std::string& path) {
        checked = true;
        CHECK(path == to + ".partial");
        CHECK(!fs::exists(to));
        CHECK(wrong_in(path) == 0);
    };
    const auto made = back_up(options);
    CHECK(checked);
    CHECK(here.last() > before);
    CHECK(made.last_seq == before);
    CHECK(made.bytes == fs::file_size(to));
    CHECK(made.log_bytes > 0);
    struct stat about {};
    REQUIRE(::stat(to.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    CHECK(!fs::exists(to + ".partial"));
    CHECK(!fs::exists(to + ".partial-wal"));
    CHECK(!fs::exists(to + "-wal"));
    CHECK(wrong_in(to) == 0);
}

TEST_CASE("a copy that lets the log grow too large is given up, and leaves nothing") {
    told_writer here;
    here.tell(100, std::string(20'000, 'x'));
    backup_options options{here.path(), here.beside("copy")};
    options.on_progress = [&](std::string_view, std::uint64_t, std::uint64_t) {
        here.tell(2, std::string(200'000, 'y'));
    };
    options.most_log_bytes = 1;
    CHECK_THROWS_WITH(back_up(options), Contains("its log has grown"));
    CHECK(!fs::exists(here.beside("copy")));
    CHECK(!fs::exists(here.beside("copy.partial")));
}

TEST_CASE("a copy that is refused when it is checked gets no name") {
    told_writer here;
    here.tell(3);
    backup_options options{here.path(), here.beside("copy")};
    options.check = [](const std::string&) { throw std::runtime_error{"not sound"}; };
    CHECK_THROWS_WITH(back_up(options), Contains("not sound"));
    CHECK(!fs::exists(here.beside("copy")));
    CHECK(!fs::exists(here.beside("copy.partial")));
}

TEST_CASE("what a killed copy has left is taken over, what others have put there is not") {
    told_writer here;
    here.tell(3);
    const auto to = here.beside("copy");
    std::ofstream{to + ".partial"} << std::string(1'000'000, 'z');
    std::ofstream{to + ".partial-wal"} << "left over";
    CHECK(back_up({here.path(), to}).last_seq == here.last());
    CHECK(wrong_in(to) == 0);
    fs::create_symlink(here.beside("elsewhere"), here.beside("other.partial"));
    CHECK_THROWS_WITH(back_up({here.path(), here.beside("other")}), Contains("symbolic link"));
    std::ofstream{here.beside("mine")} << "mine";
    fs::create_hard_link(here.beside("mine"), here.beside("third.partial"));
    CHECK_THROWS_WITH(back_up({here.path(), here.beside("third")}), Contains("hard links"));
    CHECK(fs::file_size(here.beside("mine")) == 4);
}

TEST_CASE("a store is moved aside with what stands in its log, also where nobody can read it") {
    told_writer here;
    here.tell(5);
    here.end();
    const auto backup = here.beside("backup");
    (void)back_up({here.path(), backup});
    temporary_store place;
    for (const bool broken : {false, true}) {
        const auto path = place.directory() + (broken ? "/broken" : "/sound");
        if (broken) {
            std::ofstream{path} << "no store at all, but somebody's";
            std::ofstream{path + "-wal"} << "and its log";
        } else {
            CHECK(restore({backup, path}).moved_to.empty());
        }
        CHECK_THROWS_WITH(restore({backup, path}), Contains("is there already"));
        const auto report = restore({backup, path, true});
        REQUIRE(!report.moved_to.empty());
        CHECK(report.restored.last_seq == 5);
        CHECK(wrong_in(path) == 0);
        CHECK(fs::exists(report.moved_to));
        CHECK(fs::exists(report.moved_to + "-wal") == broken);
        CHECK(!fs::exists(path + ".partial"));
        if (!broken) {
            CHECK(wrong_in(report.moved_to) == 0);
        }
    }
}

TEST_CASE("a store that a process has open for writing is not replaced") {
    told_writer here;
    here.tell(2);
    const auto backup = here.beside("backup");
    (void)back_up({here.path(), backup});
    CHECK_THROWS_WITH(restore({backup, here.path(), true}), Contains("is in use by process"));
    here.tell(1);
    CHECK(wrong_in(here.path()) == 0);
}

}  // namespace tapes::store::backup_test
