#pragma once

#include "json.hpp"
#include "streamed_text.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tapes::llm::gemini {

/// The arguments of a call that come in pieces: each names its place in them by a JSON path (RFC 9535), and
/// pieces of one string are joined (Vertex, `streamFunctionCallArguments`). The functions that take JSON
/// throw simdjson::simdjson_error.
class partial_args {
public:
    /// Takes the `partialArgs` of a piece.
    void add(json_value pieces);

    /// Appends the arguments as a JSON object. Pieces whose path leads nowhere stand in it under their path,
    /// and so do those that lead too deep: what the places of all pieces take is bounded by how many pieces
    /// there are.
    void write(std::string& out) const;

private:
    struct value {
        enum class kind : std::uint8_t { nothing, text, json, object, list };
        kind form = kind::nothing;
        streamed_text text;  ///< of `json`: a scalar's JSON
        std::map<std::string, value, std::less<>> members;
        std::vector<value> elements;

        void write(std::string& out) const;
    };

    static constexpr std::size_t deepest_path = 64;
    using step = std::variant<std::string, std::size_t>;  ///< a name, or an index

    struct piece {
        std::string path;
        std::string text;
        std::string json;  ///< of what is no text; "" for a text
    };

    static piece read(json_object from);
    static std::vector<step> steps_of(std::string_view path);
    value& at(std::string_view path);
    std::size_t known_of(const std::vector<step>& steps) const;
    bool has_room_for(const std::vector<step>& steps);

    value root_;
    std::size_t spare_ = deepest_path;  ///< values that may still be made
};

}  // namespace tapes::llm::gemini
