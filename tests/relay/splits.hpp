#pragma once

#include <catch2/catch.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace tapes::relay::test {

/// Calls `check` with the parts of `text`: whole, byte by byte, and in every split in two.
template <class Check>
void in_every_split(std::string_view text, Check check) {
    check(std::vector<std::string_view>{text});
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bytes.push_back(text.substr(i, 1));
    }
    check(bytes);
    for (std::size_t i = 0; i <= text.size(); ++i) {
        CAPTURE(i);
        check(std::vector<std::string_view>{text.substr(0, i), text.substr(i)});
    }
}

}  // namespace tapes::relay::test
