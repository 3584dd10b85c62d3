#pragma once

#include <tapes/read/transcript.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::read {

/// Where a page of a transcript begins: at a turn of the chain with this head, behind so many of its entries.
struct page_start {
    std::int64_t head = 0;  ///< node; 0: the chain that is asked for, whichever it is
    std::uint64_t turn = 1;
    std::uint64_t behind = 0;
};

/// Reads what transcript_page::next_place() returned; nothing for any other text.
std::optional<page_start> page_start_from(std::string_view text) noexcept;

/// Has a request go on at a start: what was recorded since may have given its thread another head, and the
/// pages are those of one chain. Returns false where that is no chain of the thread, or of what else was
/// asked for.
bool go_on_at(sources& from, const page_start& start, transcript_request& request);

/// A page of a transcript: so many turns from its start on, or fewer where who reads it ends it before. What
/// stands behind the last answer belongs to the last page. For one thread at a time.
class transcript_page {
public:
    /// Of `request`, first_turn and last_turn are set here.
    transcript_page(sources& from, transcript_request request, const page_start& start, std::uint64_t turns);

    /// The next entry; nothing at the end. Throws std::runtime_error with SQLite's message.
    std::optional<entry> next();
    /// For the entry that was told last there is no room: the next page begins with it.
    void end_before_last() noexcept;
    /// How many answers the whole chain has.
    std::uint64_t turns() const noexcept { return told_.turns(); }
    /// The place of the next page, `HEAD-TURN-BEHIND`, once this one was read; "": there is none.
    std::string next_place() const;

private:
    transcript_page(sources& from, const transcript_request& request, const page_start& start);

    transcript told_;
    page_start start_;
    page_start at_;
    std::uint64_t end_turn_;  ///< with which the next page begins
    bool last_;
    bool is_begun_ = false;  ///< at_ is the place of an entry
    bool is_cut_ = false;
};

}  // namespace tapes::read
