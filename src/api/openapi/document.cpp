#include "openapi/document.hpp"

#include "openapi/schemas.hpp"

#include <tapes/text/ascii.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

using nlohmann::ordered_json;

ordered_json schema_ref(const std::string& name, const ordered_json& schemas) {
    if (!schemas.contains(name)) {
        throw std::logic_error{"no schema has the name " + name};
    }
    return {{"$ref", "#/components/schemas/" + name}};
}

/// A prefix takes one segment more, whose name is that of the one parameter in its path.
std::string document_path(const route& from) {
    return from.path.size() > 1 && from.path.ends_with('/') && !from.about.path.empty()
               ? from.path + "{" + from.about.path.front().name + "}"
               : from.path;
}

void add_parameters(ordered_json& to, const std::vector<parameter_about>& all, const char* place) {
    for (const auto& one : all) {
        ordered_json made{{"name", one.name}, {"in", place}, {"description", one.text}};
        if (std::string_view{place} == "path") {
            made["required"] = true;
        }
        made["schema"] = ordered_json::parse(one.schema);
        to.push_back(std::move(made));
    }
}

ordered_json problem_answer(std::string_view text) {
    return {{"description", text},
            {"content", {{problem_type, {{"schema", {{"$ref", "#/components/schemas/problem"}}}}}}}};
}

std::string_view problem_text(unsigned status) {
    switch (status) {
        case 400:
            return "The request is wrong.";
        case 401:
            return "A bearer token is required, or the cookie of a browser session.";
        case 403:
            return "The Host, or the Origin, is not allowed here.";
        case 404:
            return "There is no such thing.";
        case 409:
            return "It stands against what is there; of a name that may mean several things, all of them.";
        case 413:
            return "It is too large.";
        case 415:
            return "The body has another content type than the one that is taken.";
        case 422:
            return "What is given, or was recorded, cannot be decoded.";
        case 429:
            return "Too many have failed: try again later.";
        case 503:
            return "The store, or its catalogue, cannot be read or written now.";
        default:
            return "Something went wrong.";
    }
}

ordered_json answers_of(const route& from, const ordered_json& schemas) {
    ordered_json made = ordered_json::object();
    for (const auto& one : from.about.answers) {
        // Entries of one status are contents of different types.
        auto& answer = made[std::to_string(one.status)];
        answer["description"] = one.text;
        if (!one.content_type.empty()) {
            answer["content"][one.content_type] =
                one.schema.empty() ? ordered_json::object()
                                   : ordered_json{{"schema", schema_ref(one.schema, schemas)}};
        }
    }
    auto problems = from.about.problems;
    problems.push_back(403);
    if (!from.open) {
        problems.push_back(401);
    }
    std::ranges::sort(problems);
    for (const auto status : problems) {
        if (!made.contains(std::to_string(status))) {
            made[std::to_string(status)] = problem_answer(problem_text(status));
        }
    }
    made["default"] = problem_answer("What any request may meet: a wrong head, too many requests, a fault.");
    return made;
}

ordered_json operation_of(const route& from, const ordered_json& schemas) {
    ordered_json made{{"operationId", from.about.name}, {"summary", from.about.text}};
    made["parameters"] = ordered_json::array();
    add_parameters(made["parameters"], from.about.path, "path");
    add_parameters(made["parameters"], from.about.query, "query");
    if (!from.about.body.empty()) {
        made["requestBody"] = {
            {"required", true},
            {"content", {{"application/json", {{"schema", schema_ref(from.about.body, schemas)}}}}}};
    }
    made["responses"] = answers_of(from, schemas);
    if (from.open) {
        made["security"] = ordered_json::array();
    }
    return made;
}

}  // namespace

std::string openapi_document(const std::vector<route>& routes) {
    ordered_json schemas = ordered_json::object();
    const auto forms = ordered_json::parse(schema_text());
    for (const auto& [name, form] : forms.items()) {
        schemas[name] = expanded_schema(form);
    }
    ordered_json paths = ordered_json::object();
    std::vector<const route*> told;
    for (const auto& one : routes) {
        if (!one.about.name.empty()) {
            told.push_back(&one);
        }
    }
    std::ranges::sort(told, {}, [](const route* one) { return std::pair{one->path, one->method}; });
    for (const auto* const one : told) {
        std::string method = one->method;
        std::ranges::transform(method, method.begin(), [](char c) { return text::to_lower(c); });
        paths[document_path(*one)][method] = operation_of(*one, schemas);
    }
    const ordered_json document{
        {"openapi", "3.1.0"},
        {"info",
         {{"title", "tapes"},
          {"version", "1"},
          {"summary",
           "What was recorded between LLM clients and their providers, and the process that records."}}},
        {"security", ordered_json::array({ordered_json::object({{"token", ordered_json::array()}})})},
        {"paths", std::move(paths)},
        {"components",
         {{"schemas", std::move(schemas)},
          {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
    return document.dump(2) + "\n";
}

}  // namespace tapes::api
