#pragma once

#include "file/exchange_digest.hpp"
#include "file/interner.hpp"
#include "file/row_values.hpp"
#include "file/sqlite.hpp"

#include <tapes/capture/ending.hpp>
#include <tapes/capture/exchange.hpp>
#include <tapes/store/entry.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::store {

/// Changes the rows of an exchange whose answer turned out to be fuller than they say. Within a transaction
/// of the caller.
class exchange_amender {
public:
    /// `strings` must outlive this.
    exchange_amender(connection& db, interner& strings);

    /// Returns why the exchange was no turn, as its row has it. Throws std::runtime_error where it has none.
    capture::drop_reason drop_reason(std::int64_t id);

    /// What is stored of an answer.
    struct known_answer_row {
        capture::drop_reason dropped = capture::drop_reason::none;
        std::string stop_reason;
        std::int64_t bytes = 0;  ///< of its node's content
        bool is_said = false;    ///< the node is no question
    };
    /// Throws as drop_reason().
    known_answer_row known_answer(std::int64_t id);

    void forget_choices(std::int64_t id);
    /// Tells whether the exchange has the answer of another one.
    bool is_about_another(std::int64_t id);
    /// Makes an exchange one of its own again whose answer, the node `head`, is not that of the exchange of
    /// which it was held for a repetition when nothing but the question was known.
    void part_from_another(std::int64_t id, std::int64_t head);
    /// Forgets the name by which the answer was known, where it has another one now.
    void forget_name(std::int64_t id, std::string_view response_id);
    /// Forgets the fetches that brought an answer which another one replaces.
    void forget_fetches(std::int64_t id);
    /// Replaces what the row says of the answer, whose node is `head`, and what it took.
    void amend_answer(const entry& turn, std::int64_t head, const merkle::usage& used);
    /// Replaces what the row says of the answer by what a later exchange has brought; `head` is its node.
    void complete_answer(const entry& fuller, std::int64_t head);
    /// Replaces how the answer ended and how much of it came.
    void amend_counts(const capture::exchange& fuller, const committed_before& counts);
    /// Replaces the bytes of the answer. False where no bytes were kept.
    bool amend_wire(const entry& turn);
    /// Computes the digest of the rows as they are now.
    void renew_digest(std::int64_t id);

    /// A transaction was rolled back.
    void forget();

private:
    connection& db_;
    interner& strings_;
    statement dropped_;
    statement about_;
    statement known_;
    statement completed_;
    statement answer_;
    statement counts_;
    statement wire_;
    statement choices_;
    statement parted_;
    statement fetches_;
    statement named_;
    statement digest_;
    string_table names_;
    exchange_digests digests_;
};

}  // namespace tapes::store
