#pragma once

#include <tapes/app/usage_error.hpp>
#include <tapes/cli/run.hpp>

#include <CLI/CLI.hpp>

#include <iosfwd>
#include <string>

/// One function per command, each in a file of its own: it adds the command to its parent. A command that is
/// chosen leaves what is to be done in `context::chosen`; run() does it after the whole line was understood.
namespace tapes::cli {

struct context {
    const actions& act;
    config::inputs from;  ///< flags and --config-dir gather here
    std::ostream& out;
    std::ostream& err;
    std::function<int()> chosen;
};

/// A mistake in the command line that CLI11 does not see.
using app::usage_error;

void add_serve(CLI::App& root, context& with);
void add_serve_proxy(CLI::App& serve, context& with);
void add_serve_mock(CLI::App& serve, context& with);
void add_serve_collector(CLI::App& serve, context& with);
void add_config(CLI::App& root, context& with);
void add_import(CLI::App& root, context& with);
void add_dlq(CLI::App& root, context& with);
void add_cursor(CLI::App& root, context& with);
void add_exchange(CLI::App& root, context& with);
void add_verify(CLI::App& root, context& with);
void add_rederive(CLI::App& root, context& with);
void add_rebuild(CLI::App& root, context& with);
void add_orphans(CLI::App& root, context& with);
void add_replay(CLI::App& root, context& with);
void add_version(CLI::App& root, context& with);
void add_completion(CLI::App& root, context& with);

/// `--sqlite`, for commands that work on a store.
void add_store_flag(CLI::App& command, context& with);

/// A check of CLI11: digits alone, at most 2^63 - 1. CLI11 itself lets an unsigned number wrap around.
std::string whole_number(const std::string& text);

/// The flags that `serve` and `serve proxy` share.
void add_proxy_flags(CLI::App& command, context& with);
int serve_proxy(context& with);

/// The checked configuration; its warnings go to `err`.
config::loaded load_config(context& with);

/// "tapes 0.1.0"
std::string version_line();

}  // namespace tapes::cli
