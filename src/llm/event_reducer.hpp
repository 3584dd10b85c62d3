#pragma once

#include "json.hpp"
#include "sse.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/aws_events.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// Folds an event stream, or an AWS event stream, whose events are JSON objects: reads the objects, and
/// leaves to each API what they say.
class event_reducer : public stream_reducer {
public:
    void feed(std::string_view bytes) final;
    std::string finish() final;
    std::string so_far() const final { return write(); }
    bool failed() const final { return failed_; }
    bool has_gaps() const final { return gaps_; }
    std::size_t held_bytes() const override { return held_ + events_.held_bytes() + frames_.held_bytes(); }

protected:
    bool failed_ = false;   ///< the stream itself reported an error
    std::size_t held_ = 0;  ///< bytes that the API gathered

private:
    /// Folds one event in. What it throws (simdjson::simdjson_error) is passed over: of an event that is no
    /// JSON object, what stood before the fault is kept.
    virtual void take_event(json_object root) = 0;

    /// Writes the one-shot answer object; "" where the stream held nothing of it.
    virtual std::string write() const = 0;

    void take_data(std::string_view data);
    void take_json(std::string_view json);

    sse_reader events_;
    aws_event_reader frames_;
    bool gaps_ = false;
    bool at_end_ = false;
    std::optional<bool> framed_;  ///< once bytes have come: they are an AWS event stream
};

}  // namespace tapes::llm
