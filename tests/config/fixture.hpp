#pragma once

#include <tapes/config/load.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

/// A directory of its own, gone afterwards, with the inputs of a process that runs in it.
class sandbox {
public:
    sandbox() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tapes-config-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error{"mkdtemp"};
        }
        root_ = pattern;
        std::filesystem::create_directories(root_ / "work");
        std::filesystem::create_directories(root_ / "home");
        in.working_directory = (root_ / "work").string();
        in.home = (root_ / "home").string();
        in.config_dir = (root_ / "conf").string();
    }
    ~sandbox() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    sandbox(const sandbox&) = delete;
    sandbox& operator=(const sandbox&) = delete;

    const std::filesystem::path& root() const { return root_; }
    std::string file() const { return in.config_dir + "/config.toml"; }

    void write(const std::string& text) const {
        std::filesystem::create_directories(in.config_dir);
        std::ofstream{file(), std::ios::binary} << text;
    }
    std::string read() const { return read_all(file()); }

    static std::string read_all(const std::string& path) {
        std::ostringstream text;
        text << std::ifstream{path, std::ios::binary}.rdbuf();
        return text.str();
    }

    tapes::config::loaded load() const { return tapes::config::load(in); }

    std::string failure() const {
        try {
            load();
        } catch (const tapes::config::error& wrong) {
            return wrong.what();
        }
        return "";
    }

    /// What loading says when `key` is given as a flag.
    std::string failure_of(const std::string& key, const std::string& value) {
        in.flags = {{key, value, "--set " + key}};
        return failure();
    }

    tapes::config::inputs in;

private:
    std::filesystem::path root_;
};
