#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::app::run {

/// A file of a client's settings that may say where its requests go. All of these throw usage_error, in one
/// line that names the file and `flag`, where there is one that cannot be read: then nobody knows.
struct settings_file {
    std::filesystem::path path;
    std::string_view flag;  ///< by which a person can say it instead: "--anthropic-upstream"

    /// Returns the file's text; nothing where there is no such file.
    std::optional<std::string> text() const;
    /// Returns the JSON object in it, comments aside; nothing where there is no such file, or it is empty.
    std::optional<nlohmann::json> json() const;
    /// Returns the variables of a `.env` file, in the way of python-dotenv. A value that refers to others
    /// counts as `unclear_value`.
    std::map<std::string, std::string> variables() const;
    /// Returns the plain value of a key at the top of a YAML mapping, "" where it is not there. A value in
    /// any other form throws.
    std::string yaml_value(std::string_view key) const;

    [[noreturn]] void refuse(const std::string& reason) const;
};

/// Stands for a value of which nobody can tell what a client makes of it.
inline constexpr std::string_view unclear_value = "\x01unclear";

/// Returns the plain or quoted scalar that a line of YAML gives; nothing where it is anything else.
std::optional<std::string> yaml_scalar(std::string_view text);

/// Returns the nearest folder, from `from` upward, that holds ".git"; nothing where there is none.
std::optional<std::filesystem::path> git_root(const std::filesystem::path& from);

/// Returns the first of the files of these names that there is: from a folder upward, then in the home, in
/// each folder in the order of the names. Nothing where there is none.
std::optional<settings_file> nearest_settings_file(const std::filesystem::path& from,
                                                   const std::filesystem::path& home,
                                                   std::initializer_list<std::string_view> names,
                                                   std::string_view flag);

/// Makes a folder that only this user can read, for one command. Throws std::runtime_error.
std::filesystem::path make_private_folder();

/// Writes a file that only this user can read. Throws std::runtime_error.
void write_private(const std::filesystem::path& path, std::string_view text);

}  // namespace tapes::app::run
