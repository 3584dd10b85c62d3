#pragma once

#include <tapes/capture/budget.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::capture {

/// Where and when bodies leave memory.
struct spill_policy {
    std::string directory;                     ///< that of the store; with "" bodies never leave memory
    std::uint64_t memory_bytes = 1024 * 1024;  ///< what one body may hold in memory
};

/// Holds the bytes of one body: in memory within the budget, beyond the budget or `memory_bytes` in an
/// unlinked temporary file. When neither has room the body is given up: its bytes are freed and `complete()`
/// is false. One thread may use it at a time. What `view()` returns stays valid until the next call of
/// another member.
class body {
public:
    body(budget& limits, const spill_policy& policy) noexcept : limits_{&limits}, policy_{&policy} {}
    ~body();
    body(const body&) = delete;
    body& operator=(const body&) = delete;

    /// Takes memory for a body of that size (Content-Length) ahead of its bytes, if it can.
    void expect(std::uint64_t bytes);

    /// Appends a copy of `bytes`. Returns false once the body is given up.
    bool append(std::string_view bytes);

    /// Returns all bytes in one piece. A body in a file is mapped read-only on first use; a mapping that
    /// fails gives the body up, which `complete()` tells. A body in memory never fails.
    std::string_view view();

    /// Gives the body up: frees its bytes, and `complete()` becomes false.
    void abandon() noexcept;
    /// Frees the bytes of a body that is no longer needed.
    void release() noexcept;

    bool complete() const noexcept { return !given_up_; }
    /// Returns how many bytes were appended, also after release().
    std::uint64_t size() const noexcept { return size_; }
    bool spilled() const noexcept { return file_ >= 0; }

private:
    bool grow(std::size_t wanted);
    bool spill();
    bool write_file(std::string_view bytes);

    budget* limits_;
    const spill_policy* policy_;
    char* memory_ = nullptr;  ///< from malloc
    std::size_t capacity_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t spilled_ = 0;  ///< bytes reserved of the spill budget
    int file_ = -1;
    void* mapping_ = nullptr;
    bool given_up_ = false;
};

}  // namespace tapes::capture
