#pragma once

#include <tapes/config/config.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::config {

/// Where a value came from; a later one wins.
enum class source { fallback, file, environment, flag };

/// Why there is no configuration; `what()` is one line that names the key, the value, where it came from and
/// what would be right. Secrets are masked.
class error : public std::runtime_error {
public:
    explicit error(const std::string& what, source where = source::fallback)
        : std::runtime_error{what}, where_{where} {}
    source where() const noexcept { return where_; }

private:
    source where_;
};

/// A value given on the command line.
struct flag_value {
    std::string key;  ///< as in keys()
    std::string value;
    std::string flag;  ///< how it was given: "--listen"
};

/// Everything a configuration is made from, so that a test can give its own.
struct inputs {
    std::vector<flag_value> flags;
    std::optional<std::uint16_t> port;               ///< `--port`: replaces the port of `proxy.listen`
    std::string config_dir;                          ///< `--config-dir`, "" where not given
    std::map<std::string, std::string> environment;  ///< only TAPES_* matter; an empty value is as if unset
    std::string working_directory;
    std::string home;
};

/// The environment, working directory and home of this process.
inputs process_inputs();

/// One value and its origin, as `tapes config` shows it.
struct entry {
    std::string key;
    std::string value;  ///< not masked
    source from = source::fallback;
    std::string origin;  ///< "default", "/home/me/.tapes/config.toml:3", "TAPES_LOG_LEVEL", "--listen"
};

struct loaded {
    settings values;
    std::vector<entry> entries;  ///< one per key, librdkafka property and client, in the order of keys()
    std::vector<std::string> warnings;  ///< one line each
};

/// Defaults < config.toml < TAPES_* < flags, checked value by value and as a whole. Throws error.
loaded load(const inputs& from);

/// The tokens of proxy.clients by name, those in files read. Throws error, which names the client and no
/// token.
std::map<std::string, std::string> client_tokens(const proxy_settings& proxy);

/// A listen address that is no key of the configuration, by the same rule. Throws error, which names
/// `flag`.
listen_address read_listen(const std::string& flag, const std::string& text);

/// The directory of the configuration: `--config-dir`, else TAPES_CONFIG_DIR, else ./.tapes where it exists,
/// else ~/.tapes.
std::string find_config_dir(const inputs& from);

/// Writes `key = value` to `<directory>/config.toml`, keeping everything else in the file as it is; the file
/// (0600) and directory (0700) are made when missing. The value is checked first. Throws error.
void set_in_file(const std::string& directory, const std::string& key, const std::string& value);

}  // namespace tapes::config
