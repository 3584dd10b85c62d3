#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tapes::llm {

/// Looks for the end of a JSON object or array whose bytes come one after the other. It follows brackets and
/// strings alone, so what is no JSON may pass for some.
class json_scan {
public:
    enum class state { outside, inside, closed, broken };

    /// Takes the next byte. Returns `closed` at the bracket that ends the value, `broken` where it cannot go
    /// on so: at a line end within a string, or an object where none may stand. After both it begins anew.
    state take(char c);

    /// Takes the next bytes of a text that is one value, well-formed or not; what may stand behind it says
    /// nothing.
    void feed(std::string_view bytes) {
        for (std::size_t at = 0; at < bytes.size() && !closed_; ++at) {
            closed_ = follow(bytes[at]) == state::closed;
        }
    }

    /// Returns true once a value that was fed has ended.
    bool closed() const noexcept { return closed_; }

    bool inside() const noexcept { return !arrays_.empty(); }

private:
    bool breaks_at(char c) const noexcept;
    state follow(char c);
    state begin_anew(state with);

    std::vector<bool> arrays_;  ///< for each open bracket, whether it is an array's
    char last_ = '\0';          ///< the last byte that is no white space, outside of strings
    bool in_string_ = false;
    bool escaped_ = false;
    bool closed_ = false;
};

}  // namespace tapes::llm
