#include "file.hpp"

#include "rules.hpp"
#include "toml_text.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/config/load.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace tapes::config {

namespace {

namespace fs = std::filesystem;

/// Replaces the file at once (write beside it, rename over it), readable only by its owner.
void replace_file(const std::string& path, const std::string& text) {
    const auto beside = path + ".new";
    ::unlink(beside.c_str());  // what a killed process has left; of a link only the link
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = file >= 0;
    for (std::size_t done = 0; good && done < text.size();) {
        const auto wrote = ::write(file, text.data() + done, text.size() - done);
        good = wrote > 0;
        done += good ? static_cast<std::size_t>(wrote) : 0;
    }
    good = good && ::fsync(file) == 0;
    const int failure = errno;
    if (file >= 0) {
        ::close(file);
    }
    if (!good || ::rename(beside.c_str(), path.c_str()) != 0) {
        const int why = good ? errno : failure;
        ::unlink(beside.c_str());
        throw error{"cannot write " + path + ": " + std::strerror(why)};
    }
}

/// The value as it is written into the file.
std::string written(const rule* known, const std::string& value) {
    if (known == nullptr) {
        return toml_string(value);
    }
    settings scratch;
    known->read(scratch, raw{value, {}, false});
    const auto& form = known->about.form;
    if (form == as_switch::form || form == as_patterns::form || form == as_count<0, 0>::form ||
        form == as_policy_names::form || form == as_policies::form || form == as_clients::form) {
        return known->show(scratch);
    }
    return toml_string(value);
}

/// `text` with `line` as the first line of `[section]`, which is appended where it is missing.
std::string with_line(const std::string& text, const std::string& section, const std::string& line) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto newline = std::min(text.find('\n', at), text.size());
        const auto current = trimmed(std::string_view{text}.substr(at, newline - at));
        if (current == "[" + section + "]" || current.starts_with("[" + section + "] ") ||
            current.starts_with("[" + section + "]#")) {
            const auto head = text.substr(0, newline) + "\n";
            return head + line + "\n" + (newline < text.size() ? text.substr(newline + 1) : "");
        }
        at = newline + 1;
    }
    const bool blank = text.empty() || text.ends_with("\n\n");
    return text + (blank ? "" : text.ends_with('\n') ? "\n" : "\n\n") + "[" + section + "]\n" + line + "\n";
}

std::string edited(const std::string& text, const std::string& key, const std::string& value) {
    const auto property = property_of(key);
    const auto client = client_of(key);
    for (const auto& leaf : toml_leaves(text)) {
        if (leaf.path == key) {
            return text.substr(0, leaf.begin) + value + text.substr(leaf.end);
        }
    }
    const auto section = !property.empty() ? std::string{properties_key}
                         : !client.empty() ? std::string{clients_key}
                                           : key.substr(0, key.rfind('.'));
    const auto name = !property.empty() ? toml_string(property)
                      : !client.empty() ? toml_string(client)
                                        : key.substr(section.size() + 1);
    return with_line(text, section, name + " = " + value);
}

/// True when the edited text says what was wanted, whatever the shape of the file was.
bool says(const std::string& text, const std::string& key, const std::string& value) {
    for (const auto& leaf : toml_leaves(text)) {
        if (leaf.path == key) {
            const auto wanted = toml_leaves("it = " + value + "\n");
            return leaf.value.text == wanted.front().value.text &&
                   leaf.value.items == wanted.front().value.items;
        }
    }
    return false;
}

}  // namespace

std::string config_file(const std::string& directory) {
    return (fs::path{directory} / "config.toml").string();
}

std::string read_config_file(const std::string& path) {
    std::error_code failed;
    if (!fs::exists(path, failed) && !failed) {
        return {};
    }
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || !fs::is_regular_file(path, failed)) {
        throw error{"cannot read " + path +
                    (errno != 0 ? ": " + std::string{std::strerror(errno)} : std::string{})};
    }
    return text.str();
}

std::string project_of(const std::string& directory) {
    const fs::path start{directory};
    std::error_code ignored;
    for (auto here = start; !here.empty(); here = here.parent_path()) {
        if (fs::exists(here / ".git", ignored) && here.has_filename()) {
            return here.filename().string();
        }
        if (here == here.root_path()) {
            break;
        }
    }
    const auto name = start.filename().string();
    return name.empty() ? "default" : name;
}

void set_in_file(const std::string& directory, const std::string& key, const std::string& value) {
    const auto* known = find_rule(key);
    if (known == nullptr && property_of(key).empty() && client_of(key).empty()) {
        const auto meant = nearest_key(key);
        throw error{"unknown key " + key + (meant.empty() ? "" : "; did you mean " + meant + "?"),
                    source::flag};
    }
    const auto path = config_file(directory);
    std::string changed;
    try {
        if (const auto client = client_of(key); !client.empty()) {
            std::map<std::string, std::string> scratch;
            as_clients::add(scratch, client, value);
        }
        const auto text = written(known, value);
        changed = edited(read_config_file(path), key, text);
        if (!says(changed, key, text)) {
            throw error{"cannot change " + key + " in " + path +
                        " as it is written there; edit the file by hand"};
        }
    } catch (const bad_value& wrong) {
        throw error{key + " = \"" + masked(key, value) + "\": " + wrong.what(), source::flag};
    } catch (const error&) {
        throw;
    } catch (const std::runtime_error& wrong) {
        throw error{path + ": " + wrong.what()};
    }
    if (::mkdir(directory.c_str(), 0700) != 0 && errno == ENOENT) {
        std::error_code ignored;
        fs::create_directories(fs::path{directory}.parent_path(), ignored);
        ::mkdir(directory.c_str(), 0700);
    }
    replace_file(path, changed);
}

}  // namespace tapes::config
