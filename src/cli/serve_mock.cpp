#include "key_flags.hpp"
#include "tape_flags.hpp"

#include <algorithm>
#include <memory>

namespace tapes::cli {

namespace {

constexpr const char* serve_mock_examples = R"(Examples:
  tapes serve mock
  tapes serve mock --listen 127.0.0.1:9999 --delay 200 --event-delay 20 --events 200
  tapes serve mock --replay agent.tape                       answers come from a record
  tapes serve mock --replay agent.tape --speed 1 --ignore dates --ignore uuids
  tapes serve mock --replay agent.tape --record-missing --upstream https://api.openai.com/v1

It calls a tool only when a request asks for it: by [call TOOL {"name": "value"}] in the user's last message, or
by [task] there, or by a model named tapes-agent. The task of an agent reads a file, writes tapes-mock.txt, runs
"echo tapes-mock" and answers. Headers X-Mock-* steer single answers: see docs/mock.md.)";

/// The more connections there are, the more of them look something up at the same time.
constexpr int least_tape_threads = 4;

mock::options tape_options(const mock_flags& flags) {
    mock::options made;
    made.host = flags.listen.host;
    made.port = flags.listen.port;
    made.threads = std::max(flags.threads, least_tape_threads);
    return made;
}

}  // namespace

void add_serve_mock(CLI::App& serve, command_context& context) {
    auto* command =
        serve.add_subcommand("mock", "run a small upstream that speaks LLM APIs, for trying things out");
    const auto flags = std::make_shared<mock_flags>();
    const auto listen = std::make_shared<std::string>(flags->listen.text());
    command->add_option("--listen,-l", *listen, "where to listen")
        ->capture_default_str()
        ->type_name("HOST:PORT");
    command->add_option("--threads", flags->threads, "threads")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    const auto milliseconds = [command](const char* name, std::chrono::milliseconds& to, const char* about) {
        command
            ->add_option_function<unsigned>(
                name, [&to](unsigned value) { to = std::chrono::milliseconds{value}; }, about)
            ->type_name("MS")
            ->check(CLI::Range(0U, 3'600'000U));
    };
    milliseconds("--delay", flags->delay, "before each answer");
    milliseconds("--event-delay", flags->event_delay, "between two events of a stream");
    command->add_option("--events", flags->events, "events of a stream (0: one per word)")
        ->check(CLI::Range(0, 10'000'000));
    command->add_option("--bytes", flags->bytes, "bytes of an answer's text (0: a short answer)")
        ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 30));
    const auto tape = std::make_shared<app::tape_request>();
    auto* const replay =
        command->add_option("--replay", tape->store, "answer from this store instead")->type_name("FILE");
    add_tape_flags(*command, *tape, replay);
    command->add_option("--upstream", tape->upstream, "where --record-missing sends what has no answer")
        ->type_name("URL")
        ->needs(replay);
    add_set_flag(*command, context);
    command->footer(serve_mock_examples);
    set_action(*command, context, [&context, flags, listen, tape] {
        flags->listen = config::read_listen("--listen", *listen);
        if (tape->store.empty()) {
            return context.act.mock(*flags);
        }
        return app::serve_tape(load_config(context).values, *tape, tape_options(*flags));
    });
}

}  // namespace tapes::cli
