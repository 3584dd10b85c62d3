#pragma once

#include "redaction/automaton.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

/// Looks for many values in a text at once. One pass samples the text so sparsely that each value is met
/// (every n-th place, where each value has n more plain characters than are compared there). Where a text was
/// made so that this finds much and proves little, a pass whose cost is fixed takes its place: the work is
/// linear in the text, however many the values are. For one thread at a time.
class credential_search {
public:
    /// `values`, none of which is empty, must outlive this.
    explicit credential_search(const std::vector<std::string>& values);

    /// Appends where the values stand in `text`, as they are or with escapes that JSON writers use for some
    /// of their characters: in order, and what overlaps as one. Returns how many bytes were compared.
    std::uint64_t find(std::string_view text, std::vector<occurrence>& out);

    /// Does the same for values with percent-encoded characters (RFC 3986 §2.1).
    std::uint64_t find_percent_encoded(std::string_view text, std::vector<occurrence>& out);

private:
    /// The first bytes of a place in a value's plain part.
    struct sample {
        std::uint64_t bytes;
        std::uint32_t which;   ///< of the values
        std::uint32_t offset;  ///< in the plain part
    };
    struct plain_part {
        std::size_t offset = 0;  ///< in the value
        std::size_t size = 0;
    };

    void index();
    bool find_few(std::string_view text, std::vector<occurrence>& out);
    bool find_by_samples(std::string_view text, std::vector<occurrence>& out);
    void verify(std::string_view text, std::size_t at, std::size_t which, std::vector<occurrence>& out);
    void add(const occurrence& one, std::vector<occurrence>& out);
    std::uint64_t sample_at(std::string_view text, std::size_t at) const noexcept;
    static std::size_t filter_bit(std::uint64_t bytes) noexcept;
    credential_automaton& automaton();

    const std::vector<std::string>& values_;
    std::vector<plain_part> parts_;
    std::size_t least_ = 0;  ///< of the plain parts
    std::size_t width_ = 0;  ///< bytes that are compared at a place; 0: not sampled
    std::size_t step_ = 1;
    std::vector<sample> samples_;  ///< sorted
    std::vector<std::uint64_t> filter_;
    std::unique_ptr<credential_automaton> automaton_;
    std::uint64_t work_ = 0;
    std::size_t merge_at_ = 0;  ///< how many occurrences are gathered before they are merged
};

/// Sorts occurrences, and makes one of those that overlap: it stands for the value of the first, and of the
/// longest where several begin there.
void merge_occurrences(std::vector<occurrence>& all);

}  // namespace tapes::http
