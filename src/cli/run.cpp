#include "key_flags.hpp"
#include "tape_flags.hpp"

#include <tapes/app/run.hpp>

#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* run_examples = R"(Examples:
  tapes run -- claude
  tapes run -- codex exec "explain this repository"
  tapes run -- python agent.py                      any program on the OpenAI, Anthropic or Ollama SDKs
  tapes run --upstream https://gateway.example/v1 -- node agent.mjs
  tapes run -s ./here.sqlite -- aider
  tapes run --tape agent.tape -- python agent.py    record all that passes on a tape
  tapes run --replay agent.tape -- python agent.py  run it again from the tape: offline, and for nothing

Requests go where they would have gone without tapes: to the base URL of the environment or of the program's own
settings, else to the provider. Where that cannot be found out, an upstream must be named. See docs/run.md.)";

}  // namespace

void add_run(CLI::App& root, command_context& context) {
    const auto request = std::make_shared<app::run_request>();
    const auto replay = std::make_shared<app::tape_request>();
    auto* command =
        root.add_subcommand("run", "run a command (behind --) and record what it says to LLM APIs");
    command->fallthrough();
    add_store_flag(*command, context);
    command->add_option("--agent", request->agent, "recorded with the turns (default: the program's name)")
        ->type_name("NAME");
    command
        ->add_option("-u,--upstream", request->upstream, "where its requests go, whatever its settings say")
        ->type_name("URL");
    command->add_option("--anthropic-upstream", request->anthropic_upstream, "where those to Anthropic go")
        ->type_name("URL");
    command->add_option("--openai-upstream", request->openai_upstream, "where those to OpenAI go")
        ->type_name("URL");
    command->add_option("--ollama-upstream", request->ollama_upstream, "where those to Ollama go")
        ->type_name("URL");
    command->add_option("--gemini-upstream", request->gemini_upstream, "where those to Gemini go")
        ->type_name("URL");
    auto* const tape = command->add_option("--tape", request->tape, "record all that passes in this store")
                           ->type_name("FILE");
    auto* const replayed =
        command->add_option("--replay", replay->store, "answer its requests from this tape")
            ->type_name("FILE")
            ->excludes(tape);
    add_tape_flags(*command, *replay, replayed);
    add_set_flag(*command, context);
    command->footer(run_examples);
    set_action(*command, context, [&context, request, replay] {
        if (!replay->store.empty()) {
            request->replay = *replay;
        }
        if (context.behind_dashes.empty()) {
            throw usage_error{"the command is missing: it stands behind --, as in tapes run -- claude"};
        }
        request->command = context.behind_dashes;
        return app::run_command(load_config(context).values, *request, app::process_world(), context.err);
    });
}

}  // namespace tapes::cli
