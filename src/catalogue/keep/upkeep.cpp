#include "keep/upkeep.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace tapes::catalogue {

upkeep::upkeep(std::string path, store::log_scan& scan, bool text)
    : path_{std::move(path)}, scan_{scan}, text_{text} {
    try {
        open();
    } catch (const sqlite::sqlite_error& error) {
        make_anew(error);
    }
}

void upkeep::open() {
    pass_.reset();
    file_.reset();
    file_ = std::make_unique<catalogue_file>(path_, scan_, text_);
    pass_ = std::make_unique<log_pass>(*file_, scan_, text_);
}

bool upkeep::step(const batch_limits& limits) {
    try {
        return pass_->step(limits);
    } catch (const sqlite::sqlite_error& error) {
        make_anew(error);
    }
    return pass_->step(limits);
}

/// To be called while the error is handled, which goes on where it tells of no damage or comes again.
void upkeep::make_anew(const sqlite::sqlite_error& error) {
    if (made_anew_ || !is_damage(error)) {
        throw;
    }
    spdlog::warn("the catalogue {} is damaged and is made anew: {}", path_, error.what());
    made_anew_ = true;
    pass_.reset();
    file_.reset();
    catalogue_file::remove(path_);
    open();
}

}  // namespace tapes::catalogue
