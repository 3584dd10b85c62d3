#include "questions/arguments.hpp"
#include "questions/tools.hpp"

#include <tapes/mcp/questions.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tapes::mcp {

namespace {

struct known_tool {
    tool (*about)();
    ordered_json (*answer)(const question&);
};

constexpr std::array known_tools{known_tool{search_tool, search_answer}, known_tool{list_tool, list_answer},
                                 known_tool{show_tool, show_answer},     known_tool{why_tool, why_answer},
                                 known_tool{stats_tool, stats_answer},   known_tool{tree_tool, tree_answer},
                                 known_tool{diff_tool, diff_answer}};

tool made_tool(const known_tool& known, const question_scope& scope) {
    auto made = known.about();
    auto& properties = made.input["properties"];
    if (scope.all_projects) {
        properties["project"] = text_schema("Only what belongs to this project; else all projects.");
    } else {
        made.description += " Only of the project this server was started in.";
    }
    properties["bytes"] =
        number_schema("About so many bytes of JSON at most.", 1000, most_answer_bytes, usual_answer_bytes);
    return made;
}

}  // namespace

std::vector<tool> tools_of(const question_scope& scope) {
    std::vector<tool> all;
    all.reserve(known_tools.size());
    for (const auto& known : known_tools) {
        all.push_back(made_tool(known, scope));
    }
    return all;
}

tool_result answer(read::sources& from, const read::price_table& prices, const question_scope& scope,
                   const tool_call& call) {
    for (const auto& known : known_tools) {
        const auto about = made_tool(known, scope);
        if (about.name != call.tool) {
            continue;
        }
        try {
            if (!from.catalogue) {
                throw wrong_call{"the store has no catalogue, so nothing is known of its sessions"};
            }
            const arguments given{about.input, call.arguments};
            const question asked{from, prices, scope, given};
            auto record = known.answer(asked);
            ordered_json limited{
                {"project", asked.project().empty() ? ordered_json(nullptr) : ordered_json(asked.project())}};
            limited.update(record);
            return {std::move(limited), {}};
        } catch (const wrong_call& problem) {
            return {nullptr, problem.what()};
        }
    }
    return {nullptr, "there is no such tool"};
}

ordered_json object_schema(const ordered_json& properties, const std::vector<std::string>& required) {
    return {{"type", "object"},
            {"properties", properties},
            {"required", required},
            {"additionalProperties", false}};
}

ordered_json paged_schema(const std::string& name, const std::string& about, const ordered_json& more) {
    ordered_json properties{
        {"project", {{"type", {"string", "null"}}, {"description", "What it is limited to."}}}};
    properties.update(more);
    properties[name] = {{"type", "array"}, {"description", about}, {"items", {{"type", "object"}}}};
    properties["next"] = {{"type", {"string", "null"}},
                          {"description", "The cursor of the next page; null: there is none."}};
    // Further members may be told by later versions.
    return {{"type", "object"}, {"properties", properties}, {"required", {"project", name, "next"}}};
}

}  // namespace tapes::mcp
