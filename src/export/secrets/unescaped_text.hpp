#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// A text as a person reads it: without the control sequences of terminals (ECMA-48: colours, what grep puts
/// around what it found), which may stand as bytes or as they are written in source text (`\x1b[31m`,
/// `\u001b[31m`, `^[[31m`), and with `\u00XX` of printable ASCII undone. Knows where each of its bytes stands
/// in the text that it was made of. Work grows with the bytes; memory beside the text with what was undone.
class unescaped_text {
public:
    explicit unescaped_text(std::string_view from);

    /// Tells whether the text is another one than that which it was made of.
    bool changed() const noexcept { return !joints_.empty(); }
    std::string_view text() const noexcept { return text_; }
    /// Where a byte of the text stands in the original.
    std::size_t source_of(std::size_t at) const noexcept;
    /// Where what stands before this place ends in the original.
    std::size_t end_in_source(std::size_t at) const noexcept;
    /// Tells whether something was undone or taken out right before a byte of the text.
    bool is_joint(std::size_t at) const noexcept;

private:
    /// A place from which on the original stands elsewhere than right behind what is before.
    struct joint {
        std::size_t at;
        std::size_t source;
        std::size_t end_before;  ///< in the original, of what stands before
    };

    void add_joint(std::size_t source, std::size_t end_before);
    const joint* joint_before(std::size_t at) const noexcept;

    std::string text_;
    std::vector<joint> joints_;
};

}  // namespace tapes::exports
