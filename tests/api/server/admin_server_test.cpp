#include "client.hpp"

#include <tapes/api/admin_server.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace tapes::api::admin_server_test {

using namespace tapes;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using namespace std::chrono_literals;

namespace {

/// A running server with its figures.
struct running {
    explicit running(api::admin_options options = {}, api::route_table routes = {})
        : figures{account, {"openai_chat"}}, server{std::move(options), figures, std::move(routes)} {}

    std::string ask(const std::string& method, const std::string& target,
                    const std::string& fields = "") const {
        raw_client client{server.port()};
        client.send(method + " " + target + " HTTP/1.1\r\nHost: localhost:" + std::to_string(server.port()) +
                    "\r\nConnection: close\r\n" + fields + "\r\n");
        return client.read_to_end();
    }

    /// The status line of the answer to these bytes, "" when the connection was just closed.
    std::string status_of(const std::string& bytes) const {
        raw_client client{server.port()};
        client.send(bytes);
        const auto answer = client.read_answer();
        return answer.substr(0, answer.find("\r\n"));
    }

    capture::ledger account;
    api::metrics figures;
    api::admin_server server;
};

}  // namespace

TEST_CASE("health is 200 while the server runs") {
    running here;
    const auto answer = here.ask("GET", "/healthz");
    CHECK_THAT(answer, StartsWith("HTTP/1.1 200") && Contains("{\"status\":\"ok\"}"));
}

TEST_CASE("readiness tells why the process is not ready") {
    std::atomic<bool> draining{false};
    api::admin_options options;
    options.not_ready = [&]() -> std::vector<std::string> {
        return draining ? std::vector<std::string>{"draining", "store failing: disk \"full\""}
                        : std::vector<std::string>{};
    };
    running here{options};
    CHECK_THAT(here.ask("GET", "/readyz"), StartsWith("HTTP/1.1 200") && Contains("\"ready\":true"));
    draining = true;
    CHECK_THAT(here.ask("GET", "/readyz"),
               StartsWith("HTTP/1.1 503") &&
                   Contains(R"({"ready":false,"reasons":["draining","store failing: disk \"full\""]})"));
}

TEST_CASE("metrics are served in Prometheus' text format") {
    running here;
    here.account.accept();
    CHECK_THAT(here.ask("GET", "/metrics"), Contains("Content-Type: text/plain; version=0.0.4") &&
                                                Contains("tapes_exchanges_in_flight 1\n"));
}

TEST_CASE("an unknown path is 404, a known one with another method 405") {
    running here;
    CHECK_THAT(here.ask("GET", "/nothing"),
               StartsWith("HTTP/1.1 404") && Contains("Content-Type: application/problem+json") &&
                   Contains(R"({"type":"about:blank","title":"Not Found","status":404,)"
                            R"("detail":"no such path","error":"no such path"})"));
    CHECK_THAT(here.ask("POST", "/healthz"), StartsWith("HTTP/1.1 405") && Contains("Allow: GET, HEAD"));
    CHECK_THAT(here.ask("GET", "/healthz/x"), StartsWith("HTTP/1.1 404"));
    const auto head = here.ask("HEAD", "/healthz");
    CHECK_THAT(head, StartsWith("HTTP/1.1 200") && Contains("Content-Length: 16"));
    CHECK(head.substr(head.find("\r\n\r\n")) == "\r\n\r\n");
}

TEST_CASE("with a token everything but health and readiness needs it") {
    api::admin_options options;
    options.token = "s3cret";
    running here{options};
    CHECK_THAT(here.ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
    CHECK_THAT(here.ask("GET", "/readyz"), StartsWith("HTTP/1.1 200"));
    for (const auto* wrong : {"", "Authorization: Bearer s3cre\r\n", "Authorization: Bearer s3crets\r\n",
                              "Authorization: Basic s3cret\r\n", "Authorization: Bearer\r\n"}) {
        INFO(wrong);
        CHECK_THAT(here.ask("GET", "/metrics", wrong),
                   StartsWith("HTTP/1.1 401") && Contains("WWW-Authenticate: Bearer"));
    }
    CHECK_THAT(here.ask("GET", "/nothing"), StartsWith("HTTP/1.1 401"));
    CHECK_THAT(here.ask("GET", "/metrics", "Authorization: bearer s3cret\r\n"), StartsWith("HTTP/1.1 200"));
    CHECK(here.status_of("GET /healthz HTTP/1.1\r\nHost: tapes:8081\r\n\r\n") == "HTTP/1.1 200 OK");
}

TEST_CASE("with a token that was made, metrics are open and everything else needs it") {
    api::admin_options options;
    options.token = "made";
    options.token_is_made = true;
    api::route_table routes;
    routes.add({"GET", "/v1/x", [](const api::request&) { return api::response{200, "x"}; }});
    const running here{options, routes};
    for (const auto* open : {"/healthz", "/readyz", "/metrics"}) {
        CHECK_THAT(here.ask("GET", open), StartsWith("HTTP/1.1 200"));
    }
    CHECK_THAT(here.ask("GET", "/v1/x"), StartsWith("HTTP/1.1 401") && Contains("WWW-Authenticate: Bearer"));
    CHECK_THAT(here.ask("GET", "/nothing"), StartsWith("HTTP/1.1 401"));
    CHECK_THAT(here.ask("GET", "/v1/x", "Authorization: Bearer made\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a target in absolute form is taken, and its authority is the host that counts") {
    struct row {
        const char* target;
        const char* fields;
        const char* status;
    };
    running here;
    for (const auto& [target, fields, status] : {
             row{"http://localhost:1/healthz", "Host: localhost:1\r\n", "200"},
             row{"HTTP://127.0.0.1/healthz?", "Host: localhost\r\n", "200"},
             row{"https://[::1]:1/healthz", "Host: localhost\r\n", "200"},
             row{"http://localhost/healthz", "Host: evil.com\r\n", "200"},
             row{"http://localhost", "Host: localhost\r\n", "404"},
             row{"http://localhost?x=/healthz", "Host: localhost\r\n", "404"},
             row{"http://evil.com/healthz", "Host: localhost\r\n", "403"},
             row{"http://localhost@evil.com/healthz", "Host: localhost\r\n", "403"},
             row{"http:///healthz", "Host: localhost\r\n", "400"},
             row{"http://localhost/healthz", "", "400"},
             row{"http://localhost/healthz", "Host: localhost\r\nHost: localhost\r\n", "400"},
             row{"http://localhost:1/healthz", "Host: localhost:2\r\nOrigin: http://localhost:1\r\n", "200"},
             row{"http://localhost:1/healthz", "Host: localhost:2\r\nOrigin: http://localhost:2\r\n", "403"},
         }) {
        CAPTURE(target, fields);
        CHECK_THAT(here.status_of("GET " + std::string{target} + " HTTP/1.1\r\n" + fields + "\r\n"),
                   StartsWith("HTTP/1.1 " + std::string{status}));
    }
}

TEST_CASE("without a token, or with one that was made, a foreign Host or Origin is refused") {
    api::admin_options options;
    options.token = GENERATE("", "made");
    options.token_is_made = !options.token.empty();
    const running here{options};
    const auto status_with = [&](const std::string& fields) {
        const auto line =
            here.status_of("GET /metrics HTTP/1.1\r\nAuthorization: Bearer made\r\n" + fields + "\r\n");
        return line.size() > 12 ? line.substr(9, 3) : line;
    };
    for (const auto* good :
         {"localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8081", "[::1]:8081", "localhost."}) {
        INFO(good);
        CHECK(status_with("Host: " + std::string{good} + "\r\n") == "200");
    }
    for (const auto* evil :
         {"evil.com", "localhost.evil.com", "evil.com:8081", "127.0.0.1.evil.com", "10.0.0.1",
          "[2001:db8::1]", "[", "localhost@evil.com", "localhost:80@evil.com", "[::1]:1@evil.com"}) {
        INFO(evil);
        CHECK(status_with("Host: " + std::string{evil} + "\r\n") == "403");
    }
    CHECK(status_with("") == "400");
    CHECK(status_with("Host: localhost\r\nHost: evil.com\r\n") == "400");
    CHECK(status_with("Host: localhost:1\r\nOrigin: http://localhost:1\r\n") == "200");
    CHECK(status_with("Host: localhost:1\r\nOrigin: http://localhost:2\r\n") == "403");
    CHECK(status_with("Host: localhost\r\nOrigin: https://evil.com\r\n") == "403");
    CHECK(status_with("Host: localhost\r\nOrigin: null\r\n") == "403");
}

TEST_CASE("routes of others answer, the most exact first, and what they throw is a 500") {
    api::route_table routes;
    routes.add({"GET", "/v1/nodes/", [](const api::request& request) {
                    return api::response{200, request.path + "?" + request.query + "\n"};
                }});
    routes.add({"GET", "/v1/nodes/all", [](const api::request&) { return api::response{200, "all\n"}; }});
    routes.add({"POST", "/v1/nodes/all", [](const api::request& request) {
                    return api::response{201, request.body};
                }});
    routes.add({"GET", "/v1/bad",
                [](const api::request&) -> api::response { throw std::runtime_error{"inner detail"}; }});
    running here{{}, routes};
    CHECK_THAT(here.ask("GET", "/v1/nodes/abc?x=1"), Contains("\r\n\r\n/v1/nodes/abc?x=1\n"));
    CHECK_THAT(here.ask("GET", "/v1/nodes/all"), Contains("\r\n\r\nall\n"));
    CHECK_THAT(here.ask("DELETE", "/v1/nodes/all"), Contains("Allow: GET, HEAD, POST"));
    const auto bad = here.ask("GET", "/v1/bad");
    CHECK_THAT(bad, StartsWith("HTTP/1.1 500") && !Contains("inner detail"));
    CHECK(here.status_of("POST /v1/nodes/all HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi") ==
          "HTTP/1.1 201 Created");
}

TEST_CASE("heads and bodies over their limits, and what is no HTTP, are refused") {
    api::admin_options options;
    options.max_header_bytes = 1024;
    options.max_body_bytes = 100;
    running here{options};
    CHECK_THAT(
        here.status_of("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(4096, 'x') + "\r\n\r\n"),
        StartsWith("HTTP/1.1 431"));
    CHECK_THAT(here.status_of("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101\r\n\r\n"),
               StartsWith("HTTP/1.1 413"));
    CHECK_THAT(here.status_of("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_CASE("a route may take larger bodies than the server, with the token and one at a time") {
    api::admin_options options;
    options.token = "secret";
    options.max_body_bytes = 100;
    api::route_table routes;
    const auto length = [](const api::request& request) {
        return api::response{200, std::to_string(request.body.size())};
    };
    routes.add({"POST", "/small", length});
    api::route large{"POST", "/large", length};
    large.max_body_bytes = 100'000;
    routes.add(large);
    running here{options, routes};
    const auto head = [](const std::string& path, std::size_t size, bool token = true) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) +
               (token ? "\r\nAuthorization: Bearer secret\r\n\r\n" : "\r\n\r\n");
    };
    const std::string body(100'000, 'x');
    CHECK_THAT(here.status_of(head("/large", body.size()) + body), StartsWith("HTTP/1.1 200"));
    CHECK_THAT(here.status_of(head("/large", body.size() + 1)), StartsWith("HTTP/1.1 413"));
    CHECK_THAT(here.status_of(head("/large", body.size(), false)), StartsWith("HTTP/1.1 413"));
    CHECK_THAT(here.status_of(head("/small", 101)), StartsWith("HTTP/1.1 413"));
    CHECK_THAT(here.status_of("POST /large HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
                              "Transfer-Encoding: chunked\r\n\r\nc8\r\n" +
                              std::string(200, 'x') + "\r\n0\r\n\r\n"),
               StartsWith("HTTP/1.1 413"));

    raw_client first{here.server.port()};
    first.send(head("/large", body.size()) + "x");
    CHECK_THAT(here.status_of(head("/large", body.size())), StartsWith("HTTP/1.1 503"));
    raw_client second{here.server.port()};
    second.send(head("/large", body.size()));
    CHECK_THAT(second.read_to_end(),
               EndsWith("\"error\":\"another large request is being read: try again\"}\n"));
    CHECK_THAT(here.status_of(head("/small", 100) + body.substr(0, 100)), StartsWith("HTTP/1.1 200"));
    first.send(body.substr(1));
    CHECK_THAT(first.read_answer(), StartsWith("HTTP/1.1 200") && EndsWith("100000"));
    CHECK_THAT(here.status_of(head("/large", body.size()) + body), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("a connection serves many requests, and one that says nothing is closed at its deadline") {
    api::admin_options options;
    options.head_timeout = 100ms;
    running here{options};
    raw_client client{here.server.port()};
    for (int i = 0; i < 3; ++i) {
        client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK_THAT(client.read_answer(), StartsWith("HTTP/1.1 200"));
    }
    CHECK(client.read_to_end().empty());
    raw_client silent{here.server.port()};
    silent.send("GET /hea");
    CHECK(silent.read_to_end().empty());
}

TEST_CASE("at the limit the connection is closed that waits longest for a request") {
    api::admin_options options;
    options.max_connections = 2;
    running here{options};
    const std::string health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    raw_client first{here.server.port()};
    raw_client second{here.server.port()};
    for (auto* open : {&second, &first}) {  // the first has waited less since its answer
        open->send(health);
        CHECK_THAT(open->read_answer(), StartsWith("HTTP/1.1 200"));
    }
    raw_client third{here.server.port()};
    third.send(health);
    CHECK_THAT(third.read_answer(), StartsWith("HTTP/1.1 200"));
    CHECK(second.read_to_end().empty());
    first.send(health);
    CHECK_THAT(first.read_answer(), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("whoever connects and says nothing keeps no probe out") {
    running here;
    std::vector<std::unique_ptr<raw_client>> silent;
    for (int i = 0; i < 300; ++i) {
        silent.push_back(std::make_unique<raw_client>(here.server.port()));
        silent.back()->send(i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nHost: loc" : "");
        if (i % 50 == 49) {
            CHECK_THAT(here.ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
            CHECK_THAT(here.ask("GET", "/readyz"), StartsWith("HTTP/1.1 200"));
            CHECK_THAT(here.ask("GET", "/metrics"), StartsWith("HTTP/1.1 200"));
        }
    }
    CHECK(silent.front()->read_to_end().empty());
}

TEST_CASE("a body that comes slowly is not given up for connections that say nothing") {
    api::admin_options options;
    options.max_connections = 4;
    api::route_table routes;
    routes.add({"POST", "/take", [](const api::request& request) {
                    return api::response{200, request.body};
                }});
    running here{options, routes};
    raw_client slow{here.server.port()};
    slow.send("POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo");
    std::vector<std::unique_ptr<raw_client>> silent;
    for (int i = 0; i < 20; ++i) {
        silent.push_back(std::make_unique<raw_client>(here.server.port()));
        CHECK_THAT(here.ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
    }
    slow.send("dy");
    CHECK_THAT(slow.read_answer(), EndsWith("body"));
}

TEST_CASE("probes are answered while handlers take their time, also where they take all places") {
    std::atomic<bool> go{false};
    std::atomic<int> running_handlers{0};
    std::atomic<int> most_handlers{0};
    api::route_table routes;
    routes.add({"GET", "/slow", [&](const api::request&) {
                    most_handlers = std::max<int>(most_handlers, ++running_handlers);
                    while (!go) {
                        std::this_thread::yield();
                    }
                    --running_handlers;
                    return api::response{200, "done\n"};
                }});
    api::admin_options options;
    options.max_waiting = 4;
    options.max_connections = 6;
    running here{options, routes};
    const std::string slow = "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    std::vector<std::unique_ptr<raw_client>> waiting;
    for (std::size_t i = 0; i < options.max_waiting; ++i) {
        waiting.push_back(std::make_unique<raw_client>(here.server.port()));
        waiting.back()->send(slow);
        for (const auto* probe : {"/healthz", "/readyz", "/metrics", "/healthz"}) {
            CHECK_THAT(here.ask("GET", probe), StartsWith("HTTP/1.1 200"));
        }
    }
    CHECK_THAT(here.ask("GET", "/slow"), StartsWith("HTTP/1.1 503") && Contains("too many requests"));
    CHECK_THAT(here.ask("GET", "/nothing"), StartsWith("HTTP/1.1 404"));
    go = true;
    for (auto& one : waiting) {
        CHECK_THAT(one->read_to_end(), EndsWith("done\n"));
    }
    CHECK(most_handlers == 1);
    CHECK_THAT(here.ask("GET", "/slow"), EndsWith("done\n"));
}

TEST_CASE("a stop waits for the handler that runs, and begins no other") {
    std::promise<void> go;
    const auto gone = go.get_future().share();
    std::atomic<int> begun{0};
    api::route_table routes;
    routes.add({"GET", "/slow", [&begun, gone](const api::request&) {
                    ++begun;
                    gone.wait();
                    return api::response{200, "done\n"};
                }});
    auto here = std::make_unique<running>(api::admin_options{}, routes);
    std::vector<std::unique_ptr<raw_client>> waiting;
    for (int i = 0; i < 3; ++i) {
        waiting.push_back(std::make_unique<raw_client>(here->server.port()));
        waiting.back()->send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
        CHECK_THAT(here->ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
    }
    while (begun == 0) {
        std::this_thread::yield();
    }
    auto stopped = std::async(std::launch::async, [&] { here->server.stop(); });
    CHECK(stopped.wait_for(2500ms) == std::future_status::timeout);  // answers have 2 s
    go.set_value();
    stopped.get();
    here.reset();
    CHECK(begun == 1);
    for (auto& one : waiting) {
        CHECK(one->read_to_end().empty());
    }
}

TEST_CASE("a stop ends the handler that runs where it counts its work") {
    std::atomic<bool> begun{false};
    std::atomic<bool> ended{false};
    api::route_table routes;
    routes.add({"GET", "/endless", [&](const api::request&) -> api::response {
                    try {
                        while (true) {
                            begun = true;
                            text::count_work(1);
                        }
                    } catch (const text::work_stopped&) {
                        ended = true;
                        throw;
                    }
                }});
    running here{{}, routes};
    raw_client client{here.server.port()};
    client.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (!begun) {
        std::this_thread::yield();
    }
    CHECK_THAT(here.ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
    CHECK_FALSE(ended);
    here.server.stop();
    CHECK(ended);
    CHECK(client.read_to_end().empty());
}

TEST_CASE("stop closes idle connections and finishes the answer that is being given") {
    std::atomic<bool> inside{false};
    std::atomic<bool> go{false};
    api::route_table routes;
    routes.add({"GET", "/slow", [&](const api::request&) {
                    inside = true;
                    while (!go) {
                        std::this_thread::yield();
                    }
                    return api::response{200, "done\n"};
                }});
    running here{{}, routes};
    raw_client idle{here.server.port()};
    idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK_THAT(idle.read_answer(), StartsWith("HTTP/1.1 200"));
    raw_client busy{here.server.port()};
    busy.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (!inside) {
        std::this_thread::yield();
    }
    const auto begun = std::chrono::steady_clock::now();
    std::thread stopper{[&] { here.server.stop(); }};
    go = true;
    CHECK_THAT(busy.read_to_end(), EndsWith("done\n"));
    CHECK(idle.read_to_end().empty());
    stopper.join();
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
    here.server.stop();
    CHECK_THROWS(raw_client{here.server.port()});
}

TEST_CASE("a port in use is a clear error") {
    running here;
    api::admin_options same;
    same.port = here.server.port();
    CHECK_THROWS_WITH(running{same}, Contains("cannot listen on 127.0.0.1:" + std::to_string(same.port)));
}

TEST_CASE("an empty host listens on every interface") {
    api::admin_options options;
    options.host = "";
    options.token = "t";
    running here{options};
    CHECK_THAT(here.ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
}

}  // namespace tapes::api::admin_server_test
