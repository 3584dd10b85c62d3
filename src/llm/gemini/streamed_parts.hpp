#pragma once

#include "json.hpp"
#include "streamed_text.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tapes::llm::gemini {

/// The parts of a candidate, out of all chunks of a stream: texts side by side are one, up to a signature;
/// other parts stay as they came. Throws simdjson::simdjson_error; what was taken before stays.
class streamed_parts {
public:
    /// Takes the `content` of a chunk. Adds to `held` roughly how many bytes more are held now, also where it
    /// throws.
    void add_content(std::size_t& held, json_value content);

    bool empty() const noexcept { return parts_.empty() && text_.empty(); }

    /// Appends the array of parts.
    void write(std::string& out) const;

private:
    std::size_t add_part(json_value from);
    std::size_t add_text(const std::string& text, bool thought, const std::string& signature);
    void end_text(const std::string& signature = {});
    std::string written_text(const std::string& signature) const;

    std::vector<std::string> parts_;  ///< as JSON
    streamed_text text_;              ///< behind them, still growing
    bool thought_ = false;            ///< it is one
};

}  // namespace tapes::llm::gemini
