#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tapes::llm {

/// One message of an AWS event stream (application/vnd.amazon.eventstream), as Amazon Bedrock sends them.
/// Views are valid during the call that gives them.
struct aws_event {
    std::string_view type = {};     ///< its `:event-type` or `:exception-type`, or its `:error-code`
    std::string_view payload = {};  ///< JSON as a rule
    std::string_view message = {};  ///< the `:error-message` of an error that has no payload
    bool failed = false;            ///< an exception or an error: nothing comes behind it
    std::size_t begin = 0;          ///< where it began in the bytes that were fed, 0 for one begun before
    std::size_t bytes = 0;          ///< of all of it
};

/// Cuts an AWS event stream, which comes in any split, into its messages. A message that is longer than
/// `most_bytes`, or whose lengths or checksums are not right, is the last one: clients read no further
/// either. One thread at a time.
class aws_event_reader {
public:
    static constexpr std::size_t most_bytes = std::size_t{25} << 20;

    /// Calls `on_event` for each message that ends in `bytes`. Linear in the bytes fed.
    void feed(std::string_view bytes, const std::function<void(const aws_event&)>& on_event);

    /// Returns true once nothing more can be read.
    bool broken() const noexcept { return broken_; }
    /// Returns true where no message is under way.
    bool at_boundary() const noexcept { return partial_.empty(); }
    std::size_t held_bytes() const noexcept { return partial_.capacity(); }

private:
    /// Returns the length of the message that begins so, 0 where more of it must come first.
    std::size_t length_of(std::string_view begun) noexcept;
    void take(std::string_view message, std::size_t begin,
              const std::function<void(const aws_event&)>& on_event);

    std::string partial_;
    bool broken_ = false;
};

/// Tells whether a stream that begins so is an AWS event stream: no message is as long as 16 MiB, so that its
/// first byte is 0, which no text begins with.
inline bool are_aws_events(std::string_view bytes) noexcept {
    return bytes.starts_with('\0');
}

/// Returns what an event says, as JSON: the text within a chunk (InvokeModelWithResponseStream), an error as
/// `{"type":"error","error":{"type":…,"message":…}}`, and any other as `{"<type>":<payload>}`, which is how
/// AWS' SDKs show it (ConverseStream). "" where a payload is no JSON text.
std::string json_of(const aws_event& one);

/// Returns an AWS event stream as server-sent events of the same JSON; what cannot be read is left away.
std::string as_server_sent_events(std::string_view aws_stream);

/// Returns what may be seen of what as_server_sent_events() leaves away, behind the last message that is
/// whole: those bytes as text, and the texts in them that stand in base64, each as an event. "" where nothing
/// is.
std::string unread_events(std::string_view aws_stream);

/// Appends a message with these headers (names with their colon) to a stream.
void append_aws_event(std::string& to, std::string_view message_type, std::string_view event_type,
                      std::string_view payload);

/// The checksum of these streams (CRC-32, ISO 3309). `before` is that of the bytes in front.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace tapes::llm
