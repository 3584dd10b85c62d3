#include "daemon/daemon.hpp"

#include "process/signals.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace tapes::app::daemon_test {

namespace {

namespace asio = boost::asio;

/// A directory that is gone at the end of the test, and settings that write nowhere else.
struct workplace {
    workplace() {
        directory = (std::filesystem::temp_directory_path() / "tapes-app-XXXXXX").string();
        if (::mkdtemp(directory.data()) == nullptr) {
            throw std::runtime_error{"no temporary directory"};
        }
        settings.proxy.listen = {"127.0.0.1", 0, true};
        settings.proxy.upstream = "mock";
        settings.admin.listen.configured = false;
        settings.storage.sqlite_path = directory + "/tapes.sqlite";
    }
    ~workplace() {
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    }
    workplace(const workplace&) = delete;
    workplace& operator=(const workplace&) = delete;

    std::string directory;
    config::settings settings;
};

}  // namespace

TEST_CASE("a proxy starts, stops in order and leaves its store to the next one") {
    const stop_signals signals;
    const workplace here;
    for (int i = 0; i < 2; ++i) {
        daemon running{here.settings};
        CHECK_THROWS_WITH((daemon{here.settings}), Catch::Contains(std::to_string(::getpid())));
        running.stop(signals);
    }
    const auto rights = std::filesystem::status(here.settings.storage.sqlite_path).permissions();
    CHECK((rights & std::filesystem::perms::all) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a proxy that is not stopped ends all the same") {
    const stop_signals signals;
    const workplace here;
    const daemon running{here.settings};
    SUCCEED();
}

TEST_CASE("a proxy that cannot start says why and leaves nothing behind that holds its store") {
    const stop_signals signals;
    workplace here;
    asio::io_context context;
    const asio::ip::tcp::acceptor taken{context, {asio::ip::address_v4::loopback(), 0}};
    here.settings.proxy.listen.port = taken.local_endpoint().port();
    CHECK_THROWS_WITH((daemon{here.settings}), Catch::Contains("cannot listen on 127.0.0.1:"));
    here.settings.proxy.listen.port = 0;
    daemon running{here.settings};
    running.stop(signals);
}

}  // namespace tapes::app::daemon_test
