#include <tapes/api/metrics.hpp>

#include <catch2/catch.hpp>
#include <prometheus/counter.h>

#include <thread>

namespace tapes::api::metrics_test {

using namespace tapes;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

TEST_CASE("exchanges are counted by api and end reason") {
    capture::ledger account;
    api::metrics figures{account, {"openai_chat", "ollama_chat"}};
    figures.exchange_settled("openai_chat", capture::end_reason::complete, 20ms, 200us);
    figures.exchange_settled("openai_chat", capture::end_reason::complete, 20ms, 200us);
    figures.exchange_settled("ollama_chat", capture::end_reason::shutdown, -1ns, -1ns);
    figures.exchange_settled("", capture::end_reason::timeout, -1ns, -1ns);
    figures.exchange_settled("never heard of", capture::end_reason::client_closed, -1ns, -1ns);
    const auto text = figures.text();
    CHECK_THAT(text, Contains("tapes_exchanges_total{api=\"openai_chat\",end_reason=\"complete\"} 2\n"));
    CHECK_THAT(text, Contains("tapes_exchanges_total{api=\"openai_chat\",end_reason=\"shutdown\"} 0\n"));
    CHECK_THAT(text, Contains("tapes_exchanges_total{api=\"ollama_chat\",end_reason=\"shutdown\"} 1\n"));
    CHECK_THAT(text, Contains("tapes_exchanges_total{api=\"none\",end_reason=\"timeout\"} 1\n"));
    CHECK_THAT(text, Contains("tapes_exchanges_total{api=\"other\",end_reason=\"client_closed\"} 1\n"));
    CHECK_THAT(text,
               Contains("tapes_upstream_seconds_count 2\n") && Contains("tapes_upstream_seconds_sum 0.04\n"));
    CHECK_THAT(text, Contains("tapes_overhead_seconds_bucket{le=\"0.0001\"} 0\n") &&
                         Contains("tapes_overhead_seconds_bucket{le=\"0.00025\"} 2\n") &&
                         Contains("tapes_overhead_seconds_bucket{le=\"+Inf\"} 2\n"));
}

TEST_CASE("the ledger's figures add up in every scrape") {
    capture::ledger account;
    api::metrics figures{account, {}};
    for (int i = 0; i < 5; ++i) {
        account.accept();
    }
    account.settle(capture::drop_reason::none);
    account.settle(capture::drop_reason::over_budget);
    account.settle(capture::drop_reason::over_budget);
    const auto text = figures.text();
    CHECK_THAT(text, Contains("tapes_exchanges_accepted_total 5\n") &&
                         Contains("tapes_turns_recorded_total 1\n") &&
                         Contains("tapes_exchanges_dropped_total{reason=\"over_budget\"} 2\n") &&
                         Contains("tapes_exchanges_dropped_total{reason=\"crash\"} 0\n") &&
                         Contains("tapes_exchanges_in_flight 2\n"));
}

TEST_CASE("sources are read at the scrape") {
    capture::ledger account;
    api::metrics figures{account, {}};
    std::uint64_t held = 7;
    figures.add_source([&](api::snapshot& now) {
        now.capture_bytes = held;
        now.spill_bytes = 8;
        now.store_failing = true;
        now.wal_bytes = 9;
        now.store_bytes = 8192;
        now.catalogue_lag_rows = 8;
    });
    figures.add_source([](api::snapshot& now) {
        now.cursors.push_back({"kafka", 3, 1.5});
        now.published = {{"kafka", "delivered", 4}, {"kafka", "failed", 1}};
        now.dead_letters = 2;
    });
    held = 70;
    CHECK_THAT(figures.text(),
               Contains("tapes_capture_bytes 70\n") && Contains("tapes_spill_bytes 8\n") &&
                   Contains("tapes_store_failing 1\n") && Contains("tapes_wal_bytes 9\n") &&
                   Contains("tapes_store_bytes 8192\n") && Contains("tapes_catalogue_lag_rows 8\n") &&
                   Contains("tapes_cursor_lag_rows{cursor=\"kafka\"} 3\n") &&
                   Contains("tapes_cursor_lag_seconds{cursor=\"kafka\"} 1.5\n") &&
                   Contains("tapes_publish_total{cursor=\"kafka\",result=\"delivered\"} 4\n") &&
                   Contains("tapes_dead_letters 2\n"));
}

TEST_CASE("commits, released answers, own families and process figures are shown") {
    capture::ledger account;
    api::metrics figures{account, {}};
    figures.committed(32, 2ms);
    figures.ack_timed_out();
    prometheus::BuildCounter().Name("own_total").Register(figures.registry()).Add({}).Increment();
    const auto text = figures.text();
    CHECK_THAT(text, Contains("tapes_commit_turns_sum 32\n") &&
                         Contains("tapes_commit_seconds_sum 0.002\n") &&
                         Contains("tapes_ack_timeouts_total 1\n") && Contains("own_total 1\n"));
    for (const auto* name :
         {"process_resident_memory_bytes ", "process_cpu_seconds_total ", "process_open_fds ",
          "process_start_time_seconds ", "process_max_fds ", "process_threads "}) {
        INFO(name);
        const auto at = text.find("\n" + std::string{name});
        REQUIRE(at != std::string::npos);
        CHECK(std::stod(text.substr(at + 1 + std::string{name}.size())) >= 0);
    }
    CHECK_THAT(text, !Contains("process_resident_memory_bytes 0\n"));
}

TEST_CASE("recording from many threads loses nothing") {
    capture::ledger account;
    api::metrics figures{account, {"a"}};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 5000; ++n) {
                figures.exchange_settled("a", capture::end_reason::complete, 1ms, 1us);
            }
        });
    }
    CHECK_THAT(figures.text(), Contains("tapes_exchanges_total"));
    for (auto& one : threads) {
        one.join();
    }
    CHECK_THAT(figures.text(), Contains("tapes_exchanges_total{api=\"a\",end_reason=\"complete\"} 20000\n") &&
                                   Contains("tapes_upstream_seconds_count 20000\n"));
}

}  // namespace tapes::api::metrics_test
