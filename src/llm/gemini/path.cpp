#include "gemini/api.hpp"
#include "gemini/names.hpp"
#include "path_names.hpp"

namespace tapes::llm::gemini {
namespace {

constexpr std::string_view one_shot = "generateContent";
constexpr std::string_view in_pieces = "streamGenerateContent";

struct custom_method {
    std::string_view resource;  ///< what stands before the colon
    std::string_view name;      ///< of the method
};

/// Splits a path at the colon before its custom method (google.aip.dev/136), which clients may encode.
custom_method split(std::string_view path) noexcept {
    const auto segment = path.rfind('/') + 1;  // 0 where there is none
    for (const std::string_view colon : {":", "%3A", "%3a"}) {
        const auto at = path.rfind(colon);
        if (at != std::string_view::npos && at >= segment) {
            return {path.substr(0, at), path.substr(at + colon.size())};
        }
    }
    return {};
}

}  // namespace

bool matches(std::string_view path) noexcept {
    const auto name = split(path).name;
    return name == one_shot || name == in_pieces;
}

path_facts read_path(std::string_view path) {
    const auto [resource, name] = split(path);
    path_facts facts;
    facts.streamed = name == in_pieces;
    const auto at = resource.rfind('/');
    if (at == std::string_view::npos || resource.substr(at + 1) == "v1internal") {
        return facts;
    }
    const auto collection = resource.substr(0, at);
    const bool tuned = collection.ends_with("/tunedModels") || collection.ends_with("/endpoints");
    const auto from = tuned ? collection.rfind('/') + 1 : at + 1;
    facts.model = plain_model(name_in_path(resource.substr(from)));
    return facts;
}

}  // namespace tapes::llm::gemini
