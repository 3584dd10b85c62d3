#pragma once

#include <tapes/llm/api.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/wire_reader.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tapes::record {

/// Reads answers whose bytes came with several exchanges: with the one that asked, and with later ones that
/// fetched the rest. The readers must outlive it, and throw. For one thread at a time.
class gathered_answer {
public:
    gathered_answer(store::history& history, store::wire_reader& wire) : history_{history}, wire_{wire} {}

    /// Returns the events of the answer of `exchange` that are stored, up to the one of that
    /// `sequence_number`; "" where no bytes are kept, or the answer is no stream.
    std::string events_up_to(std::int64_t exchange, std::int64_t last);

    /// An answer as its bytes tell it.
    struct whole {
        std::string object;                  ///< the one-shot answer; "" where its bytes are not kept
        std::vector<std::int64_t> variants;  ///< see llm::stream_reducer
        bool fetched = false;                ///< later exchanges have brought some of it
        bool deleted = false;                ///< the provider has forgotten it, before it was fetched
    };
    /// Reads what the exchange, and fetches before the log row `before`, have brought of it.
    whole read(const llm::api& spoken, std::int64_t exchange, std::int64_t before = no_row);
    static constexpr auto no_row = std::numeric_limits<std::int64_t>::max();

private:
    struct bytes {
        std::string text;
        bool kept = false;
        bool fetched = false;
        bool deleted = false;
    };
    bytes gather(std::int64_t exchange, std::int64_t before = no_row);
    std::optional<std::string> text_of(std::int64_t exchange);

    store::history& history_;
    store::wire_reader& wire_;
};

}  // namespace tapes::record
