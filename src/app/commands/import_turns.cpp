#include "commands/import_turns.hpp"

#include "access/turn_target.hpp"
#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"
#include "outside/har_entry.hpp"
#include "outside/json_line.hpp"

#include <tapes/text/json_view.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

namespace tapes::app {

namespace {

/// So much is brought at once.
constexpr std::size_t most_brought = 256;
constexpr std::size_t most_brought_bytes = std::size_t{8} << 20;
/// More problems than these are counted only.
constexpr std::uint64_t most_problems = 100;

class turn_import {
public:
    turn_import(const config::settings& settings, std::string from, outside_kind kind,
                outside_defaults defaults, printer& err)
        : from_{std::move(from)},
          kind_{kind},
          defaults_{std::move(defaults)},
          err_{err},
          to_{open_turn_target(settings)},
          show_{bar_.shower()} {}

    void run() {
        visit_entries(
            from_, kind_, [this](std::string_view json, const entry_place& place) { add(json, place); },
            [this](const entry_place& place, const std::string& reason) { tell(place.name, reason); });
        bring();
    }

    std::uint64_t taken = 0, known = 0, problems = 0, skipped = 0;
    std::map<std::string, std::uint64_t> reasons;  ///< why entries were skipped

private:
    void add(std::string_view json, const entry_place& place) {
        if (show_) {
            show_("bytes", place.read, place.total);
        }
        try {
            auto entry = kind_ == outside_kind::har ? read_har_entry(text::json_view{json}, defaults_)
                                                    : read_json_line(text::json_view{json}, defaults_);
            if (const auto* const no_turn = std::get_if<skipped_entry>(&entry)) {
                ++skipped;
                ++reasons[no_turn->reason];
                return;
            }
            auto& turn = std::get<record::outside_exchange>(entry);
            bytes_ += turn.request.size() + turn.response.size();
            places_.push_back(place.name);
            waiting_.push_back(std::move(turn));
        } catch (const std::invalid_argument& wrong) {
            tell(place.name, wrong.what());
        }
        if (waiting_.size() >= most_brought || bytes_ >= most_brought_bytes) {
            bring();
        }
    }

    void bring() {
        if (waiting_.empty()) {
            return;
        }
        bytes_ = 0;
        const auto places = std::exchange(places_, {});
        const auto outcomes = to_->take(std::exchange(waiting_, {}));
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            using state = brought_turn::state;
            taken += outcomes[i].now == state::taken ? 1 : 0;
            known += outcomes[i].now == state::known ? 1 : 0;
            if (outcomes[i].now == state::refused) {
                tell(places[i], outcomes[i].detail);
            }
        }
    }

    void tell(const std::string& place, const std::string& reason) {
        if (++problems <= most_problems) {
            err_ << "tapes: " << from_ << ", " << place << ": " << reason << "\n";
        }
    }

    const std::string from_;
    const outside_kind kind_;
    const outside_defaults defaults_;
    printer& err_;
    progress_bar bar_;
    const std::unique_ptr<turn_target> to_;
    const store::progress show_;
    std::vector<record::outside_exchange> waiting_;
    std::vector<std::string> places_;
    std::size_t bytes_ = 0;
};

}  // namespace

int import_turns(const config::settings& settings, const std::string& from, outside_kind kind,
                 const outside_defaults& defaults, printer& out, printer& err) {
    auto with_project = defaults;
    if (with_project.project.empty()) {
        with_project.project = settings.proxy.project;
    }
    turn_import work{settings, from, kind, with_project, err};
    work.run();
    out << "imported " << counted(work.taken, "turn") << " from " << from << " into "
        << settings.storage.sqlite_path;
    if (work.known != 0) {
        out << "; " << work.known
            << (work.known == 1 ? words{" was there already"} : words{" were there already"});
    }
    out << "\n";
    if (work.skipped != 0) {
        out << "skipped " << work.skipped
            << (work.skipped == 1 ? words{" entry that is no turn:\n"}
                                  : words{" entries that are no turns:\n"});
        for (const auto& [reason, count] : work.reasons) {
            out << "  " << reason << ": " << count << "\n";
        }
    }
    if (work.problems > most_problems) {
        err << "tapes: and " << work.problems - most_problems << " more of that kind\n";
    }
    return work.problems == 0 ? 0 : 1;
}

}  // namespace tapes::app
