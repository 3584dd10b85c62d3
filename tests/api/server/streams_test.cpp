#include "client.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/sync/mutex.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tapes::api::streams_test {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using namespace std::chrono_literals;

namespace {

/// What is told to every stream, from any thread.
struct feed {
    void tell(const std::string& text) {
        std::vector<std::function<void()>> woken;
        const sync::lock_guard guard{mutex};
        waiting += text;
        for (const auto& wake : wakes) {
            wake();
        }
    }

    bool is_taken() {
        const sync::lock_guard guard{mutex};
        return waiting.empty();
    }

    sync::mutex mutex;
    std::string waiting TAPES_GUARDED_BY(mutex);
    std::vector<std::function<void()>> wakes TAPES_GUARDED_BY(mutex);
    std::atomic<bool> end{false};
    std::atomic<bool> at_once{false};  ///< more is pulled than there is room for
    std::atomic<int> open{0};
    std::atomic<int> pulls{0};
};

class fed : public api::stream {
public:
    explicit fed(feed& from) : from_{from} { ++from_.open; }
    ~fed() override {
        const sync::lock_guard guard{from_.mutex};
        from_.wakes.clear();
        --from_.open;
    }
    fed(const fed&) = delete;
    fed& operator=(const fed&) = delete;

    void start(std::function<void()> wake) override {
        const sync::lock_guard guard{from_.mutex};
        from_.wakes.push_back(std::move(wake));
    }
    state pull(std::string& out, std::size_t room) override {
        ++from_.pulls;
        const sync::lock_guard guard{from_.mutex};
        out = from_.waiting.substr(0, from_.at_once ? from_.waiting.size() : room);
        from_.waiting.erase(0, out.size());
        if (finished_) {
            out += "bye";
            return state::ended;
        }
        if (!from_.waiting.empty()) {
            return state::more;
        }
        return from_.end ? state::ended : state::idle;
    }
    void finish() override { finished_ = true; }

private:
    feed& from_;
    bool finished_ = false;
};

struct streaming {
    explicit streaming(api::admin_options options = {}) : figures{account, {}} {
        api::route_table routes;
        api::route follow{"GET", "/v1/follow", {}};
        follow.follow = [this](const api::request&, api::record&) {
            return api::stream_response{{200, "", "text/event-stream"}, std::make_unique<fed>(from)};
        };
        routes.add(follow);
        api::route refusing{"GET", "/v1/refusing", {}};
        refusing.follow = [](const api::request&, api::record&) -> api::stream_response {
            throw std::invalid_argument{"which one?"};
        };
        routes.add(refusing);
        api::route reading{"GET", "/v1/read", {}};
        reading.read = [](const api::request&, api::record& from) {
            return api::response{200, std::to_string(from.from().chains.row(1)->id)};
        };
        routes.add(reading);
        server = std::make_unique<api::admin_server>(std::move(options), figures, routes);
    }

    static std::string head(const std::string& path, const std::string& version = "1.1",
                            const std::string& method = "GET") {
        return method + " " + path + " HTTP/" + version + "\r\nHost: localhost\r\n\r\n";
    }
    void wait_for(const std::function<bool()>& condition) const {
        for (const auto until = std::chrono::steady_clock::now() + 60s;
             !condition() && std::chrono::steady_clock::now() < until;) {
            std::this_thread::yield();
        }
        CHECK(condition());
    }

    feed from;
    capture::ledger account;
    api::metrics figures;
    std::unique_ptr<api::admin_server> server;
};

}  // namespace

TEST_CASE("a stream is written as it comes, in chunks, until it ends") {
    streaming here;
    raw_client client{here.server->port()};
    client.send(streaming::head("/v1/follow"));
    here.wait_for([&] { return here.from.pulls > 0; });
    here.from.tell("one");
    // It may have been asked for several times before.
    here.wait_for([&] { return here.from.is_taken(); });
    here.from.end = true;
    here.from.tell(std::string(20, 'x'));
    const auto answer = client.read_to_end();
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n") && Contains("Content-Type: text/event-stream\r\n") &&
                           Contains("Transfer-Encoding: chunked\r\n") &&
                           Contains("Cache-Control: no-store\r\n") &&
                           EndsWith("\r\n\r\n3\r\none\r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"));
    here.wait_for([&] { return here.from.open == 0; });
}

TEST_CASE("a client of HTTP/1.0 gets a stream until its connection closes, HEAD gets its head") {
    streaming here;
    here.from.tell("all");
    here.from.end = true;
    raw_client client{here.server->port()};
    client.send(streaming::head("/v1/follow", "1.0"));
    CHECK_THAT(client.read_to_end(), !Contains("chunked") && EndsWith("\r\n\r\nall"));
    raw_client head{here.server->port()};
    head.send(streaming::head("/v1/follow", "1.1", "HEAD"));
    CHECK_THAT(head.read_answer(), StartsWith("HTTP/1.1 200") && Contains("text/event-stream"));
    here.wait_for([&] { return here.from.open == 0; });
}

TEST_CASE("a stream is destroyed when its client leaves, also while nothing is told") {
    streaming here;
    {
        raw_client client{here.server->port()};
        client.send(streaming::head("/v1/follow"));
        here.wait_for([&] { return here.from.pulls > 0; });
    }
    here.wait_for([&] { return here.from.open == 0; });
}

TEST_CASE("a client that takes nothing is disconnected, and its stream holds what it was not given") {
    api::admin_options options;
    options.write_timeout = 200ms;
    streaming here{options};
    here.from.tell(std::string(std::size_t{64} << 20, 'x'));
    raw_client client{here.server->port()};
    client.send(streaming::head("/v1/follow"));
    here.wait_for([&] { return here.from.open == 1; });
    here.wait_for([&] { return here.from.open == 0; });
    const sync::lock_guard guard{here.from.mutex};
    CHECK(here.from.waiting.size() > std::size_t{32} << 20);
}

TEST_CASE("a client that is slow but takes always is not disconnected") {
    constexpr std::size_t size = std::size_t{24} << 20;
    api::admin_options options;
    options.write_timeout = 500ms;
    streaming here{options};
    here.from.at_once = true;
    here.from.end = true;
    here.from.tell(std::string(size, 'x'));
    raw_client client{here.server->port()};
    client.send(streaming::head("/v1/follow", "1.0"));
    std::promise<void> never;
    const auto silence = never.get_future();
    std::size_t got = 0;
    const auto begun = std::chrono::steady_clock::now();
    for (auto next = begun; got < size; next += 50ms) {
        const auto some = client.read(std::size_t{1} << 20);
        if (some == 0) {
            break;
        }
        got += some;
        silence.wait_until(next);
    }
    CHECK(got >= size);
    CHECK(std::chrono::steady_clock::now() - begun > 2 * options.write_timeout);
}

TEST_CASE("only so many streams are open, and a stop finishes them") {
    api::admin_options options;
    options.max_streams = 2;
    streaming here{options};
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 2; ++i) {
        clients.push_back(std::make_unique<raw_client>(here.server->port()));
        clients.back()->send(streaming::head("/v1/follow"));
        here.wait_for([&] { return here.from.pulls > i; });
    }
    raw_client third{here.server->port()};
    third.send(streaming::head("/v1/follow"));
    CHECK_THAT(third.read_answer(), StartsWith("HTTP/1.1 503") && Contains("Retry-After: 1"));
    here.server->stop();
    for (const auto& one : clients) {
        CHECK_THAT(one->read_to_end(), EndsWith("3\r\nbye\r\n0\r\n\r\n"));
    }
    CHECK(here.from.open == 0);
}

TEST_CASE("what a route that follows or reads throws is a problem") {
    streaming here;
    raw_client client{here.server->port()};
    client.send(streaming::head("/v1/refusing"));
    CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 400") && Contains("\"detail\":\"which one?\""));
    client.send(streaming::head("/v1/read"));
    CHECK_THAT(client.read_answer(),
               StartsWith("HTTP/1.1 503") && Contains("\"detail\":\"this process reads no store\""));
}

}  // namespace tapes::api::streams_test
