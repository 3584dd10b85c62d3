#pragma once

#include "screen/screen.hpp"
#include "screen/table.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/app/tail.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

/// Writes live events, as tapes::live makes their JSON, one in a line.
class tail_lines {
public:
    tail_lines(printer& out, const screen& to, const tail_request& options);

    /// Writes an event; those that are of no interest here are left out.
    void write(std::string_view kind, const std::string& json);
    /// Writes what is left, and the titles of the columns.
    void finish();

private:
    void write_exchange(const nlohmann::json& one);
    void write_partial(const nlohmann::json& one);

    printer& out_;
    const tail_request& options_;
    const style& look_;
    table rows_;
};

}  // namespace tapes::app
