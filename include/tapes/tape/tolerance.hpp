#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::tape {

/// A kind of text that may differ between a request and its record.
struct tolerance_row {
    std::string_view name;
    std::string_view about;  ///< what it is, for people
    bool usual = true;       ///< it is looked past unless other rows are chosen
};

/// The table, in the order in which its rows are applied.
std::span<const tolerance_row> tolerance_rows() noexcept;

/// What is looked past.
struct tolerance_choice {
    /// Names of rows; `usual` stands for those that are usual, `none` for none. Empty: the usual ones.
    std::vector<std::string> names;
    std::vector<std::string> patterns;  ///< RE2; what they match is looked past as well
};

/// The directories that the texts of one conversation name as those in which a client works.
using directory_list = std::vector<std::string>;

/// Replaces in texts whatever is looked past, so that two texts that differ in nothing else become the same.
/// Immutable: any number of threads may use one.
class tolerance {
public:
    /// Throws std::invalid_argument, in one line, where there is no such row, or a pattern is none of RE2's.
    explicit tolerance(const tolerance_choice& choice);
    ~tolerance();
    tolerance(tolerance&&) noexcept;

    /// Tells whether nothing is looked past.
    bool empty() const noexcept;
    /// Whether the row is chosen.
    bool has(std::string_view name) const noexcept;

    /// Adds the working directories that a text names to those that are known of its conversation, at most
    /// `most_directories` of them.
    void learn(std::string_view text, directory_list& known) const;
    static constexpr std::size_t most_directories = 16;

    /// Returns the text without what is looked past. `used`, where given, gains a bit for each row of the
    /// table that has replaced something, and the highest for patterns of one's own.
    std::string apply(std::string text, const directory_list& known, std::uint64_t* used = nullptr) const;

    /// Names the rows of such bits: "dates, uuids".
    static std::string names_of(std::uint64_t used);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace tapes::tape
