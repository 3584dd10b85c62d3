#include "edge_counter.hpp"

namespace tapes::fuzz {
namespace {

std::uint64_t edges = 0;
bool counting = false;

}  // namespace

edge_count::edge_count() noexcept : before_{edges} {
    counting = true;
}

edge_count::~edge_count() {
    counting = false;
}

std::uint64_t edge_count::value() const noexcept {
    return edges - before_;
}

void count_edge() noexcept {
    edges += counting ? 1 : 0;
}

}  // namespace tapes::fuzz

// Clang calls these for each edge of the instrumented code (SanitizerCoverage, `trace-pc-guard`). libFuzzer
// has functions of these names, so the linker is told to take the wrapped ones.
extern "C" {
void __wrap___sanitizer_cov_trace_pc_guard_init(std::uint32_t* /*start*/, std::uint32_t* /*stop*/) {}
void __wrap___sanitizer_cov_trace_pc_guard(std::uint32_t* /*guard*/) {
    tapes::fuzz::count_edge();
}
}
