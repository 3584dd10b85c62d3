#pragma once

#include <tapes/catalogue/reader.hpp>
#include <tapes/record/request_place.hpp>
#include <tapes/store/chain_reader.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/wire_reader.hpp>
#include <tapes/sync/mutex.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::tape {

/// Where a tape is read.
struct deck_place {
    std::string store_path;
    std::string catalogue_path;
    std::vector<std::string> volatile_system;
};

/// All that reads one store. For one thread at a time.
struct deck {
    explicit deck(const deck_place& at);

    store::chain_reader chains;
    store::exchange_reader exchanges;
    store::wire_reader wires;
    catalogue::reader catalogue;
    record::request_places places;

    /// Reads an exchange by its number. Throws std::runtime_error where there is none.
    store::kept_exchange exchange(std::int64_t id);
    /// The nodes below a node, ascending: of very many the newest.
    std::vector<std::int64_t> children(std::int64_t node);
    /// The first nodes of conversations, the newest first: those of the newest sessions.
    std::vector<std::int64_t> roots();

    static constexpr std::size_t most_children = 4096;
    static constexpr std::size_t most_sessions = 2000;
};

/// Decks of one store, as many as are used at once. Thread-safe.
class deck_pool {
public:
    explicit deck_pool(deck_place at) : at_{std::move(at)} {}

    /// A deck on loan; it goes back with this.
    class loan {
    public:
        loan(deck_pool& from, std::unique_ptr<deck> taken) : from_{&from}, deck_{std::move(taken)} {}
        ~loan();
        loan(loan&& other) noexcept : from_{other.from_}, deck_{std::move(other.deck_)} {}
        loan& operator=(loan&&) = delete;

        deck& operator*() const noexcept { return *deck_; }
        deck* operator->() const noexcept { return deck_.get(); }

    private:
        deck_pool* from_;
        std::unique_ptr<deck> deck_;
    };

    loan take();
    /// Those that are on loan now are not used again: the catalogue was made anew.
    void renew();

private:
    deck_place at_;
    sync::mutex mutex_;
    std::vector<std::unique_ptr<deck>> free_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::tape
