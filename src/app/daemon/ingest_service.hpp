#pragma once

#include <tapes/api/route.hpp>
#include <tapes/capture/budget.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/record/intake.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/store/writer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// Records turns that come through the admin listener in place of the proxy. For the thread of the handlers.
class ingest_service {
public:
    /// `options` as for the pool. What is referred to must outlive it.
    ingest_service(record::settings options, std::string redaction_key, store::writer& writer,
                   capture::ledger& account, capture::budget& memory, std::string project);

    void add_routes(api::route_table& table);

private:
    std::vector<record::intake_outcome> take(std::vector<record::outside_exchange> all);

    const record::settings options_;
    const std::string redaction_key_;
    store::writer& writer_;
    capture::ledger& account_;
    capture::budget& memory_;
    const std::string project_;
    std::unique_ptr<record::intake> intake_;  ///< made when it is first needed
};

}  // namespace tapes::app
