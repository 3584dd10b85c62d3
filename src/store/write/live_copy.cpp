#include "write/aside.hpp"
#include "write/committer.hpp"

#include <tapes/store/live_copy.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <random>

namespace tapes::store {

namespace {

/// Who asks for a step is answered by then, as far as it has come.
constexpr std::chrono::seconds longest_request{2};

std::string random_id() {
    std::random_device source;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%08x%08x", source(), source());
    return text.data();
}

}  // namespace

std::string begin_copy(writer& of, const copy_target& to) {
    auto id = random_id();
    run_aside(of, [&](committer& store) { store.begin_copy(id, to); });
    return id;
}

copy_progress step_copy(writer& of, const std::string& id, std::uint64_t pages) {
    const auto wanted = std::max<std::uint64_t>(pages, 1);
    const auto until = std::chrono::steady_clock::now() + longest_request;
    copy_progress made;
    std::uint64_t copied = 0;
    do {
        run_aside(of, [&](committer& store) { made = store.copies().step(id, wanted - copied); });
        copied += made.copied;
    } while (copied < wanted && !made.whole && std::chrono::steady_clock::now() < until);
    made.copied = copied;
    return made;
}

bool end_copy(writer& of, const std::string& id) {
    bool there = false;
    run_aside(of, [&](committer& store) { there = store.copies().end(id); });
    return there;
}

}  // namespace tapes::store
