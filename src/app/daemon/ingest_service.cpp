#include "daemon/ingest_service.hpp"

#include <tapes/api/ingest_routes.hpp>

#include <utility>

namespace tapes::app {

ingest_service::ingest_service(record::settings options, std::string redaction_key, store::writer& writer,
                               capture::ledger& account, capture::budget& memory, std::string project)
    : options_{std::move(options)},
      redaction_key_{std::move(redaction_key)},
      writer_{writer},
      account_{account},
      memory_{memory},
      project_{std::move(project)} {}

void ingest_service::add_routes(api::route_table& table) {
    api::add_ingest_routes(table, {[this](auto all) { return take(std::move(all)); }, project_});
}

std::vector<record::intake_outcome> ingest_service::take(std::vector<record::outside_exchange> all) {
    if (!intake_) {
        intake_ = std::make_unique<record::intake>(options_, redaction_key_, writer_, account_, memory_);
    }
    try {
        return intake_->take(std::move(all));
    } catch (const std::runtime_error&) {
        intake_.reset();  // the store may have been placed anew
        throw;
    }
}

}  // namespace tapes::app
