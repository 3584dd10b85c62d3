#pragma once

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

// A sanitizer's own memory stands around each allocation: what work takes can be measured without it only.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TAPES_SANITIZED 1
#endif
#endif

namespace tapes::llm::test {

#if defined(TAPES_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t sanitizer_factor = 4;
#else
inline constexpr std::uint64_t sanitizer_factor = 1;
#endif

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
