#pragma once

#include "deck.hpp"

#include <tapes/mock/answer_source.hpp>

#include <memory>

namespace tapes::tape {

/// How a recorded answer is given.
struct reply_form {
    bool on_websocket = false;   ///< as messages
    bool accepts_coding = true;  ///< the client undoes the content coding of the answer
    bool to_head = false;        ///< the request was HEAD
    double speed = 0;            ///< 1: as it came; 2: twice as fast; 0: at once
};

/// Returns the recorded answer of an exchange, with the bytes that were recorded, which are read piece by
/// piece. `decks` must outlive it.
std::unique_ptr<mock::reply> recorded_reply(deck_pool& decks, deck& from, const store::kept_exchange& row,
                                            const reply_form& form);

/// Tells whether a client that sent this head undoes the coding.
bool accepts_coding(std::string_view request_head, std::string_view coding);

}  // namespace tapes::tape
