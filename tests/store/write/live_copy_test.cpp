#include "file/partial_lock.hpp"
#include "support.hpp"

#include <tapes/store/backup.hpp>
#include <tapes/store/live_copy.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tapes::store::live_copy_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

/// A file as `tapes backup` makes one.
class own_file {
public:
    explicit own_file(std::string path, mode_t mode = 0600)
        : path_{std::move(path)}, file_{::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, mode)} {
        REQUIRE(file_ >= 0);
        REQUIRE(take_partial_lock(file_));
    }
    ~own_file() { unlock(); }
    own_file(const own_file&) = delete;
    own_file& operator=(const own_file&) = delete;

    void unlock() {
        if (file_ >= 0) {
            ::close(std::exchange(file_, -1));
        }
    }
    int file() const { return file_; }
    copy_target target() const {
        struct stat about {};
        REQUIRE(::stat(path_.c_str(), &about) == 0);
        return {path_, about.st_dev, about.st_ino};
    }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    int file_;
};

struct place {
    temporary_store where;
    open_store store{where};

    void tell(int turns, const std::string& text) {
        for (int i = 0; i < turns; ++i) {
            REQUIRE(store.commit(make_turn({text + std::to_string(i), "answer"})));
        }
    }
    std::string beside(const std::string& name) const { return where.directory() + "/" + name; }
};

std::uint64_t wrong_at(const std::string& path) {
    findings wrong;
    verify({path, 1, {}}, wrong);
    return wrong.count();
}

/// Makes the copies of a store, and has something done between their steps.
class through_writer final : public copy_maker {
public:
    through_writer(writer& of, std::function<void()> between) : of_{of}, between_{std::move(between)} {}
    bool begin(const copy_target& to) override {
        id_ = begin_copy(of_, to);
        return true;
    }
    copy_progress step(std::uint64_t pages) override {
        auto made = step_copy(of_, id_, pages);
        copied_ += made.copied;
        between_();
        return made;
    }
    std::uint64_t copied() const { return copied_; }

private:
    writer& of_;
    std::function<void()> between_;
    std::uint64_t copied_ = 0;
    std::string id_;
};

}  // namespace

TEST_CASE("a copy that the writer makes has what was written meanwhile, and its log starts over") {
    place here;
    here.tell(300, std::string(20'000, 'x'));
    int told = 0;
    through_writer maker{here.store.out, [&] { here.tell(3, "meanwhile " + std::to_string(++told) + " "); }};
    backup_options options{here.where.path(), here.beside("copy")};
    options.maker = &maker;
    options.check = [](const std::string& path) { CHECK(wrong_at(path) == 0); };
    const auto before = here.store.out.last_seq();
    const auto made = back_up(options);
    CHECK(told > 3);
    CHECK(made.last_seq == before + static_cast<std::uint64_t>(told - 1) * 3);
    CHECK(made.bytes == fs::file_size(options.to));
    CHECK(number(options.to, "SELECT count(*) FROM exchange") == static_cast<std::int64_t>(made.last_seq));
    const auto page = static_cast<std::uint64_t>(number(options.to, "PRAGMA page_size"));
    CHECK(maker.copied() * page < made.bytes + made.bytes / 10);  // it never began anew
}

TEST_CASE("a copy ends although more is recorded between its steps than a step copies") {
    place here;
    here.tell(100, std::string(20'000, 'x'));
    int told = 0;
    through_writer maker{here.store.out, [&] {
                             REQUIRE(++told < 100);
                             here.tell(1, "meanwhile " + std::string(3'000'000, 'x'));
                         }};
    backup_options options{here.where.path(), here.beside("copy")};
    options.maker = &maker;
    options.check = [](const std::string& path) { CHECK(wrong_at(path) == 0); };
    const auto made = back_up(options);
    CHECK(told > 2);
    CHECK(made.last_seq == here.store.out.last_seq() - 1);  // the turn behind the last step
}

TEST_CASE("a copy ends although another thread records without a pause") {
    place here;
    here.tell(200, std::string(20'000, 'x'));
    std::atomic<bool> over{false};
    std::atomic<int> told{0};
    std::thread recorder{[&] {
        for (int i = 0; !over; ++i) {
            std::vector<std::unique_ptr<entry>> some;
            for (int n = 0; n < 8; ++n) {
                const auto name = std::to_string(i) + "/" + std::to_string(n);
                some.push_back(make_turn({name + std::string(200'000, 'x'), "answer"}));
            }
            here.store.submit(std::move(some));
            while (!over && here.store.out.last_seq() < 200U + static_cast<unsigned>(i) * 8U) {
                std::this_thread::yield();
            }
            told += 8;
        }
    }};
    through_writer maker{here.store.out, [] {}};
    backup_options options{here.where.path(), here.beside("copy")};
    options.maker = &maker;
    options.bytes_per_second = 4'000'000;
    options.check = [](const std::string& path) { CHECK(wrong_at(path) == 0); };
    const auto made = back_up(options);
    over = true;
    recorder.join();
    CHECK(told > 0);
    CHECK(made.last_seq > 200);
}

TEST_CASE("a copy goes on through an entry that is undone") {
    place here;
    here.tell(100, std::string(20'000, 'x'));
    own_file to{here.beside("b.partial")};
    const auto id = begin_copy(here.store.out, to.target());
    CHECK(!step_copy(here.store.out, id, 20).whole);
    auto twice = make_turn({"twice", "answer"});
    auto again = make_turn({"again", "answer"});
    again->exchange->id = twice->exchange->id;
    here.store.commit(std::move(twice));
    here.store.commit(std::move(again));
    while (!step_copy(here.store.out, id, 20).whole) {
    }
    CHECK(wrong_at(to.path()) == 0);
    CHECK(number(to.path(), "SELECT max(seq) FROM log") ==
          static_cast<std::int64_t>(here.store.out.last_seq()));
}

TEST_CASE("a file that no backup has just made is not written to") {
    place here;
    struct row {
        const char* name;
        const char* why;
        std::function<void(own_file&, copy_target&)> change;
    };
    const std::vector<row> rows{
        {"other.sqlite", "none that a backup has made", [](own_file&, copy_target&) {}},
        {"inode.partial", "another file is there", [](own_file&, copy_target& to) { ++to.inode; }},
        {"device.partial", "another file is there", [](own_file&, copy_target& to) { ++to.device; }},
        {"full.partial", "must be empty",
         [](own_file& file, copy_target&) { REQUIRE(::write(file.file(), "x", 1) == 1); }},
        {"open.partial", "must be empty, of mode 0600",
         [](own_file& file, copy_target&) { REQUIRE(::fchmod(file.file(), 0644) == 0); }},
        {"named.partial", "have one name",
         [](own_file& file, copy_target&) {
             REQUIRE(::link(file.path().c_str(), (file.path() + ".too").c_str()) == 0);
         }},
        {"free.partial", "nobody has it locked", [](own_file& file, copy_target&) { file.unlock(); }},
        {"gone.partial", "No such file",
         [](own_file& file, copy_target&) { REQUIRE(::unlink(file.path().c_str()) == 0); }},
        {"linked.partial", "symbolic link",
         [](own_file& file, copy_target& to) {
             to.path = file.path() + "-link.partial";
             REQUIRE(::symlink(file.path().c_str(), to.path.c_str()) == 0);
         }},
        {"relative.partial", "No such file",
         [](own_file&, copy_target& to) { to.path = "relative.partial"; }},
    };
    for (const auto& one : rows) {
        INFO(one.name);
        own_file file{here.beside(one.name)};
        auto to = file.target();
        one.change(file, to);
        const auto size = file.file() >= 0 ? ::lseek(file.file(), 0, SEEK_END) : 0;
        CHECK_THROWS_WITH(begin_copy(here.store.out, to), Contains(one.why));
        CHECK((file.file() < 0 || ::lseek(file.file(), 0, SEEK_END) == size));
    }
}

TEST_CASE("a copy that nobody waits for is dropped, and others go on") {
    place here;
    here.tell(50, std::string(20'000, 'x'));
    std::vector<std::unique_ptr<own_file>> files;
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
        files.push_back(std::make_unique<own_file>(here.beside(std::to_string(i) + ".partial")));
        ids.push_back(begin_copy(here.store.out, files.back()->target()));
        CHECK(!step_copy(here.store.out, ids.back(), 1).whole);
    }
    const own_file fifth{here.beside("fifth.partial")};
    CHECK_THROWS_WITH(begin_copy(here.store.out, fifth.target()), Contains("four backups"));
    files[0]->unlock();
    const auto later = begin_copy(here.store.out, fifth.target());
    CHECK_THROWS_AS(step_copy(here.store.out, ids[0], 1), copy_refusal);
    CHECK(end_copy(here.store.out, ids[1]));
    CHECK(!end_copy(here.store.out, ids[1]));
    CHECK(!step_copy(here.store.out, later, 1).whole);
    while (!step_copy(here.store.out, ids[2], 1000).whole) {
    }
    CHECK(wrong_at(files[2]->path()) == 0);
    CHECK_THROWS_AS(step_copy(here.store.out, ids[2], 1), copy_refusal);
}

TEST_CASE("a writer that stops has no copies") {
    place here;
    here.tell(20, std::string(20'000, 'x'));
    const own_file file{here.beside("b.partial")};
    const auto id = begin_copy(here.store.out, file.target());
    CHECK(!step_copy(here.store.out, id, 1).whole);
    here.store.out.stop(soon());
    CHECK_THROWS_WITH(step_copy(here.store.out, id, 1), Contains("closed"));
    CHECK_THROWS_WITH(begin_copy(here.store.out, file.target()), Contains("closed"));
    CHECK(wrong_at(here.where.path()) == 0);
}

}  // namespace tapes::store::live_copy_test
