#include "client.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <thread>

namespace tapes::api::reader_threads_test {

using namespace tapes;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using namespace std::chrono_literals;

namespace {

/// A server with a route that reads.
struct reading_server {
    reading_server(api::admin_options options, std::function<api::response()> read)
        : figures{account, {"openai_chat"}}, server{std::move(options), figures, table(std::move(read))} {}

    static api::route_table table(std::function<api::response()> read) {
        api::route entry{"GET", "/read", {}};
        entry.read = [read = std::move(read)](const api::request&, api::record&) { return read(); };
        api::route_table made;
        made.add(std::move(entry));
        return made;
    }

    std::string ask() const {
        raw_client client{server.port()};
        client.send("GET /read HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        return client.read_to_end();
    }

    capture::ledger account;
    api::metrics figures;
    api::admin_server server;
};

api::response count_for_ever() {
    while (true) {
        text::count_work(1);
    }
}

api::response swallow() {
    try {
        return count_for_ever();
    } catch (const std::exception&) {
        return {200, "{}\n"};
    }
}

}  // namespace

TEST_CASE("a request that reads for too long is ended, and never half answered") {
    for (auto* const read : {count_for_ever, swallow}) {
        api::admin_options options;
        options.read_timeout = 100ms;
        options.readers = 1;
        const reading_server here{options, read};
        for (int i = 0; i < 2; ++i) {
            CHECK_THAT(here.ask(), StartsWith("HTTP/1.1 503") && Contains("took too long"));
        }
    }
}

TEST_CASE("a stop ends what is read") {
    std::atomic<bool> begun{false};
    reading_server here{{}, [&] {
                            begun = true;
                            return count_for_ever();
                        }};
    raw_client client{here.server.port()};
    client.send("GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (!begun) {
        std::this_thread::yield();
    }
    const auto stopped_at = std::chrono::steady_clock::now();
    here.server.stop();
    CHECK(std::chrono::steady_clock::now() - stopped_at < 10s);
}

TEST_CASE("of large answers only so much is written at a time") {
    const std::size_t size = std::size_t{24} << 20;
    std::atomic<std::size_t> wanted{size};
    api::admin_options options;
    options.max_writing_bytes = size;
    const reading_server here{options, [&] { return api::response{200, std::string(wanted, 'x')}; }};
    raw_client slow{here.server.port()};
    slow.send("GET /read HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    slow.take_some();
    CHECK_THAT(here.ask(), StartsWith("HTTP/1.1 503") && Contains("too much is being written"));
    wanted = 10;
    CHECK_THAT(here.ask(), StartsWith("HTTP/1.1 200") && EndsWith("xxxxxxxxxx"));
    CHECK(slow.read_to_end().size() > size);
    wanted = size;
    CHECK(here.ask().size() > size);
}

TEST_CASE("an answer is written for as long as its client takes of it") {
    const std::size_t size = std::size_t{32} << 20;
    api::admin_options options;
    options.write_timeout = 1s;
    const reading_server here{options, [&] { return api::response{200, std::string(size, 'x')}; }};
    raw_client slow{here.server.port()};
    slow.send("GET /read HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const auto begun_at = std::chrono::steady_clock::now();
    for (std::size_t seen = 0; std::chrono::steady_clock::now() - begun_at < 1500ms; seen += 512 << 10) {
        std::promise<void> pause;
        while (slow.take_some() < seen) {
        }
        CHECK(pause.get_future().wait_for(50ms) == std::future_status::timeout);
    }
    CHECK(slow.read_to_end().size() > size);
}

}  // namespace tapes::api::reader_threads_test
