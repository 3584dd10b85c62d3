#include "client.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tapes::api::reader_threads_test {

using namespace tapes;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using namespace std::chrono_literals;

namespace {

using answering = std::function<api::response()>;

/// A server with a route that reads, and one that does so briefly.
struct reading_server {
    reading_server(api::admin_options options, answering read, answering briefly = {})
        : figures{account, {"openai_chat"}},
          server{std::move(options), figures, table(std::move(read), std::move(briefly))} {}

    static api::route_table table(answering read, answering briefly) {
        api::route entry{"GET", "/read", {}};
        entry.read = [read = std::move(read)](const api::request&, api::record&) { return read(); };
        api::route brief{"GET", "/brief", {}};
        brief.read = [read = std::move(briefly)](const api::request&, api::record&) { return read(); };
        brief.brief = true;
        api::route_table made;
        made.add(std::move(entry));
        made.add(std::move(brief));
        return made;
    }

    std::string ask(const std::string& path = "/read") const {
        raw_client client{server.port()};
        client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
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

TEST_CASE("however many long requests wait, a brief one is answered") {
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<bool> go_on{true};
    const answering long_one = [&] {
        const int now = ++running;
        for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
        }
        while (go_on) {
            text::count_work(1);
        }
        --running;
        return api::response{200, "long"};
    };
    api::admin_options options;
    options.max_reading = 12;
    const reading_server here{options, long_one, [] { return api::response{200, "brief"}; }};
    std::vector<std::future<std::string>> waiting;
    for (std::size_t i = 0; i < options.max_reading; ++i) {
        waiting.push_back(std::async(std::launch::async, [&] { return here.ask(); }));
    }
    while (running < 3) {
        std::this_thread::yield();
    }
    for (int i = 0; i < 10; ++i) {
        CHECK_THAT(here.ask("/brief"), StartsWith("HTTP/1.1 200") && EndsWith("brief"));
    }
    go_on = false;
    for (auto& one : waiting) {
        CHECK_THAT(one.get(), StartsWith("HTTP/1.1 200") && EndsWith("long"));
    }
    CHECK(most == 3);
}

TEST_CASE("a brief request that takes long goes on among those that may") {
    std::atomic<int> begun{0};
    api::admin_options options;
    options.brief_read_time = 50ms;
    const reading_server here{options,
                              [] {
                                  return api::response{200, "read"};
                              },
                              [&] {
                                  return ++begun == 1 ? count_for_ever() : api::response{200, "done"};
                              }};
    CHECK_THAT(here.ask("/brief"), StartsWith("HTTP/1.1 200") && EndsWith("done"));
    CHECK(begun == 2);
    options.read_timeout = 200ms;
    const reading_server slow{options, count_for_ever, count_for_ever};
    CHECK_THAT(slow.ask("/brief"), StartsWith("HTTP/1.1 503") && Contains("took too long"));
}

TEST_CASE("a stop ends what waits for a reader") {
    std::atomic<bool> begun{false};
    reading_server here{{}, [&] {
                            begun = true;
                            return count_for_ever();
                        }};
    std::vector<std::unique_ptr<raw_client>> waiting;
    for (int i = 0; i < 8; ++i) {
        waiting.push_back(std::make_unique<raw_client>(here.server.port()));
        waiting.back()->send("GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
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

namespace {

/// A body of so many bytes, of which no piece may be read before the one before has been taken.
struct counted_body : api::long_body {
    counted_body(std::uint64_t size, std::atomic<std::uint64_t>& reads) : left_{size}, reads_{reads} {}

    std::uint64_t left() const override { return left_; }
    void read(api::record&, std::string& to, std::size_t most) override {
        ++reads_;
        if (breaks_at_ == left_) {
            throw std::runtime_error{"it is gone"};
        }
        const auto count = std::min<std::uint64_t>(most, left_);
        to.append(static_cast<std::size_t>(count), 'x');
        left_ -= count;
    }

    std::uint64_t breaks_at_ = 0;

private:
    std::uint64_t left_;
    std::atomic<std::uint64_t>& reads_;
};

}  // namespace

TEST_CASE("a long body is read while it is written, no faster than its client takes it") {
    constexpr std::uint64_t size = std::uint64_t{64} << 20;
    std::atomic<std::uint64_t> reads{0};
    api::admin_options options;
    options.max_writing_bytes = 2 * api::long_body_memory;
    const reading_server here{options, [&] {
                                  api::response made{200, "first"};
                                  made.rest = std::make_shared<counted_body>(size, reads);
                                  return made;
                              }};
    raw_client slow{here.server.port()};
    slow.send("GET /read HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    slow.take_some();
    for (int i = 0; i < 3; ++i) {
        raw_client head{here.server.port()};
        head.send("HEAD /read HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        CHECK_THAT(head.read_to_end(), Contains("Content-Length: " + std::to_string(size + 5)));
    }
    raw_client other{here.server.port()};
    other.send("GET /read HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    other.take_some();
    CHECK_THAT(here.ask(), StartsWith("HTTP/1.1 503") && Contains("too much is being written"));
    CHECK(other.read_to_end().size() > size);
    CHECK(reads < 3 * size / api::long_body_piece / 2);
    CHECK(slow.read_to_end().size() > size);
    CHECK(reads == 2 * size / api::long_body_piece);
}

TEST_CASE("an answer whose body cannot be read on breaks off, and the connection ends") {
    std::atomic<std::uint64_t> reads{0};
    const reading_server here{{}, [&] {
                                  auto body = std::make_shared<counted_body>(1 << 20, reads);
                                  body->breaks_at_ = 1 << 19;
                                  api::response made{200, "first"};
                                  made.rest = std::move(body);
                                  return made;
                              }};
    raw_client client{here.server.port()};
    client.send("GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto seen = client.read_to_end();
    CHECK_THAT(seen, Contains("Content-Length: 1048581"));
    CHECK(seen.size() < (1 << 20));
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
