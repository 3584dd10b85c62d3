#include <tapes/api/record.hpp>
#include <tapes/catalogue/catalogue.hpp>
#include <tapes/store/file_identity.hpp>
#include <tapes/store/placed.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::api {

/// The files that are open.
struct record_file_marks {
    explicit record_file_marks(const record_place& place)
        : store{store::identity_of(place.store_path)},
          catalogue{store::identity_of(place.catalogue_path)},
          placed{store::placements()} {}

    std::optional<store::file_identity> store, catalogue;
    std::uint64_t placed;

    bool operator==(const record_file_marks&) const = default;
};

struct record::opened {
    opened(const record_place& place, const std::string& catalogue_path)
        : marks{place}, from{place.store_path, catalogue_path, *place.prices} {}

    record_file_marks marks;  ///< from before they were opened
    read::sources from;
    std::optional<store::wire_reader> wire{};
    std::optional<store::reader> nodes{};
};

record::record(record_place place) : place_{std::move(place)} {
    if (!place_.prices) {
        place_.prices = std::make_shared<const read::price_table>();
    }
}

record::~record() = default;

read::sources& record::from() {
    look();
    return open_->from;
}

store::wire_reader& record::wire() {
    look();
    return open_->wire ? *open_->wire : open_->wire.emplace(place_.store_path);
}

store::reader& record::nodes() {
    look();
    return open_->nodes ? *open_->nodes : open_->nodes.emplace(place_.store_path);
}

void record::close() noexcept {
    open_.reset();
    looked_ = false;
}

void record::look() {
    if (looked_) {
        return;
    }
    if (place_.store_path.empty()) {
        throw std::runtime_error{"this process reads no store"};
    }
    if (!store::identity_of(place_.store_path)) {
        open_.reset();
        throw std::runtime_error{"there is no store yet"};
    }
    // A catalogue that is only just being made is tried again at each request.
    const bool half_made = open_ && !open_->from.catalogue && open_->marks.catalogue;
    if (!open_ || half_made || open_->marks != record_file_marks{place_}) {
        open();
    }
    looked_ = true;
}

void record::open() {
    open_.reset();
    catalogue_problem_.clear();
    if (!store::identity_of(place_.catalogue_path)) {
        catalogue_problem_ = "the catalogue has not been made yet: try again, or see catalogue.enabled";
    } else {
        try {
            open_ = std::make_unique<opened>(place_, place_.catalogue_path);
            return;
        } catch (const catalogue::open_error& failed) {
            catalogue_problem_ = failed.what();
        }
    }
    open_ = std::make_unique<opened>(place_, std::string{});
}

}  // namespace tapes::api
