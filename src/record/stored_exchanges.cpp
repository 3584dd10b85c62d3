#include "stored_exchanges.hpp"

#include <tapes/record/volatile_sets.hpp>
#include <tapes/store/reader.hpp>

#include <cstdint>
#include <utility>

namespace tapes::record {

void visit_exchanges(store::exchange_reader& rows, std::string_view stage, const store::progress& on_progress,
                     const std::function<void(const store::kept_exchange&)>& visit) {
    const auto last = rows.last_seq();
    for (std::int64_t at = 0; at < last;) {
        const auto page = rows.read(at);
        if (page.empty()) {
            break;
        }
        for (const auto& row : page) {
            at = row.seq;
            if (at <= last) {
                visit(row);
            }
        }
        if (on_progress) {
            on_progress(stage, static_cast<std::uint64_t>(at), static_cast<std::uint64_t>(last));
        }
    }
}

std::vector<std::unique_ptr<turn_maker>> make_turn_makers(const std::string& path,
                                                          const std::vector<std::string>& present,
                                                          wire_policy wire,
                                                          const std::string& redaction_key) {
    const auto note = store::reader{path}.note(volatile_sets_note).value_or(std::string{});
    std::vector<std::unique_ptr<turn_maker>> makers;
    for (auto& set : possible_volatile_sets(note, present)) {
        makers.push_back(
            std::make_unique<turn_maker>(settings{0, wire, std::move(set), {}, {}}, redaction_key));
    }
    return makers;
}

}  // namespace tapes::record
