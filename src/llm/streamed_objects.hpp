#pragma once

#include "json_scan.hpp"
#include "lines.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Finds the JSON objects of a stream, however its lines are cut: one to a line, as Ollama writes them,
/// several to a line, or one over several lines; bare, or as the data of server-sent events, as gateways
/// frame them. Linear in the bytes.
class streamed_objects {
public:
    /// Is called with each object, and with the start of one that breaks off. The text is valid during the
    /// call.
    using taker = std::function<void(std::string_view object)>;

    explicit streamed_objects(taker take) : take_{std::move(take)} {}

    void feed(std::string_view bytes);

    /// Ends the stream.
    void finish();

    std::size_t held_bytes() const noexcept { return lines_.held_bytes() + open_.capacity(); }

private:
    void take_line(std::string_view line);
    void scan(std::string_view line);
    void give_up();
    void take_alone(std::string_view line) const;

    taker take_;
    line_splitter lines_;
    json_scan scan_;
    std::string open_;  ///< lines of an object that has not ended
};

}  // namespace tapes::llm
