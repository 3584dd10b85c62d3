#pragma once

#include "sanitized.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

namespace tapes::llm::test {

// A sanitizer's own memory stands around each allocation: what work takes can be measured without it only.
inline constexpr std::uint64_t sanitizer_factor = tapes::test::sanitized ? 4 : 1;

inline std::uint64_t peak_bytes() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
}

/// By how much the peak of a process of its own grows when it does `work`, and what that gives.
template <class Work>
std::uint64_t taken(Work&& work, std::uint64_t* given = nullptr) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto before = peak_bytes();
        std::uint64_t told[2] = {0, work()};
        told[0] = peak_bytes() - before;
        (void)!::write(ends[1], told, sizeof told);
        ::_exit(0);
    }
    std::uint64_t told[2] = {0, 0};
    const auto got = ::read(ends[0], told, sizeof told);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    REQUIRE(got == sizeof told);
    if (given != nullptr) {
        *given = told[1];
    }
    return told[0];
}

}  // namespace tapes::llm::test
