#include <tapes/llm/parse_cost.hpp>
#include <tapes/text/json_cursor.hpp>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <utility>

namespace tapes::llm {

namespace {

constexpr std::size_t small_text_bytes = 64 * 1024;
/// How often a text is held beside its structure: as what is parsed, in its message, in its node, and to be
/// hashed.
constexpr std::uint64_t copies_of_text = 4;
/// How often an event is held: as it was gathered, and as what is parsed of it.
constexpr std::uint64_t copies_of_events = 2;
/// An element of an array may become a block, in a vector that grows, and a message with its node.
constexpr std::uint64_t element_bytes = 2048;
constexpr std::uint64_t member_bytes = 256;
/// Parsers refuse or skip what is nested deeper.
constexpr std::size_t deepest_counted = 1024;

/// Counts the values of a text by where they stand. Of values that follow each other (the events of a stream,
/// which are read one by one) the costliest counts.
class counter {
public:
    void open(bool array) noexcept {
        if (depth_ < deepest_counted) {
            arrays_.set(depth_, array);
        }
        ++depth_;
        next();
    }
    void close() noexcept {
        if (depth_ > 0 && --depth_ == 0) {
            most_ = std::max(most_, std::exchange(bytes_, 0));
        }
    }
    /// Counts another value where the text stands.
    void next() noexcept {
        if (depth_ > 0 && depth_ <= deepest_counted) {
            bytes_ += arrays_.test(depth_ - 1) ? element_bytes : member_bytes;
        }
    }
    std::uint64_t bytes() const noexcept { return std::max(most_, bytes_); }

private:
    std::bitset<deepest_counted> arrays_;
    std::size_t depth_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t most_ = 0;
};

std::uint64_t bytes_of_values(std::string_view json) noexcept {
    counter values;
    text::visit_json_marks(json, [&values](char mark) {
        if (mark == ',') {
            values.next();
        } else if (mark == '[' || mark == '{') {
            values.open(mark == '[');
        } else {
            values.close();
        }
        return true;
    });
    return values.bytes();
}

}  // namespace

std::uint64_t parse_cost(std::string_view json) noexcept {
    const auto text = copies_of_text * json.size();
    return json.size() <= small_text_bytes ? text : text + bytes_of_values(json);
}

std::uint64_t fold_cost(std::string_view stream) noexcept {
    return stream.size() <= small_text_bytes ? copies_of_text * stream.size()
                                             : copies_of_events * stream.size() + bytes_of_values(stream);
}

}  // namespace tapes::llm
