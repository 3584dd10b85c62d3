#include "commands.hpp"

#include <tapes/app/import.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* import_examples = R"(Examples:
  tapes import ~/.tapes/tapes.db                       into the default store (see: tapes config)
  tapes import old.db --sqlite new.sqlite --announce   and publish what is imported
  tapes import traffic.har                             the turns of a HAR file (mitmproxy, browsers, Charles)
  tapes import log.jsonl --provider openai             lines of JSON with a request and a response
  tapes import session.html                            a page of tapes export --as html, where its hashes hold

Of a tapes v0.4 database hashes stay as they are. A row whose content has another hash is named and left out
with what stands behind it; then the exit code is 1. The turns of a HAR file or of lines of JSON (our own,
LiteLLM's, Helicone's, OpenAI's stored completions) are recorded as if they had passed the proxy; entries that
are no turns are counted. An import may be repeated: what is there is left as it is.
Where a running tapes has the store, all is handed to it through its admin listener, a few at a time, between
its turns (admin.token where one is set).)";

}  // namespace

void add_import(CLI::App& root, command_context& context) {
    const auto words = std::make_shared<app::import_order>();
    auto* command = root.add_subcommand("import", "take what others have recorded into the store");
    command->fallthrough();
    command
        ->add_option("file", words->from,
                     "a tapes v0.4 database, a HAR file, lines of JSON or an exported page; it is only read")
        ->type_name("FILE")
        ->required();
    add_store_flag(*command, context);
    command->add_flag("--announce", words->announce,
                      "publish the nodes of a v0.4 database or a page, as if they were new");
    command->add_option("--provider", words->provider, "of turns that name none (default: their API's)")
        ->type_name("NAME");
    command->add_option("--agent", words->agent_name, "the agent of turns that name none")->type_name("NAME");
    command->footer(import_examples);
    set_action(*command, context, [&context, words] {
        return app::import_file(load_config(context).values, *words, context.out, context.err);
    });
}

}  // namespace tapes::cli
