// Lines and events of streams, against the plainest way to find them.
#include "fuzz.hpp"

#include <lines.hpp>
#include <sse.hpp>

#include <string>
#include <vector>

namespace {

using namespace tapes;
using fuzz::require;

using texts = std::vector<std::string>;

/// What a string holds without memory of its own, and then some.
constexpr std::size_t short_text = 64;

/// All lines but the last, which has no end.
texts plain_lines(std::string_view bytes, std::string& rest) {
    texts lines(1);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (bytes[at] != '\n' && bytes[at] != '\r') {
            lines.back().push_back(bytes[at]);
            continue;
        }
        at += bytes[at] == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n' ? 1 : 0;
        lines.emplace_back();
    }
    rest = lines.back();
    lines.pop_back();
    return lines;
}

texts plain_events(texts lines, std::string rest) {
    lines.push_back(std::move(rest));
    lines.emplace_back();
    texts events;
    bool open = false;
    for (const auto& line : lines) {
        const auto data = llm::sse_data(line);
        if (data && !open) {
            events.emplace_back(*data);
        } else if (data) {
            events.back().append(1, '\n').append(*data);
        }
        open = !line.empty() && (open || data);
    }
    return events;
}

void check_lines(std::string_view bytes, const texts& expected, const std::string& rest,
                 std::size_t longest) {
    llm::line_splitter splitter;
    texts lines;
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t) {
        splitter.feed(piece, [&](std::string_view line, std::size_t begin) {
            require(begin <= piece.size(), "a line begins in its piece, or before");
            const auto tail = piece.substr(begin);
            require(tail.starts_with(line) || (begin == 0 && line.size() > 0), "a line is where it began");
            lines.emplace_back(line);
        });
    });
    const auto held = splitter.held_bytes();
    require(held >= rest.size() && held <= 2 * bytes.size() + short_text,
            "what has no end is held, and little more");
    require(lines == expected && splitter.take_rest() == rest, "lines are the same in any split");
}

void check_events(std::string_view bytes, const texts& expected, std::size_t longest) {
    llm::sse_reader reader;
    texts events;
    const auto keep = [&](std::string_view data) { events.emplace_back(data); };
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t) { reader.feed(piece, keep); });
    require(reader.held_bytes() <= 4 * bytes.size() + 2 * short_text, "little more is held than came");
    reader.finish(keep);
    require(events == expected, "events are the same in any split");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    std::string rest;
    const auto lines = plain_lines(bytes, rest);
    const auto events = plain_events(lines, rest);
    for (const std::size_t longest : {fuzz::uncut, std::size_t{1}, std::size_t{9}}) {
        check_lines(bytes, lines, rest, longest);
        check_events(bytes, events, longest);
    }
    return 0;
}
