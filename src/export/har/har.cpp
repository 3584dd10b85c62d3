#include "har/har.hpp"

#include "exchanges/exchange_list.hpp"
#include "har/har_entry.hpp"

#include <string>

namespace tapes::exports {

void write_har(task& given) {
    exchange_list exchanges{given.from, given.about};
    given.to.write(R"({"log":{"version":"1.2","creator":{"name":"tapes","version":")" TAPES_VERSION
                   R"("},"pages":[],"entries":[)");
    bool first = true;
    bool hashes = true;
    while (const auto seq = exchanges.next()) {
        const auto one = read_recorded(given.from, *seq);
        if (!one) {
            continue;
        }
        std::string session;
        if (given.from.catalogue) {
            const auto found = given.from.catalogue->session_of_exchange(*seq);
            session = found && found->named_by_client ? found->name : std::string{};
        }
        given.to.write((first ? "\n" : ",\n") + har_entry(given, *one, session, hashes));
        first = false;
    }
    given.to.write("\n]}}\n");
}

}  // namespace tapes::exports
