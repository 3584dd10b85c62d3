#include "tape/played.hpp"

#include <tapes/app/usage_error.hpp>
#include <tapes/catalogue/catalogue.hpp>

#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::app {

namespace {

config::settings settings_of(config::settings settings, const std::string& store) {
    settings.storage.sqlite_path = store;
    return settings;
}

bool is_file(const std::string& path) {
    std::error_code failed;
    return std::filesystem::exists(path, failed);
}

}  // namespace

played_tape::played_tape(const config::settings& settings, const tape_request& request, tape_route route) {
    tape::options wanted;
    std::vector<std::string> stores{request.store};
    if (!request.record_to.empty() && request.record_to != request.store && is_file(request.record_to)) {
        stores.push_back(request.record_to);
    }
    for (const auto& store : stores) {
        if (!is_file(store)) {
            throw std::runtime_error{"there is no tape " + store + "; record one with tapes run --tape " +
                                     store + " -- COMMAND"};
        }
        records_.push_back(std::make_unique<open_record>(settings_of(settings, store)));
        tape::played_store played;
        played.store_path = records_.back()->path();
        played.catalogue_path = catalogue::path_of(store);
        played.catch_up = [store, text = settings.catalogue.text] {
            catalogue::catch_up({store, text}, [](const catalogue::progress&) { return true; });
        };
        wanted.stores.push_back(std::move(played));
    }
    wanted.looked_past = {request.ignored, request.ignored_patterns};
    wanted.speed = request.speed;
    wanted.once = request.once;
    wanted.pass_to = std::move(route.pass_to);
    wanted.keys = std::move(route.keys);
    wanted.volatile_system = settings.record.volatile_system;
    wanted.redaction = {settings.redaction.headers, settings.redaction.fields, {}};
    try {
        tape_ = std::make_unique<tape::tape>(std::move(wanted));
    } catch (const std::invalid_argument& wrong) {
        throw usage_error{wrong.what()};
    }
}

config::settings recording_settings(config::settings settings, const tape_request& request) {
    settings.storage.sqlite_path = request.record_to.empty() ? request.store : request.record_to;
    settings.record.wire = config::wire_mode::all;
    return settings;
}

void tell_figures(printer& to, const std::string& store, const tape::figures& told) {
    const auto counted = [&to](std::uint64_t count, words one, words many) {
        to << count << (count == 1 ? one : many);
    };
    to << "tapes: ";
    counted(told.answered, words{" request"}, words{" requests"});
    to << " answered from the tape " << std::string_view{store};
    if (told.tolerated > 0) {
        to << " (" << told.tolerated << " within the tolerance)";
    }
    to << ", ";
    counted(told.missed, words{" miss"}, words{" misses"});
    if (told.passed > 0) {
        to << ", " << told.passed << " passed on and recorded";
    }
    to << "\n";
    for (const auto& miss : told.misses) {
        to << "tapes: " << (told.missed > 0 ? words{"miss: "} : words{"passed on: "})
           << std::string_view{miss} << "\n";
    }
}

void check_request(const tape_request& request) {
    if (!request.record_to.empty() && !request.record_missing) {
        throw usage_error{"--record-to says where --record-missing records: give both"};
    }
    if (request.record_missing && request.fail_on_miss) {
        throw usage_error{"--record-missing leaves no misses: it cannot be combined with --fail-on-miss"};
    }
}

}  // namespace tapes::app
