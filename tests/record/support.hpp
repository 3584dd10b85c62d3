#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/capture/receipt.hpp>
#include <tapes/store/entry.hpp>

#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace tapes::record::test {

inline const std::string redaction_key(32, 'k');
inline const std::string secret = "sk-very-secret-0123456789";

inline capture::budget& limits() {
    static capture::budget made{64U << 20, 0};
    return made;
}
inline const capture::spill_policy& in_memory() {
    static const capture::spill_policy made;
    return made;
}

inline std::string gzip(std::string_view text) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error{"zlib"};
    }
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

/// What a store would give back.
inline std::string raw(const store::wire_bytes& kept) {
    if (!kept.compressed) {
        return kept.bytes;
    }
    std::string out(kept.raw_size, '\0');
    const auto size = ZSTD_decompress(out.data(), out.size(), kept.bytes.data(), kept.bytes.size());
    if (ZSTD_isError(size) != 0U || size != out.size()) {
        throw std::runtime_error{"not what was compressed"};
    }
    return out;
}

/// A Chat exchange as the relay hands it over; tests change what they are about.
inline std::unique_ptr<capture::exchange> chat(std::string_view request, std::string_view answer,
                                               capture::budget& budget = limits()) {
    auto made = std::make_unique<capture::exchange>(budget, in_memory());
    const auto now =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    made->id = capture::make_uuid(now);
    made->peer = "127.0.0.1:5000";
    made->method = "POST";
    made->target = made->path = "/v1/chat/completions";
    made->upstream = "http://127.0.0.1:9";
    made->provider = "openai";
    made->request_head =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer " +
        secret + "\r\n";
    made->request_body.append(request);
    made->status = 200;
    made->response_head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    made->response_body.append(answer);
    made->accepted_at = made->forwarded_at = made->first_byte_at = made->last_byte_at = now;
    return made;
}

inline std::unique_ptr<capture::exchange> stream(std::string_view request, std::string_view events,
                                                 capture::budget& budget = limits()) {
    auto made = chat(request, events, budget);
    made->event_stream = true;
    made->response_head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    return made;
}

inline std::string ask(const std::string& text) {
    return R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + text + R"("}]})";
}

inline std::string say(const std::string& text) {
    return R"({"id":"c1","object":"chat.completion","model":"gpt-4o-2024","choices":[{"index":0,"message":)"
           R"({"role":"assistant","content":")" +
           text +
           R"("},"finish_reason":"stop"}],)"
           R"("usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})";
}

/// An event with a piece of the answer.
inline std::string event(const std::string& piece) {
    return R"(data: {"id":"c1","object":"chat.completion.chunk","model":"gpt-4o-2024","choices":[{"index":0,"delta":)"
           R"({"content":")" +
           piece + "\"}}]}\n\n";
}

inline const std::string last_event =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"gpt-4o-2024","choices":[{"index":0,"delta":{},)"
    R"("finish_reason":"stop"}]})"
    "\n\n";

}  // namespace tapes::record::test
