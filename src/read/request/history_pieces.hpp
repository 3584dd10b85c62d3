#pragma once

#include <tapes/read/request_parts.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tapes::read {

/// The parts of one element of a history that is read already.
struct known_element {
    const std::vector<request_part>* parts = nullptr;  ///< as of the message 0, at offset 0
    std::uint64_t bytes = 0;                           ///< of the element with the separator before it
};

/// Elements that stand in the history of a body in the place of one element.
struct history_pieces {
    std::size_t at = 0;    ///< where the element stands for which they are
    std::size_t size = 0;  ///< of that element, with the separator before it
    std::span<const known_element> elements;
};

/// Reads the parts as read_request_parts() does of the whole body.
request_parts read_request_parts(std::string_view api, std::string_view body, const history_pieces& pieces);

/// Returns the parts of one element of a history, as of the message 0.
std::vector<request_part> parts_of_element(std::string_view api, std::string_view text,
                                           std::string_view element);

}  // namespace tapes::read
