#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::text {

/// Cuts the elements out of an array within a large JSON text that comes in pieces, and holds one element at
/// a time. The array is found by the members that lead to it: {"log", "entries"} for a HAR file, none for an
/// array that is the whole text. Where it comes again, in texts that stand one behind the other or because a
/// name is there twice, its elements are taken too. Whether the text is JSON is not checked beyond its
/// brackets and quotes; elements are given as they stand, and are to be checked by who takes them. Linear in
/// the bytes, any depth. One thread at a time.
class json_elements {
public:
    struct element {
        std::string text;
        bool too_long = false;  ///< longer than allowed: then there is no text of it
    };
    using taker = std::function<void(element)>;

    /// An element of more than `most_bytes` is not held, only told of.
    json_elements(std::vector<std::string> path, std::size_t most_bytes, taker take);

    void feed(std::string_view bytes);

    /// Tells whether the array was found.
    bool found() const noexcept { return found_; }
    /// Tells whether the array was found and has ended, each time.
    bool complete() const noexcept { return found_ && !inside_; }

private:
    void feed_one(char c);
    void begin_value(char c);
    void end_value();
    void open(char c);
    void close();
    bool at_element() const noexcept { return inside_ && depth_ == array_depth_; }
    void keep(char c);
    void keep_all(std::string_view part);

    const std::vector<std::string> path_;
    const std::size_t most_;
    const taker take_;
    std::size_t depth_ = 0;    ///< of open brackets
    std::size_t matched_ = 0;  ///< so many members of the path lead to the object that is open
    std::size_t array_depth_ = 0;
    bool inside_ = false, found_ = false;
    bool in_string_ = false, escaped_ = false, in_name_ = false, expects_name_ = false;
    bool name_matches_ = false;
    std::string name_;
    element current_;
    bool has_element_ = false;
};

}  // namespace tapes::text
