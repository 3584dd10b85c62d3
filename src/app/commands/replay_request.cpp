#include "commands/replay_request.hpp"

#include "commands/moments.hpp"

#include <tapes/config/keys.hpp>
#include <tapes/event/topic_names.hpp>
#include <tapes/event/types.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/publish/replay.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>

namespace tapes::app {

namespace {

constexpr std::uint64_t largest_batch = 100'000;

std::string in_quotes(const std::string& text) {
    return "\"" + text + "\"";
}

std::string root_of(const std::string& text) {
    if (text.empty()) {
        return {};
    }
    const auto hash = merkle::from_hex(text);
    if (!hash) {
        throw usage_error{"--root " + in_quotes(text) + " is not a hash: give its 64 hexadecimal digits"};
    }
    return merkle::to_hex(*hash);
}

double speed_of(const std::string& text) {
    if (text == "max") {
        return 0;
    }
    double speed = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, speed);
    if (read.ec != std::errc{} || read.ptr != end || !(speed >= 0.1 && speed <= 100)) {
        throw usage_error{"--speed " + in_quotes(text) +
                          " is not a speed: give 0.1 to 100 (1 is the speed of the recording), or max"};
    }
    return speed;
}

std::vector<std::string> types_of(const std::vector<std::string>& names) {
    const auto& known = event::all_types();
    if (names.empty()) {
        return {known.front()};
    }
    std::vector<std::string> types;
    for (const auto& type : names) {
        if (std::find(known.begin(), known.end(), type) == known.end()) {
            const auto meant = config::nearest(type, known);
            std::string hint = meant.empty() ? "; there are" : "; did you mean " + meant + "?";
            for (const auto& other : known) {
                hint += !meant.empty() ? "" : (&other == &known.front() ? " " : ", ") + other;
            }
            throw usage_error{"unknown event type " + in_quotes(type) + hint};
        }
        if (std::find(types.begin(), types.end(), type) == types.end()) {
            types.push_back(type);
        }
    }
    return types;
}

void check_letters(const store::replay_choice& choice) {
    const bool narrow = !choice.root.empty() || !choice.session.empty() || !choice.agent_name.empty() ||
                        !choice.project.empty();
    for (const auto& type : choice.event_types) {
        if (narrow && event::is_dead_letter_type(type)) {
            throw usage_error{"events " + type +
                              " belong to no conversation: choose them by --since and --until alone"};
        }
    }
}

/// "replay-20260131-120000"
std::string name_of_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    auto text = shown_moment(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    text.pop_back();
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    std::replace(text.begin(), text.end(), 'T', '-');
    return "replay-" + text;
}

}  // namespace

replay_destination destination_of(const std::string& to) {
    replay_destination made;
    if (to.starts_with("topic:")) {
        made.topic = to.substr(6);
        if (!event::valid_topic(made.topic)) {
            throw usage_error{"--to " + in_quotes(to) +
                              ": not a valid name of a topic: use 1 to 249 letters, digits, '.', '_', '-'"};
        }
    } else if (to.starts_with("file:") && to.size() > 5) {
        made.file = to.substr(5);
    } else if (to != "-") {
        throw usage_error{to.empty() ? "--to is required: topic:NAME, file:PATH or -"
                                     : "--to " + in_quotes(to) + " must be topic:NAME, file:PATH or -"};
    }
    return made;
}

store::replay read_request(const replay_request& request) {
    store::replay made;
    made.name = request.name.empty() ? name_of_now() : request.name;
    if (!store::valid_replay_name(made.name)) {
        throw usage_error{in_quotes(made.name) +
                          " is not a valid name of a replay: use 1 to 64 letters, digits, '.', '_', '-'"};
    }
    auto& choice = made.choice;
    choice.root = root_of(request.root);
    choice.session = request.session;
    choice.agent_name = request.agent;
    choice.project = request.project;
    choice.since_us = moment_flag("--since", request.since);
    choice.until_us = moment_flag("--until", request.until);
    if (choice.since_us && choice.until_us && *choice.since_us >= *choice.until_us) {
        throw usage_error{"--since is not before --until"};
    }
    choice.event_types = types_of(request.event_types);
    check_letters(choice);
    made.speed = speed_of(request.speed);
    if (request.batch < 1 || request.batch > largest_batch) {
        throw usage_error{"--batch " + std::to_string(request.batch) + " is out of range: give 1 to " +
                          std::to_string(largest_batch)};
    }
    made.batch = request.batch;
    if (!request.to.empty() || !request.dry_run) {
        const auto destination = destination_of(request.to);
        made.to = destination.file.empty() ? request.to
                                           : "file:" + std::filesystem::absolute(destination.file).string();
    }
    return made;
}

}  // namespace tapes::app
