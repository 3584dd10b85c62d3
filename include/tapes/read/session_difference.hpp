#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/read/cost.hpp>
#include <tapes/read/difference.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

struct session_side {
    catalogue::session session;
    cost price;
};

/// How often two sessions called a tool.
struct tool_comparison {
    std::string tool;
    std::uint64_t left_calls = 0, right_calls = 0;
    std::uint64_t left_errors = 0, right_errors = 0;
};

struct thread_side {
    catalogue::thread thread;
    std::size_t number = 0;            ///< within its session, from 1
    std::size_t continues_number = 0;  ///< of the thread whose summary it begins with; 0: none
    std::uint64_t nodes = 0;           ///< of the chain that ends with its newest answer
};

/// Threads that are set side by side, or one that the other session has none for.
struct thread_comparison {
    std::optional<thread_side> left, right;
    std::uint64_t common_nodes = 0;  ///< that both chains have at their beginning
};

/// The figures of two sessions side by side, and which threads are compared with which: chain_difference
/// compares what was said.
struct session_comparison {
    session_side left, right;
    std::vector<tool_comparison> tools;  ///< by name
    std::vector<thread_comparison> threads;
};

/// Compares two sessions of the catalogue; nothing where one of them is not there. Threads are set side by
/// side in order: those of the same kind and title, then those of the same kind.
std::optional<session_comparison> compare_sessions(sources& from, const price_table& prices,
                                                   std::int64_t left, std::int64_t right);

}  // namespace tapes::read
