#include "commands.hpp"

#include <tapes/app/export.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* export_examples = R"(Examples:
  tapes export --as markdown > session.md       the newest session, as text
  tapes export 3f2a9c81 --as markdown -o a.md   the chain that ends with this node
  tapes export @1 --as markdown --thread 2      one thread of the session before
  tapes export --as har -o session.har          its exchanges, for DevTools, Playwright, Charles
  tapes export --as otlp > spans.jsonl          its spans by OpenTelemetry's GenAI conventions
  tapes export --as openai-finetune             an example for each leaf
  tapes export 3f2a9c81 --as request            the request that goes on from this node; --api anthropic,
                                                openai-chat or openai-responses: in another API's form

Each export is looked through for secrets in what was said (keys, tokens, private keys, passwords), which are
replaced by [redacted: kind]; what was taken out is told on standard error and at the end of the file. See
docs/exports.md.)";

}  // namespace

void add_export(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::record_export>();
    auto* command =
        root.add_subcommand("export", "write a session, a chain or an exchange in a form that others read");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("id", request->id, "a session, node or exchange (default @, the newest session)")
        ->type_name("ID");
    command->add_option("--as", request->as, "the form")
        ->required()
        ->type_name("FORM")
        ->check(CLI::IsMember(app::export_forms()));
    command->add_option("-o,--output", request->file, "a file instead of standard output")->type_name("FILE");
    command->add_option("--thread", request->thread, "one thread of a session, from 1")
        ->type_name("N")
        ->check(whole_number);
    command->add_option("--api", request->api, "of the form request: in which API's form")->type_name("API");
    command
        ->add_option("--carry", request->carry_mb,
                     "of the form html: carry nodes of up to so much (default 8)")
        ->type_name("MB")
        ->check(whole_number);
    command->add_flag("--keep-secrets", request->keep_secrets, "secrets stay in what was said");
    command->footer(export_examples);
    set_action(*command, context, [&context, request] {
        return app::export_record(load_config(context).values, *request, context.out, context.err);
    });
}

}  // namespace tapes::cli
