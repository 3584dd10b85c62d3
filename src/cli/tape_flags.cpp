#include "tape_flags.hpp"

#include <charconv>
#include <string>

namespace tapes::cli {

namespace {

constexpr double slowest = 0.01;
constexpr double fastest = 1000;

double read_speed(const std::string& text) {
    double value = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool number = read.ec == std::errc{} && read.ptr == end;
    if (text == "max" || (number && value == 0)) {
        return 0;
    }
    if (!number || !(value >= slowest && value <= fastest)) {
        throw usage_error{"--speed " + text +
                          ": give a factor from 0.01 to 1000 (1: as it was recorded), or max: at once"};
    }
    return value;
}

}  // namespace

void add_tape_flags(CLI::App& command, app::tape_request& request, CLI::Option* replay) {
    command
        .add_option("--ignore", request.ignored,
                    "what may differ from the record: dates, uuids, … (default: the usual; none: nothing)")
        ->type_name("NAME")
        ->needs(replay);
    command
        .add_option("--ignore-pattern", request.ignored_patterns,
                    "the same for what a pattern of RE2 matches")
        ->type_name("RE2")
        ->needs(replay);
    command
        .add_option_function<std::string>(
            "--speed", [&request](const std::string& text) { request.speed = read_speed(text); },
            "1: answers take as long as they took, 2: half of that (default: max, at once)")
        ->type_name("FACTOR")
        ->needs(replay);
    command.add_flag("--once", request.once, "give each recorded answer once; then the request is a miss")
        ->needs(replay);
    auto* const fails =
        command.add_flag("--fail-on-miss", request.fail_on_miss, "exit code 1 where a request had no answer")
            ->needs(replay);
    auto* const missing = command
                              .add_flag("--record-missing", request.record_missing,
                                        "send what has no answer to its upstream, and record it on the tape")
                              ->needs(replay)
                              ->excludes(fails);
    command.add_option("--record-to", request.record_to, "record what is missing to this store instead")
        ->type_name("FILE")
        ->needs(missing);
}

}  // namespace tapes::cli
