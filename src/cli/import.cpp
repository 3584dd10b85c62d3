#include "commands.hpp"

#include <tapes/app/import.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* import_examples = R"(Examples:
  tapes import ~/.tapes/tapes.db                       into the default store (see: tapes config)
  tapes import old.db --sqlite new.sqlite --announce   and publish what is imported

Hashes stay as they are, and an import may be repeated: what is there is left as it is. A row whose content
has another hash is named and left out with what stands behind it; then the exit code is 1.
Where a running tapes has the store, the nodes are handed to it through its admin listener, a few at a time,
between its turns (admin.token where one is set).)";

struct import_words {
    std::string file;
    bool announce = false;
};

}  // namespace

void add_import(CLI::App& root, command_context& context) {
    const auto words = std::make_shared<import_words>();
    auto* command = root.add_subcommand("import", "take the history of a tapes v0.4 database into the store");
    command->fallthrough();
    command->add_option("file", words->file, "the tapes v0.4 database; it is only read")
        ->type_name("FILE")
        ->required();
    add_store_flag(*command, context);
    command->add_flag("--announce", words->announce, "publish the imported nodes, as if they were new");
    command->footer(import_examples);
    set_action(*command, context, [&context, words] {
        return app::import_store(load_config(context).values, words->file, words->announce, context.out,
                                 context.err);
    });
}

}  // namespace tapes::cli
