#pragma once

#include <tapes/capture/budget.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::capture {

/// Where and when captures leave memory.
struct spill_policy {
    std::string directory;                     ///< of the store; "" : captures never spill
    std::uint64_t memory_bytes = 1024 * 1024;  ///< what one body may hold in memory
};

/// The bytes of one body: in memory within the budget, past that (or past `memory_bytes`) in an unlinked
/// temporary file. When neither has room the body is given up: its bytes are freed and `complete()` is false.
/// One thread at a time; `view()` stays valid until the next call of another member.
class body {
public:
    body(budget& limits, const spill_policy& policy) noexcept : limits_{&limits}, policy_{&policy} {}
    ~body();
    body(const body&) = delete;
    body& operator=(const body&) = delete;

    /// Room for `bytes` in all is about to be needed (Content-Length); a hint.
    void expect(std::uint64_t bytes);

    /// Keeps a copy of `bytes`. False once the body is given up.
    bool append(std::string_view bytes);

    /// All bytes in one piece; a spilled body is mapped read-only on first use. Never fails for a body in
    /// memory; a mapping that fails gives the body up (check `complete()`).
    std::string_view view();

    /// Gives the bytes up (over budget), or back (no longer needed).
    void abandon() noexcept;
    void release() noexcept;

    bool complete() const noexcept { return !given_up_; }
    /// Of all that was appended, also after release().
    std::uint64_t size() const noexcept { return size_; }
    bool spilled() const noexcept { return file_ >= 0; }

private:
    bool grow(std::size_t wanted);
    bool spill();
    bool write_file(std::string_view bytes);

    budget* limits_;
    const spill_policy* policy_;
    char* memory_ = nullptr;  ///< malloc'ed
    std::size_t capacity_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t spilled_ = 0;  ///< reserved of the spill budget
    int file_ = -1;
    void* mapping_ = nullptr;
    bool given_up_ = false;
};

}  // namespace tapes::capture
