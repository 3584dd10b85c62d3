#include "routes/asked.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"

#include <tapes/read/json.hpp>

#include <stdexcept>

namespace tapes::api {

namespace {

response list_meanings(const asked& from, record& record) {
    catalogue_of(record);
    const auto name = from.text("name");
    if (name.empty()) {
        throw std::invalid_argument{"the parameter name is required"};
    }
    return {200, read::dumped({{"candidates", meanings(record, name)}}) + "\n"};
}

}  // namespace

void add_name_routes(route_table& table) {
    add_reading(table, "/v1/names",
                {"list_meanings",
                 "Lists what a name may mean: sessions, exchanges and nodes. Where something has the whole "
                 "name, nothing else is listed.",
                 {},
                 {text_about("name",
                             "A session's name, an exchange's UUID or `seq`, a node's hash, or a beginning "
                             "of one; `@` is the newest session, `@1` the one before.")},
                 "",
                 {{200, "What it may mean; an empty list where it means nothing.", "names"}},
                 {400, 503}},
                list_meanings);
}

}  // namespace tapes::api
