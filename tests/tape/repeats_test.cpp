#include "repeats.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>
#include <vector>

namespace tapes::tape::repeats_test {
namespace {

TEST_CASE("a request that was answered several times gets its answers in recorded order") {
    repeats turns{repeats::at_end::last_again};
    const std::array<std::int64_t, 3> answers{4, 7, 9};
    CHECK(turns.next(answers) == 4);
    CHECK(turns.next(answers) == 7);
    CHECK(turns.next(answers) == 9);
    CHECK(turns.next(answers) == 9);
}

TEST_CASE("each answer is given once where that is wanted") {
    repeats turns{repeats::at_end::nothing};
    const std::array<std::int64_t, 2> answers{4, 7};
    CHECK(turns.next(answers) == 4);
    CHECK(turns.next(answers) == 7);
    CHECK(turns.next(answers) == 0);
    CHECK(turns.next(answers) == 0);
}

TEST_CASE("answers to one request leave those to another as they are") {
    repeats turns{repeats::at_end::last_again};
    const std::array<std::int64_t, 2> one{1, 3};
    const std::array<std::int64_t, 2> other{2, 4};
    CHECK(turns.next(one) == 1);
    CHECK(turns.next(other) == 2);
    CHECK(turns.next(one) == 3);
}

TEST_CASE("an answer that is recorded meanwhile comes behind those that were given") {
    repeats turns{repeats::at_end::last_again};
    const std::array<std::int64_t, 1> before{4};
    const std::array<std::int64_t, 2> now{4, 12};
    CHECK(turns.next(before) == 4);
    CHECK(turns.next(before) == 4);
    CHECK(turns.next(now) == 12);
}

TEST_CASE("clients that ask at the same time get different answers while there are some") {
    repeats turns{repeats::at_end::nothing};
    std::vector<std::int64_t> answers(64);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        answers[i] = static_cast<std::int64_t>(i) + 1;
    }
    std::vector<std::int64_t> given(answers.size());
    std::vector<std::thread> clients;
    for (std::size_t client = 0; client < 4; ++client) {
        clients.emplace_back([&, client] {
            for (auto i = client; i < given.size(); i += 4) {
                given[i] = turns.next(answers);
            }
        });
    }
    for (auto& client : clients) {
        client.join();
    }
    std::sort(given.begin(), given.end());
    CHECK(given == answers);
}

}  // namespace
}  // namespace tapes::tape::repeats_test
