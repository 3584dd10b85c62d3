// AWS event streams: the bytes as they are, and as headers and payload of a message whose checksums are
// right.
#include "fuzz.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/merkle/canonical.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace tapes;
using fuzz::require;

std::string number(std::size_t value) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
    }
    return out;
}

std::string framed(std::string_view headers, std::string_view payload) {
    auto out = number(16 + headers.size() + payload.size()) + number(headers.size());
    out += number(llm::crc32(out));
    out.append(headers).append(payload);
    return out + number(llm::crc32(out));
}

std::pair<std::string, bool> read(std::string_view bytes, std::size_t longest) {
    std::string all;
    llm::aws_event_reader reader;
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t) {
        reader.feed(piece, [&](const llm::aws_event& one) {
            require(one.begin <= piece.size(), "a message begins in its piece");
            const auto json = llm::json_of(one);
            std::string form;
            require(one.type == "chunk" || json.empty() ||
                        merkle::canonicalize(json, form) != merkle::canonical_error::not_json,
                    "a message says JSON");
            all.append(one.type).append("\n").append(json).append("\n");
        });
        require(!reader.broken() || reader.held_bytes() < 64, "what is broken holds nothing");
    });
    return {std::move(all), reader.broken()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const std::string_view text{bytes};
    const auto headers = text.empty() ? 0 : static_cast<unsigned char>(text[0]) % text.size();
    std::string good;
    llm::append_aws_event(good, "event", "chunk", R"({"bytes":"e30="})");
    llm::append_aws_event(good, "event", "messageStart", text.substr(headers));
    const auto odd = framed(text.substr(0, headers), text.substr(headers));
    for (const auto& stream : {std::string{text}, good + odd + good, good + std::string{text}}) {
        (void)fuzz::same_in_any_split(stream, "an AWS event stream says the same in any split",
                                      [&](std::size_t longest) { return read(stream, longest); });
        (void)llm::as_server_sent_events(stream);
    }
    return 0;
}
