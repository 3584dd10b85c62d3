#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"

#include <filesystem>
#include <sstream>
#include <utility>

/// llm 0.30 and 0.36. Its own models take OPENAI_BASE_URL, as the SDKs of its plugins take their variables;
/// those of extra-openai-models.yaml have an `api_base` each (llm.datasette.io/en/stable/other-models.html).
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;

constexpr const char* extra_models = "extra-openai-models.yaml";

fs::path llm_folder(const invocation& client) {
    if (const auto own = client.variable("LLM_USER_PATH"); !own.empty()) {
        return fs::path{client.world.working_directory} / own;
    }
    const auto config = client.variable("XDG_CONFIG_HOME");
    return (config.empty() ? fs::path{client.world.home} / ".config" : fs::path{config}) / "io.datasette.llm";
}

/// A file of models, cut at its base URLs.
struct cut_models {
    std::vector<std::string> pieces;  ///< one more than `keys`
    std::vector<std::string> keys;    ///< of the upstreams between them
};

/// Finds the `api_base` of each model and adds it to the plan's upstreams.
cut_models cut(const settings_file& file, const std::string& text, const std::string& named, plan& to) {
    cut_models made;
    std::string piece;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find("api_base");
        if (at == std::string::npos || line.substr(0, line.find_first_not_of(" \t") + 1).ends_with('#')) {
            piece += line + "\n";
            continue;
        }
        const auto before = line.find_first_not_of(" \t-");
        const auto colon = line.find_first_not_of(" \t", at + 8);
        const auto value = colon != std::string::npos && line[colon] == ':' && before == at
                               ? yaml_scalar(std::string_view{line}.substr(colon + 1))
                               : std::nullopt;
        if (!value) {
            file.refuse("gives an api_base in a form that tapes does not read");
        }
        if (value->empty() || *value == "null" || *value == "~") {
            piece += line + "\n";
            continue;
        }
        const auto key = "extra-" + std::to_string(made.keys.size() + 1);
        to.upstreams[key] = {base_url(named.empty() ? *value : named, file.path.string()), "openai"};
        made.pieces.push_back(piece + line.substr(0, colon + 1) + " ");
        made.keys.push_back(key);
        piece = "\n";
    }
    made.pieces.push_back(piece);
    return made;
}

/// Makes a folder like the user's, with another file of models: the rest are links, so that logs and keys are
/// the user's own.
fs::path stand_in(const fs::path& folder, const cut_models& models, const base_urls& at) {
    auto made = make_private_folder();
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (entry.path().filename() != extra_models) {
            fs::create_symlink(fs::absolute(entry.path()), made / entry.path().filename());
        }
    }
    for (const auto* const later : {"logs.db", "keys.json", "aliases.json", "default_model.txt"}) {
        std::error_code there;  // what does not exist yet is made in the user's folder
        fs::create_symlink(fs::absolute(folder / later), made / later, there);
    }
    std::string text = models.pieces.front();
    for (std::size_t i = 0; i < models.keys.size(); ++i) {
        text += '"' + at(models.keys[i]) + '"' + models.pieces[i + 1];
    }
    write_private(made / extra_models, text);
    return made;
}

}  // namespace

plan plan_llm(const invocation& client, const named_upstreams& named) {
    auto made = plan_generic(client, named);
    made.agent = "llm";
    const auto folder = llm_folder(client);
    const settings_file file{folder / extra_models, "--openai-upstream"};
    const auto text = file.text();
    if (!text) {
        return made;
    }
    auto models = cut(file, *text, named.openai, made);
    if (models.keys.empty()) {
        return made;
    }
    made.point = [first = std::move(made.point), folder, models = std::move(models)](const base_urls& at,
                                                                                     launch& to) {
        first(at, to);
        const auto own = stand_in(folder, models, at);
        to.environment["LLM_USER_PATH"] = own.string();
        to.clean_up = [own] {
            std::error_code ignored;
            fs::remove_all(own, ignored);
        };
    };
    return made;
}

}  // namespace tapes::app::run
