#pragma once

#include <tapes/api/record.hpp>
#include <tapes/api/stream.hpp>
#include <tapes/export/form.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace tapes::api {

/// What a request asks to be exported.
struct export_request {
    const exports::form* as = nullptr;
    exports::subject about;
    std::string api;
    bool keep_secrets = false;
    bool with_catalogue = false;
    std::size_t carried = exports::usual_carried;
    bool report_alone = false;  ///< what it leaves and takes out is written as JSON, in its place
};

/// The trailer fields of an export: what it has left out and taken out, as lists of RFC 8941
/// (`"thinking";count=3`), empty where that is nothing.
inline constexpr std::string_view left_out_field = "Tapes-Left-Out";
inline constexpr std::string_view redacted_field = "Tapes-Redacted";

/// What all exports that are being written may carry, or one of them: each holds a node and what is made of
/// it.
inline constexpr std::size_t most_exported = std::size_t{64} << 20;

/// A part of most_exported, given back when it is destroyed. Thread-safe.
class export_share {
public:
    /// Nothing where so much is not left.
    static std::unique_ptr<export_share> take(std::size_t bytes);
    ~export_share();
    export_share(const export_share&) = delete;
    export_share& operator=(const export_share&) = delete;

private:
    explicit export_share(std::size_t bytes) : bytes_{bytes} {}
    std::size_t bytes_;
};

/// Writes an export on a thread of its own, with connections of its own to the record, as fast as the client
/// takes it: at most 256 KiB wait. When the client leaves, the thread ends where its work is next counted.
class export_stream final : public stream {
public:
    /// Begins, and waits until there is something to send, at most for `patience`. Throws
    /// exports::export_refusal, and what reading throws, where the export fails before.
    export_stream(record_place place, export_request asked, std::unique_ptr<export_share> share,
                  std::chrono::milliseconds patience);
    ~export_stream() override;
    export_stream(const export_stream&) = delete;
    export_stream& operator=(const export_stream&) = delete;

    void start(std::function<void()> wake) override;
    state pull(std::string& out, std::size_t room) override;
    std::string trailer() override;
    void finish() override;

private:
    class pipe;
    struct report;

    std::unique_ptr<export_share> share_;  // until the thread has ended
    std::shared_ptr<pipe> pipe_;
    std::thread thread_;
};

}  // namespace tapes::api
