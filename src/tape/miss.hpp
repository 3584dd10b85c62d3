#pragma once

#include <tapes/llm/api.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::tape {

/// The words around the first difference of two texts.
struct differing_words {
    std::string recorded;
    std::string asked;
};

/// Cuts them out, of what loose_text() gives or of any text, each in some hundred bytes at most, on one line
/// that hides nothing. `same` bytes at the beginning of both are the same. Pure.
differing_words first_difference(std::string_view recorded, std::string_view asked, std::size_t same);

/// Returns the body of an error with the status 404, as the API writes its errors, so that its SDKs show the
/// message. `api` may be null: then the path decides. Pure.
std::string miss_body(const llm::api* api, std::string_view path, std::string_view message);

}  // namespace tapes::tape
