#pragma once

#include "json.hpp"
#include "json_scan.hpp"
#include "streamed_text.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tapes::llm::ollama {

/// The tool calls of a stream. Ollama sends each whole, with its arguments as an object. Where arguments come
/// as text, as gateways send them, what is no complete JSON goes on with the next text under the same name.
class call_pieces {
public:
    /// Takes the calls that an object of the stream has. Adds to `held` roughly how many bytes more are held
    /// now, also where it throws.
    void merge(std::size_t& held, json_value calls);

    bool empty() const noexcept { return calls_.empty() && !open_; }

    /// Appends the array of calls.
    void write(std::string& out) const;

private:
    struct piece {
        std::string name;
        std::string arguments;
        bool is_text = false;
    };

    static piece look(json_value call);
    std::size_t take_text(piece next);
    std::string written() const;

    std::vector<std::string> calls_;  ///< as JSON
    bool open_ = false;               ///< the last call has its arguments as text, and is not among them yet
    std::string name_;
    streamed_text arguments_;
    json_scan progress_;
};

}  // namespace tapes::llm::ollama
