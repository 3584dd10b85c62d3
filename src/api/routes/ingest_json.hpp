#pragma once

#include <tapes/record/intake.hpp>

#include <string>
#include <vector>

/// Writes the answers of the ingest routes.
namespace tapes::api {

/// Writes what became of a turn that was taken.
std::string taken_json(const tapes::record::intake_outcome& one);

/// What became of the turns of a batch, in their order: a turn that could not be read has a problem and no
/// outcome.
struct batch_member {
    std::string problem;
    tapes::record::intake_outcome outcome;
};
/// Tells whether a turn is in the store.
bool is_stored(const batch_member& one);
/// Writes what became of them.
std::string batch_json(const std::vector<batch_member>& all);
/// Writes the member `refused` of that alone.
std::string refused_json(const std::vector<batch_member>& all);

}  // namespace tapes::api
