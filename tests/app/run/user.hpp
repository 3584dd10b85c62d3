#pragma once

#include "run/client.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::app::run::test {

/// A user with files of their own, gone afterwards. Of paths, "home/", "project/" (the working directory, the
/// top of a git tree) and "root/" (what stands below / elsewhere) begin those of files.
class user {
public:
    user() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tapes-user-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error{"mkdtemp"};
        }
        folder_ = pattern;
        for (const auto* const name : {"home", "project/.git", "root"}) {
            std::filesystem::create_directories(folder_ / name);
        }
        world.home = (folder_ / "home").string();
        world.working_directory = (folder_ / "project").string();
        world.root = (folder_ / "root").string();
    }
    ~user() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    user(const user&) = delete;
    user& operator=(const user&) = delete;

    void write(const std::string& name, const std::string& text) const {
        const auto path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream{path} << text;
    }
    std::filesystem::path path(const std::string& name) const { return folder_ / name; }

    /// The plan for a command, as `tapes run` makes it.
    plan plan_for(const std::vector<std::string>& command, const named_upstreams& named = {}) const {
        const auto client = find_invocation(command, world);
        const auto* const known = find_client(client.name);
        return known == nullptr ? plan_generic(client, named) : known->make(client, named);
    }

    /// Where requests go, "KEY URL" for each; or "error: …".
    std::string upstreams_of(const std::vector<std::string>& command,
                             const named_upstreams& named = {}) const {
        try {
            std::string text;
            for (const auto& [key, one] : plan_for(command, named).upstreams) {
                text += (text.empty() ? "" : ", ") + key + " " + one.url;
            }
            return text;
        } catch (const usage_error& wrong) {
            return std::string{"error: "} + wrong.what();
        }
    }

    /// What the command is started with, base URLs being "at:KEY".
    launch launch_of(const std::vector<std::string>& command) const {
        launch made{command, world.environment, {}, {}};
        plan_for(command).point([](std::string_view key) { return "at:" + std::string{key}; }, made);
        return made;
    }

    run_world world;

private:
    std::filesystem::path folder_;
};

/// Files and variables of a user, and where the requests of a command go then.
struct settings_case {
    const char* about;
    std::map<std::string, std::string> files;
    std::map<std::string, std::string> environment;
    std::vector<std::string> command;
    std::string upstreams;  ///< or what an error contains: "error: …"
};

}  // namespace tapes::app::run::test
