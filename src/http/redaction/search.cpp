#include "redaction/search.hpp"

#include "redaction/escapes.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <cstring>

namespace tapes::http {
namespace {

/// Up to so many values are faster found one by one.
constexpr std::size_t few = 3;
/// How many bytes are compared at a place: English text has most groups of four that a key may have.
constexpr std::size_t wide = 8;
constexpr std::size_t narrow = 4;
/// The most bytes that lie between two places that are looked at.
constexpr std::size_t longest_step = 16;
constexpr std::size_t filter_bits = 32768;
/// How many bytes may be compared for each byte of a text before the other way is taken.
constexpr std::uint64_t most_work = 4;
/// How many occurrences are gathered before those that overlap become one.
constexpr std::size_t gathered = 65536;

std::uint64_t limit_for(std::string_view text) noexcept {
    return most_work * text.size() + 4096;
}

/// memmem and not find(), which stops at every byte that equals the first one.
std::size_t find_from(std::string_view text, std::size_t from, std::string_view part) noexcept {
    const void* found = from < text.size()
                            ? ::memmem(text.data() + from, text.size() - from, part.data(), part.size())
                            : nullptr;
    return found == nullptr ? std::string_view::npos
                            : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace

credential_search::credential_search(const std::vector<std::string>& values) : values_{values} {
    parts_.reserve(values.size());
    least_ = values.empty() ? 0 : std::string::npos;
    for (const auto& value : values) {
        const auto part = plain_part_of(value);
        parts_.push_back(
            {part.empty() ? 0 : static_cast<std::size_t>(part.data() - value.data()), part.size()});
        least_ = std::min(least_, part.size());
    }
    if (values.size() > few && least_ >= narrow) {
        index();
    }
}

std::size_t credential_search::filter_bit(std::uint64_t bytes) noexcept {
    return static_cast<std::size_t>((bytes * 0x9e3779b97f4a7c15ULL) >> 49U);
}

std::uint64_t credential_search::sample_at(std::string_view text, std::size_t at) const noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, width_);
    return bytes;
}

void credential_search::index() {
    width_ = least_ >= wide ? wide : narrow;
    step_ = std::min(least_ - width_ + 1, longest_step);
    filter_.assign(filter_bits / 64, 0);
    for (std::uint32_t which = 0; which < values_.size(); ++which) {
        const std::string_view part{values_[which].data() + parts_[which].offset, parts_[which].size};
        for (std::uint32_t offset = 0; offset < step_; ++offset) {
            const auto bytes = sample_at(part, offset);
            samples_.push_back({bytes, which, offset});
            const auto bit = filter_bit(bytes);
            filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
        }
    }
    std::ranges::sort(samples_, {}, &sample::bytes);
}

credential_automaton& credential_search::automaton() {
    if (!automaton_) {
        automaton_ = std::make_unique<credential_automaton>(values_);
    }
    return *automaton_;
}

std::uint64_t credential_search::find(std::string_view text, std::vector<occurrence>& out) {
    if (values_.empty() || text.empty()) {
        return 0;
    }
    work_ = 0;
    merge_at_ = gathered;
    const auto before = out.size();
    const bool found = least_ >= narrow && (width_ > 0 ? find_by_samples(text, out) : find_few(text, out));
    if (!found) {
        out.resize(before);
        automaton().find(text, spelling::plain, out);
        automaton().find(text, spelling::json, out);
        work_ += 2 * text.size();
    }
    tapes::text::count_work(work_);
    merge_occurrences(out);
    return work_;
}

std::uint64_t credential_search::find_percent_encoded(std::string_view text, std::vector<occurrence>& out) {
    if (values_.empty() || text.find('%') == std::string_view::npos) {
        return 0;
    }
    tapes::text::count_work(text.size());
    automaton().find(text, spelling::percent, out);
    merge_occurrences(out);
    return text.size();
}

/// Looks for one value after the other. Returns false where that is too much work.
bool credential_search::find_few(std::string_view text, std::vector<occurrence>& out) {
    for (std::size_t which = 0; which < values_.size(); ++which) {
        const auto part = std::string_view{values_[which]}.substr(parts_[which].offset, parts_[which].size);
        for (auto at = find_from(text, 0, part); at != std::string_view::npos;
             at = find_from(text, at + 1, part)) {
            verify(text, at, which, out);
            if (work_ > limit_for(text)) {
                return false;
            }
        }
    }
    return true;
}

/// Looks at every place that is a multiple of the step: one of them is a sample of each value's plain part.
/// Returns false where that is too much work.
bool credential_search::find_by_samples(std::string_view text, std::vector<occurrence>& out) {
    for (std::size_t at = 0; at + width_ <= text.size(); at += step_) {
        const auto bytes = sample_at(text, at);
        const auto bit = filter_bit(bytes);
        if ((filter_[bit / 64] >> (bit % 64) & 1U) == 0) {
            continue;
        }
        work_ += width_;
        for (auto one = std::ranges::lower_bound(samples_, bytes, {}, &sample::bytes);
             one != samples_.end() && one->bytes == bytes; ++one) {
            const auto part = std::string_view{values_[one->which]}.substr(parts_[one->which].offset,
                                                                           parts_[one->which].size);
            work_ += width_ + part.size() / wide;
            if (at >= one->offset && text.substr(at - one->offset, part.size()) == part) {
                verify(text, at - one->offset, one->which, out);
            }
        }
        if (work_ > limit_for(text)) {
            return false;
        }
    }
    return true;
}

/// Adds the place of a value whose plain part stands at `at`, where all of it is there.
void credential_search::verify(std::string_view text, std::size_t at, std::size_t which,
                               std::vector<occurrence>& out) {
    const std::string_view value = values_[which];
    const auto& part = parts_[which];
    const auto before = value.substr(0, part.offset);
    const auto after = value.substr(part.offset + part.size);
    std::size_t compared = part.size + value.size() / wide;
    if (at >= part.offset && text.substr(at - part.offset, value.size()) == value) {
        work_ += value.size();
        add({at - part.offset, static_cast<std::uint32_t>(value.size()), static_cast<std::uint32_t>(which)},
            out);
        return;
    }
    const auto head = length_before(text.substr(0, at), before, compared);
    const auto tail = head > 0 || before.empty() ? length_after(text.substr(at + part.size), after, compared)
                                                 : std::size_t{0};
    work_ += compared;
    if ((head > 0 || before.empty()) && (tail > 0 || after.empty())) {
        add({at - head, static_cast<std::uint32_t>(head + part.size + tail),
             static_cast<std::uint32_t>(which)},
            out);
    }
}

void credential_search::add(const occurrence& one, std::vector<occurrence>& out) {
    out.push_back(one);
    if (out.size() >= merge_at_) {
        merge_occurrences(out);
        merge_at_ = std::max(gathered, 2 * out.size());
    }
}

void merge_occurrences(std::vector<occurrence>& all) {
    std::ranges::sort(all, [](const occurrence& a, const occurrence& b) {
        return a.at != b.at ? a.at < b.at : a.size != b.size ? a.size > b.size : a.which < b.which;
    });
    std::size_t last = 0;
    for (std::size_t i = 1; i < all.size(); ++i) {
        auto& before = all[last];
        if (all[i].at < before.at + before.size) {
            before.size = static_cast<std::uint32_t>(
                std::max(before.at + before.size, all[i].at + all[i].size) - before.at);
        } else {
            all[++last] = all[i];
        }
    }
    if (!all.empty()) {
        all.resize(last + 1);
    }
}

}  // namespace tapes::http
