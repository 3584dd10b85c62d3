#include "openai/path.hpp"

#include "path_names.hpp"

namespace tapes::llm::openai {
namespace {

std::string_view serving_endpoint(std::string_view path) noexcept {
    return segment_between(path, "/serving-endpoints/", "/invocations");
}

}  // namespace

bool is_serving_endpoint(std::string_view path) noexcept {
    return !serving_endpoint(path).empty();
}

path_facts read_path(std::string_view path) {
    if (const auto deployment = segment_between(path, "/openai/deployments/", {}); !deployment.empty()) {
        return {.model = name_in_path(deployment), .provider = "azure"};
    }
    if (const auto endpoint = serving_endpoint(path); !endpoint.empty()) {
        return {.model = name_in_path(endpoint), .provider = "databricks"};
    }
    return {.model = name_in_path(segment_between(path, "/engines/", "/completions"))};
}

}  // namespace tapes::llm::openai
