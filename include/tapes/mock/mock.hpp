#pragma once

#include <tapes/mock/answer_source.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace tapes::mock {

/// The mock's behaviour, where no X-Mock-* header of a request says otherwise.
struct options {
    std::string host = "127.0.0.1";  ///< an IP address, "localhost", or "" for every interface
    std::uint16_t port = 0;          ///< 0: any free port
    int threads = 1;
    std::chrono::milliseconds delay{0};        ///< before the first byte of an answer (X-Mock-Delay-Ms)
    std::chrono::milliseconds event_delay{0};  ///< between stream events (X-Mock-Event-Delay-Ms)
    int events = 0;         ///< number of a stream's content events; 0: by its text (X-Mock-Events)
    std::size_t bytes = 0;  ///< size of the answer's text; 0: as it comes (X-Mock-Bytes)
};

/// A small upstream that speaks the LLM APIs over HTTP/1.1, for demos, tests and benchmarks. Answers depend
/// on nothing but the request: streamed or not, the same question gets the same content. The paths of
/// llm::find_api are served, besides GET …/models and …/embeddings; the rest is 404. Tools are called only
/// where a request asks for it (docs/mock.md).
///
/// Headers that steer one answer: X-Mock-Status (an error of that status), -Delay-Ms, -Event-Delay-Ms,
/// -Events, -Bytes, -Tool-Calls (that many, with sample arguments), -Refusal, -Thinking, -Cut (closes after
/// that many events; in mid-body when not streamed), -Encoding (gzip, zstd, br), -Chunked (no
/// Content-Length).
class server {
public:
    /// Listens at once; throws std::runtime_error or std::invalid_argument where it cannot.
    explicit server(options settings);
    /// Gives the answers of `answers`, which must outlive it, instead of its own.
    server(options settings, answer_source& answers);
    /// Stops and waits.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// "http://127.0.0.1:PORT"
    std::string url() const;
    std::uint16_t port() const noexcept;
    /// The number of requests that were read whole. Thread-safe.
    std::uint64_t requests() const noexcept;

    /// Serves on threads of its own until stop(). Returns at once.
    void start();
    /// Serves until stop(), which may come from another thread.
    void run();
    /// Ends start() and run(); the destructor closes the listener and every connection. Thread-safe; may be
    /// called more than once.
    void stop() noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Serves until SIGINT or SIGTERM; prints `mock upstream listening on http://127.0.0.1:PORT`. Returns
/// the exit code: 2 where `host` is no address, 1 where it cannot be listened on.
int run(const options& settings);

/// Serves the answers of a source in the same way; the line says `name` instead of `mock upstream`.
int run(const options& settings, answer_source& answers, const std::string& name);

}  // namespace tapes::mock
